"""The format and size of an image, from its first bytes; the bytes themselves stay untouched."""

import struct
from dataclasses import dataclass

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# A JPEG's frame header comes after its metadata, which may be large (C2PA manifests).
MAX_HEADER_BYTES = 1_048_576
# SOF0…SOF15 without DHT (C4), JPG (C8) and DAC (CC): ITU-T T.81, table B.1.
_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True, slots=True)
class Picture:
    content_type: str
    width: int
    height: int


def content_type_of(prefix: bytes) -> str | None:
    """From at least 8 bytes; None for what is neither PNG nor JPEG."""
    if prefix.startswith(PNG_SIGNATURE):
        return "image/png"
    return "image/jpeg" if prefix.startswith(b"\xff\xd8\xff") else None


def read_header(prefix: bytes) -> Picture | None:
    """None while the prefix is too short to tell, or is no picture."""
    kind = content_type_of(prefix)
    size = _png_size(prefix) if kind == "image/png" else _jpeg_size(prefix) if kind else None
    return Picture(kind, *size) if kind and size else None


def has_alpha(prefix: bytes) -> bool:
    """Whether a PNG says how transparent it is: by colour type 4 or 6, or by a tRNS chunk."""
    if not prefix.startswith(PNG_SIGNATURE) or len(prefix) < 26:
        return False
    return prefix[25] in (4, 6) or _has_transparency_chunk(prefix)


def _has_transparency_chunk(prefix: bytes) -> bool:
    """It has to stand before the first of the pixels."""
    at = len(PNG_SIGNATURE)
    while at + 8 <= len(prefix):
        length, kind = struct.unpack(">I4s", prefix[at : at + 8])
        if kind in (b"tRNS", b"IDAT"):
            return bool(kind == b"tRNS")
        at += 12 + length
    return False


def _png_size(prefix: bytes) -> tuple[int, int] | None:
    if len(prefix) < 24 or prefix[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", prefix[16:24])
    return width, height


def _jpeg_size(prefix: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(prefix) and prefix[at] == 0xFF:
        marker = prefix[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in _FRAME_MARKERS:
            height, width = struct.unpack(">HH", prefix[at + 5 : at + 9])
            return width, height
        (length,) = struct.unpack(">H", prefix[at + 2 : at + 4])
        at += 2 + length
    return None
