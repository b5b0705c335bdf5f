"""
Images out of an answer while it arrives.

An answer may hold ten images of several megabytes in base64. No whole copy of one, and never
the whole body, is in memory: the strings at given steps go decoded to their places piece by
piece; what is left, the skeleton, has their index in their place and is parsed at the end.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import chain

from shared.adapters.base64_pieces import Base64Pieces
from shared.chain.ports import ImageSink, ImageWriter
from shared.errors import ModelUnknown

# How much is looked at together, so that a large chunk is not copied as a whole.
WINDOW_BYTES = 64 * 1024

# Usage, filter results and revised prompts of ten images take a few KiB.
SKELETON_BYTES = 1024 * 1024

# The schema's deepest value is at level 6; json.loads itself ends at about 1,000.
LEVELS = 64

_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]:,]|[^"{}\[\]:,]+', re.DOTALL)
_OPEN_ESCAPE = re.compile(rb"\\(?:u[0-9a-fA-F]{0,3})?\Z")

# The steps from a document's root to an image: keys, and any place in an array.
Steps = tuple[object, ...]
ARRAY = object()
IN_DATA: Steps = ("data", ARRAY, "b64_json")
AT_TOP: Steps = ("b64_json",)


@dataclass(frozen=True, slots=True)
class Answer:
    """The parsed skeleton, how many images went into the sink, and whether its usage counts all."""

    document: dict[str, object] = field(repr=False)
    images: int
    usage_is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Spot:
    """Where in its document an image begins; `before` is the skeleton up to there."""

    index: int
    steps: Steps
    before: bytes = field(repr=False)

    def document(self) -> object:
        """As much of the document as is known, closed behind the image."""
        closings = (b"]" if step is ARRAY else b"}" for step in reversed(self.steps))
        return loads(self.before + b"0" + b"".join(closings))


# Where the image of a spot goes.
Place = Callable[[Spot], AbstractContextManager[ImageWriter]]


class AnswerReader:
    """An answer that is one document, given in any chunks."""

    def __init__(self, chunks: Iterator[bytes], sink: ImageSink) -> None:
        self._scanner = ImageScanner(
            windows(chunks), (IN_DATA,), lambda spot: sink.image(spot.index)
        )

    def read(self) -> Answer:
        return self._scanner.read()


class ImageScanner:
    """
    One document, given in windows, with its images at any of `places`.

    All errors of its form are `ModelUnknown`.
    """

    def __init__(self, pieces: Iterator[bytes], places: Collection[Steps], place: Place) -> None:
        self._windows = pieces
        self._places, self._place = places, place
        self._buffer, self._at = b"", 0
        self._skeleton = bytearray()
        self._path = _Path()
        self._images = 0

    def read(self) -> Answer:
        while token := self._token():
            self._keep(token)
            self._path.see(token)
            if tuple(self._path.open) in self._places and self._peek() == b'"':
                self._image()
        document = loads(bytes(self._skeleton))
        if not isinstance(document, dict):
            raise ModelUnknown("The answer is not an object.")
        self._insist_on_order(document)
        return Answer(document, self._images)

    def _insist_on_order(self, document: object) -> None:
        """
        A key twice in one object makes json forget what we have seen, and then nobody can say
        which image is which.
        """
        found = chain.from_iterable(values_at(document, steps) for steps in self._places)
        seen = [text for text in found if isinstance(text, str) and text]
        if seen != [str(index) for index in range(self._images)]:
            raise ModelUnknown("The answer names its images twice.")

    def _image(self) -> None:
        """The string that begins here becomes the next image; an empty one is none."""
        pieces = self._decoded()
        first = next(pieces, b"")
        if not first:
            self._keep(b'""')
            return
        spot = Spot(self._images, tuple(self._path.open), bytes(self._skeleton))
        with self._place(spot) as writer:
            for piece in chain((first,), pieces):
                writer.write(piece)
        self._keep(b'"%d"' % self._images)
        self._images += 1

    def _decoded(self) -> Iterator[bytes]:
        decoder = Base64Pieces()
        for text in self._string():
            if piece := decoder.decode(text):
                yield piece
        if piece := decoder.finish():
            yield piece

    def _string(self) -> Iterator[bytes]:
        """
        The unescaped text of the string that begins here, up to its closing quote.

        Base64 has neither quotes nor backslashes, so the next quote ends it: an escaped one
        leaves its backslash behind, which is no escape.
        """
        self._at += 1
        while True:
            quote = self._buffer.find(b'"', self._at)
            stop = quote if quote >= 0 else self._whole_escapes()
            text, self._at = self._buffer[self._at : stop], stop
            yield _unescaped(text)
            if quote >= 0:
                self._at += 1
                return
            if not self._more():
                raise ModelUnknown("The answer ended within an image.")

    def _whole_escapes(self) -> int:
        """Where the buffer ends without the beginning of an escape whose rest is to come."""
        begun = _OPEN_ESCAPE.search(self._buffer, max(self._at, len(self._buffer) - 5))
        return begun.start() if begun else len(self._buffer)

    def _token(self) -> bytes:
        """The next piece outside an image, empty at the end; numbers may come in several."""
        while True:
            token = _TOKEN.match(self._buffer, self._at)
            if token:
                self._at = token.end()
                return token.group()
            if len(self._buffer) - self._at > SKELETON_BYTES:
                raise ModelUnknown("The answer is too long beside its images.")
            if not self._more():
                if self._at < len(self._buffer):
                    raise ModelUnknown("The answer ended within a string.")
                return b""

    def _peek(self) -> bytes:
        if self._at == len(self._buffer):
            self._more()
        return self._buffer[self._at : self._at + 1]

    def _more(self) -> bool:
        window = next(self._windows, b"")
        self._buffer, self._at = self._buffer[self._at :] + window, 0
        return bool(window)

    def _keep(self, token: bytes) -> None:
        if len(self._skeleton) + len(token) > SKELETON_BYTES:
            raise ModelUnknown("The answer is too long beside its images.")
        self._skeleton += token


class _Path:
    """Where in the document we are: the key of each open object, `None` before it is known."""

    def __init__(self) -> None:
        self.open: list[object] = []

    def see(self, token: bytes) -> None:
        first = token[:1]
        if first in (b"{", b"["):
            self._enter(None if first == b"{" else ARRAY)
        elif not self.open:
            return
        elif first in (b"}", b"]"):
            self.open.pop()
        elif self.open[-1] is ARRAY:
            return
        elif first == b",":
            self.open[-1] = None
        elif first == b'"' and self.open[-1] is None:
            self.open[-1] = loads(token)

    def _enter(self, level: object) -> None:
        if len(self.open) == LEVELS:
            raise ModelUnknown("The answer is nested too deeply.")
        self.open.append(level)


def windows(chunks: Iterator[bytes]) -> Iterator[bytes]:
    for piece in chunks:
        for start in range(0, len(piece), WINDOW_BYTES):
            yield piece[start : start + WINDOW_BYTES]


def _unescaped(text: bytes) -> bytes:
    """JSON's escapes resolved, all at once: some writers escape every `/` or `+`."""
    if b"\\" not in text:
        return text
    try:
        return str(json.loads(b'"%b"' % text)).encode("ascii")
    except ValueError:  # a bad escape, or a character outside ASCII
        raise ModelUnknown("An image is not valid base64.") from None


def values_at(document: object, steps: Steps) -> Iterator[object]:
    """What stands at these steps; nothing where the document has other forms."""
    if not steps:
        yield document
    elif steps[0] is ARRAY and isinstance(document, list):
        for entry in document:
            yield from values_at(entry, steps[1:])
    elif isinstance(document, dict) and steps[0] in document:
        yield from values_at(document[steps[0]], steps[1:])


def loads(text: bytes) -> object:
    try:
        return json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise ModelUnknown("The answer is not valid JSON.") from None
