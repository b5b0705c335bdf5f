"""
Deliveries in pages, the newest request first.

What a page costs does not grow with the number of requests: pending and dead ones are found by
their markers, others in the logs of one request or of the newest, so many of them a page.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from shared.chain.listed import marked_names
from shared.chain.redelivery import DeliveryView, deliveries_of
from shared.chain.services import Services
from shared.domain import names

# Streams whose logs one page reads: where few of them match, the next page goes on from there.
MAX_SCANNED = 50
PAGE_NAMES = 200

INDEX = "index/"
FOLDERS = {"pending": names.PENDING, "dead": names.DEAD_EVENTS}
Keep = Callable[[DeliveryView], bool]


class Cursor(NamedTuple):
    """
    Where a page ends: storage's mark of its own page, the last name read to its end, and how
    far the next stream, `within`, was read: the last event and sink that were shown of it.
    """

    mark: str | None = None
    after: str = ""
    within: str = ""
    seq: int = 0
    sink: str = ""


@dataclass(frozen=True, slots=True)
class Sought:
    """Deliveries of one state, or of any; of one stream, or of all."""

    state: str | None
    stream: str | None = None

    @property
    def folder(self) -> str:
        return FOLDERS.get(self.state or "", INDEX)


def page(
    sought: Sought, cursor: Cursor, limit: int, keep: Keep, s: Services
) -> tuple[list[DeliveryView], Cursor | None]:
    found: list[DeliveryView] = []
    streams = _one(sought.stream) if sought.stream else _streams(sought.folder, cursor, s)
    begun = last = cursor
    for scanned, (stream, behind) in enumerate(streams, start=1):
        for view in deliveries_of(stream, s):
            if _shown(view, begun) or sought.state not in (None, view.state) or not keep(view):
                continue
            if len(found) == limit:
                return found, last
            found.append(view)
            last = begun._replace(within=stream, seq=view.seq, sink=view.sink)
        begun = behind
        if scanned == MAX_SCANNED:
            return found, behind if next(streams, None) else None
    return found, None


def _shown(view: DeliveryView, cursor: Cursor) -> bool:
    reached = (-view.seq, view.sink) <= (-cursor.seq, cursor.sink)
    return cursor.within == view.stream and reached


def _one(stream: str) -> Iterator[tuple[str, Cursor]]:
    yield stream, Cursor()


def _streams(folder: str, cursor: Cursor, s: Services) -> Iterator[tuple[str, Cursor]]:
    """Each with the place behind it. What came since only moves names to later pages."""
    for name, mark in marked_names(s.blobs, names.STATE, folder, PAGE_NAMES, cursor.mark):
        stream = _stream_at(folder, name)
        if stream is not None and name > cursor.after:
            yield stream, Cursor(mark, name)


def _stream_at(folder: str, name: str) -> str | None:
    """A marker, or a request in the list of all, which has the id in the same way."""
    text = name.removeprefix(folder)
    return names.stream_named(text[1:] if text[:1] == "." else names.newest_first(text))
