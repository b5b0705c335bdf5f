"""
The ledger in storage: blobs of lines, and each older day's totals in their place.

Totals are only speed: where there are none, the day's lines are read. They are never wrong for
long either, whoever dies where:

- Who adds up puts the totals without rows first, then lists and reads the lines, and puts the
  rows only if nobody touched the totals since.
- Who appends to an older day deletes its totals after the append, rows or not. A line that the
  adding up has missed was appended after the listing, so its writer deletes either the beginning,
  and the rows find no place, or the rows.
- Who dies between the append and the deletion does not get far: the line is posted again
  (`books.py`), and whoever does that deletes them.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

from pydantic import ValidationError

from shared import logs
from shared.chain.listed import names_under
from shared.chain.ports import AppendBlobs, Blobs, Clock
from shared.domain import ledger, names
from shared.domain.ledger import Line, Row, Totals
from shared.errors import AlreadyThere, Changed

# Late outcomes of a day are rare by then.
TOTALLED_AFTER_DAYS = 3
# Before that a day is read line by line unless it has totals already.
LOOKED_AT_FOR_DAYS = 48
# No invocation lasts so long: who began to add up then is dead.
ABANDONED_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Ledger:
    appends: AppendBlobs
    blobs: Blobs
    clock: Clock

    def add(self, day: str, line: Line) -> None:
        raw = line.model_dump_json(by_alias=True).encode()
        self.appends.add(names.USAGE, ledger.blob_of(day, line.caller, line.at), raw + b"\n")
        if day < ledger.day_of(self.clock.now()):
            self.blobs.delete(names.USAGE, ledger.totals_of(day))

    def rows(self, month: str) -> list[Row]:
        """Everybody's month, day by day."""
        days: dict[str, list[str]] = {}
        totals: set[str] = set()
        for name in self._names(f"{month}/"):
            if (place := ledger.place_of(name)) is not None:
                days.setdefault(place[0], []).append(name)
            else:
                totals.add(name)
        found: list[Row] = []
        for day, blobs in sorted(days.items()):
            rows = self._totals(day) if ledger.totals_of(day) in totals else None
            found += ledger.rows_of(day, self._lines(blobs)) if rows is None else rows
        return found

    def lines(self, month: str, caller: str) -> list[Line]:
        """The lines that hold of one caller's month."""
        places = ((name, ledger.place_of(name)) for name in self._names(f"{month}/"))
        blobs = [name for name, place in places if place and place[1] == caller]
        return ledger.latest(self._lines(blobs))

    def add_up(self, day: str) -> bool:
        """Make the day's totals; False when there is nothing to do, or somebody is at it."""
        if not self.blobs.page(names.USAGE, ledger.folder_of(day), 1).names:
            return False
        name = ledger.totals_of(day)
        begun = Totals(at=self.clock.now())
        try:
            etag = self._begin(name, begun)
            if etag is None:
                return False
            rows = ledger.rows_of(day, self._lines(self._names(ledger.folder_of(day))))
            self._put(name, begun.model_copy(update={"rows": rows}), etag)
        except (AlreadyThere, Changed):
            return False
        logs.event("usage.totalled", day=day, rows=len(rows))
        return True

    def _begin(self, name: str, begun: Totals) -> str | None:
        with suppress(AlreadyThere):
            return self._put(name, begun, None)
        found = self.blobs.read(names.USAGE, name)
        known = _parsed(found.data) if found else None
        if found and (known is None or _abandoned(known, begun)):
            return self._put(name, begun, found.etag)
        return None

    def _put(self, name: str, totals: Totals, etag: str | None) -> str:
        data = totals.model_dump_json(by_alias=True).encode()
        return self.blobs.put(names.USAGE, name, data, if_absent=etag is None, if_match=etag)

    def _totals(self, day: str) -> tuple[Row, ...] | None:
        found = self.blobs.read(names.USAGE, ledger.totals_of(day))
        totals = _parsed(found.data) if found else None
        return totals.rows if totals else None

    def _lines(self, blobs: Iterable[str]) -> Iterator[Line]:
        for name in blobs:
            if ledger.place_of(name) is not None:
                yield from ledger.parse(self.appends.read(names.USAGE, name) or b"")

    def _names(self, folder: str) -> Iterator[str]:
        return names_under(self.blobs, names.USAGE, folder)


def total_up(ledgers: Ledger, now_day: date, hour: int) -> None:
    """
    The sweep's part, once an hour: two of the older days, so that each has its turn once a day.
    """
    for days in range(TOTALLED_AFTER_DAYS, TOTALLED_AFTER_DAYS + LOOKED_AT_FOR_DAYS):
        if days % 24 == hour:
            ledgers.add_up((now_day - timedelta(days=days)).isoformat())


def _abandoned(known: Totals, begun: Totals) -> bool:
    return known.rows is None and begun.at - known.at > ABANDONED_AFTER


def _parsed(data: bytes) -> Totals | None:
    """What cannot be read counts as none: the lines say the same."""
    try:
        return Totals.model_validate_json(data)
    except ValidationError:
        return None
