"""
Whether a picture carries a C2PA manifest, told while its bytes pass by.

A plain presence check: PNG has the manifest in a chunk of its own, JPEG in segments of JPEG XT
(C2PA 2.1, appendix A.3). Only heads are looked at, so it takes a few bytes of memory, however
large the picture is and however it is cut into pieces. Nothing that a length says is believed
before so many bytes have passed.
"""

import struct
from collections.abc import Generator

from shared.domain.pictures import PNG_SIGNATURE

# What a walk asks for: so many bytes to look at, and before them so many to let pass.
Wanted = tuple[int, int]
Walk = Generator[Wanted, bytes, bool]

# A segment's JPEG XT head, the manifest's box and the start of its description; the bytes from
# the 24th on are the box's type, `c2pa` for a manifest store.
BOX_HEAD_BYTES, TYPE_AT, MANIFEST_STORE = 28, 24, b"c2pa"
# ITU-T T.81, table B.1: markers that no length follows (TEM, RST0…RST7), and where a walk ends
# (EOI, SOS: what follows is pixels).
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
_LAST = frozenset({0xD9, 0xDA})
_APP11 = 0xEB


class ManifestScan:
    """`found` is final once it is true; `over`: what is still to come can change nothing."""

    def __init__(self) -> None:
        self.found = self.over = False
        self._walk = _picture()
        self._held = bytearray()
        self._pass, self._take = next(self._walk)

    def write(self, piece: bytes) -> None:
        rest = memoryview(piece)
        while len(rest) and not self.over:
            rest = self._eaten(rest)

    def _eaten(self, rest: memoryview) -> memoryview:
        if self._pass:
            passed = min(self._pass, len(rest))
            self._pass -= passed
        else:
            passed = min(self._take - len(self._held), len(rest))
            self._held += rest[:passed]
        if not self._pass and len(self._held) == self._take:
            self._go_on()
        return rest[passed:]

    def _go_on(self) -> None:
        head = bytes(self._held)
        self._held.clear()
        try:
            self._pass, self._take = self._walk.send(head)
        except StopIteration as end:
            self.found, self.over = bool(end.value), True


def _picture() -> Walk:
    start = yield (0, 2)
    if start == b"\xff\xd8":
        return (yield from _jpeg())
    start += yield (0, len(PNG_SIGNATURE) - 2)
    return (yield from _png()) if start == PNG_SIGNATURE else False


def _png() -> Walk:
    """Chunk after chunk: length, type, so many bytes, and four of a checksum."""
    passing = 0
    while True:
        head = yield (passing, 8)
        length, kind = struct.unpack(">I4s", head)
        if kind == b"IEND":
            return False
        passing = length + 4
        if kind == b"caBX" and length:
            yield (passing, 0)
            return True


def _jpeg() -> Walk:
    passing = 0
    while (marker := (yield from _marker(passing))) not in _LAST:
        passing = 0
        if marker in _BARE:
            continue
        (length,) = struct.unpack(">H", (yield (0, 2)))
        if length < 2:
            return False
        head = yield (0, min(length - 2, BOX_HEAD_BYTES))
        passing = length - 2 - len(head)
        if marker == _APP11 and passing and head[TYPE_AT:] == MANIFEST_STORE:
            yield (passing, 0)
            return True
    return False


def _marker(passing: int) -> Generator[Wanted, bytes, int]:
    """The next marker, past any number of fill bytes; an end where there is none."""
    if (yield (passing, 1)) != b"\xff":
        return 0xD9
    while (code := (yield (0, 1))) == b"\xff":
        pass
    return code[0]
