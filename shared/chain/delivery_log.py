"""The delivery log of one stream: read once, appended to by whoever is first."""

from collections.abc import Callable
from dataclasses import dataclass

from shared.chain.ports import AppendBlobs
from shared.domain import deliveries, names
from shared.domain.deliveries import Delivery, DeliveryLog, Line
from shared.errors import Changed, StorageError

# Of one line with others.
MAX_RACES = 20


@dataclass(slots=True)
class LogBook:
    appends: AppendBlobs
    stream: str
    _read: DeliveryLog | None = None

    def read(self) -> DeliveryLog:
        """As last read or written by us."""
        if self._read is None:
            data = self.appends.read(names.DELIVERIES, self.stream)
            self._read = deliveries.parse(data or b"")
        return self._read

    def forget(self) -> None:
        """Others may have written since: read it anew."""
        self._read = None

    def write_on(
        self, seq: int, sink: str, line_on: Callable[[Delivery], Line | None]
    ) -> tuple[Delivery, Line | None]:
        """
        Where the event stood, and the line that was written on that: none when there was none
        to be written, or others were always faster.
        """
        for _ in range(MAX_RACES):
            standing = self.read().of(seq, sink)
            line = line_on(standing)
            if line is None or self.write(line):
                return standing, line
        return standing, None

    def write(self, line: Line) -> bool:
        """False when somebody else wrote first: the log is read anew then."""
        log = self.read()
        raw = line.model_dump_json(by_alias=True, exclude_none=True).encode()
        if not log.length:
            self.appends.create(names.DELIVERIES, self.stream)
        try:
            self.appends.append(names.DELIVERIES, self.stream, log.length, raw + b"\n")
        except (Changed, StorageError):
            self._read = None
            ours = (line.by, line.outcome)
            return any((one.by, one.outcome) == ours for one in self.read().lines)
        self._read = log.with_lines(raw)
        return True
