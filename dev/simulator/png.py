"""PNGs of which only the lowest rows are new: those above are compressed once and kept.

Compressing is most of the work of drawing. A deflate stream may be flushed between two rows and
continued by another compressor, so the kept part is used as it is; the checksum goes on from it.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from PIL import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOUR_TYPES = {"RGB": 2, "RGBA": 6}
BITS_PER_SAMPLE = 8
# Speed counts here; the pictures are plain and become small all the same.
LEVEL = 1
# A stream without header and checksum, for the part that goes on.
RAW_WINDOW_BITS = -15


@dataclass(frozen=True)
class Upper:
    """The rows above as a stream that can go on, and the checksum so far."""

    stream: bytes
    checksum: int


def upper(picture: Image.Image) -> Upper:
    """Compress the rows of the upper part."""
    rows = _rows(picture)
    compressor = zlib.compressobj(LEVEL)
    stream = compressor.compress(rows) + compressor.flush(zlib.Z_FULL_FLUSH)
    return Upper(stream, zlib.adler32(rows))


def joined(above: Upper, lower: Image.Image, height_px: int) -> bytes:
    """A whole PNG of that height: the upper part and this lower one."""
    rows = _rows(lower)
    compressor = zlib.compressobj(LEVEL, wbits=RAW_WINDOW_BITS)
    rest = compressor.compress(rows) + compressor.flush()
    checksum = struct.pack(">I", zlib.adler32(rows, above.checksum))
    kind = (BITS_PER_SAMPLE, COLOUR_TYPES[lower.mode], 0, 0, 0)
    return b"".join(
        [
            SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", lower.width, height_px, *kind)),
            _chunk(b"IDAT", above.stream),
            _chunk(b"IDAT", rest + checksum),
            _chunk(b"IEND", b""),
        ]
    )


def _rows(picture: Image.Image) -> bytes:
    """Each row as it is, after the byte that says so."""
    data = picture.tobytes()
    length = picture.width * len(picture.mode)
    return b"".join(b"\0" + data[at : at + length] for at in range(0, len(data), length))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
