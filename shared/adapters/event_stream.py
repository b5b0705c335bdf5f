"""
Server-sent events while they arrive: an event's data may be an image, so no line is kept whole.

https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream, with two
things more that senders need: the last event counts without its blank line, and a data line may
go without the space after its colon.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain

_LINE_END = re.compile(rb"[\r\n]")
_DATA, _EVENT, _BYTE_ORDER_MARK = b"data:", b"event:", b"\xef\xbb\xbf"

# Names of events have about 30 characters; of comments and other fields nothing is needed.
HEAD_BYTES = 256

# The end of a stream for some senders; others just stop.
_DONE = b"[DONE]"


class EventStream:
    """
    Iterating gives each event's data in pieces, to be read before the next event is asked for.

    `name` is that of the event being read, `""` while it has none; all of an event's lines have
    been seen only when its data is at its end.
    """

    def __init__(self, windows: Iterator[bytes]) -> None:
        self._parts = self._read(windows)
        self.name = ""

    def __iter__(self) -> Iterator[Iterator[bytes]]:
        for first in self._parts:
            if first is not None:
                yield self._data(first)
            self.name = ""

    def _data(self, first: bytes) -> Iterator[bytes]:
        yield first
        for piece in self._parts:
            if piece is None:
                return
            yield piece

    def _read(self, windows: Iterator[bytes]) -> Iterator[bytes | None]:
        """Pieces of data, never empty, and None where an event ends."""
        line = _Line()
        for piece, ends in _pieces(windows):
            if data := line.take(piece):
                yield data
            if ends:
                yield from line.end()
                self.name = line.event_name or self.name
                line = _Line()


def until_done(events: Iterable[Iterator[bytes]]) -> Iterator[Iterator[bytes]]:
    """The events that have data, up to the mark of the end."""
    for data in events:
        head = _beginning(data)
        if head.startswith(_DONE):
            return
        if head:
            yield chain((head,), data)


def _beginning(data: Iterator[bytes]) -> bytes:
    """Enough of the data to know the mark of the end; empty when it is blank."""
    head = b""
    for piece in data:
        head = (head + piece).lstrip()
        if len(head) >= len(_DONE):
            break
    return head


class _Line:
    """One line, of which only the beginning is kept; what is data is handed on."""

    def __init__(self) -> None:
        self._head = b""
        self._is_data = False

    def take(self, piece: bytes) -> bytes:
        if self._is_data:
            return piece
        begun = (self._head + piece).removeprefix(_BYTE_ORDER_MARK)
        if begun.startswith(_DATA):
            self._is_data = True
            return begun[len(_DATA) :]
        self._head = begun[:HEAD_BYTES]
        return b""

    def end(self) -> Iterator[bytes | None]:
        if self._is_data:
            yield b"\n"
        elif not self._head:
            yield None

    @property
    def event_name(self) -> str:
        if self._is_data or not self._head.startswith(_EVENT):
            return ""
        return self._head[len(_EVENT) :].decode("utf-8", "replace").strip()


def _pieces(windows: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Pieces of lines without their ends, and whether the line ends with the piece."""
    after_cr = False
    for window in windows:
        at = 1 if after_cr and window.startswith(b"\n") else 0
        while at < len(window):
            end = _LINE_END.search(window, at)
            if end is None:
                yield window[at:], False
                break
            yield window[at : end.start()], True
            at = end.end() + window.startswith(b"\r\n", end.start())
        after_cr = window.endswith(b"\r")
