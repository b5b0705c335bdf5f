"""The delivery log of one stream: read once, appended to by whoever is first."""

from dataclasses import dataclass

from shared.chain.ports import AppendBlobs
from shared.domain import deliveries, names
from shared.domain.deliveries import DeliveryLog, Line
from shared.errors import Changed, StorageError


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
