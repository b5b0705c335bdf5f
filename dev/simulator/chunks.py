"""Bodies sent in chunks: clients send a form so when they do not know its length beforehand."""

from __future__ import annotations

from io import BufferedIOBase

LONGEST_LINE_BYTES = 1024


def read_chunks(source: BufferedIOBase) -> bytes:
    """A whole chunked body; extensions and trailers are passed over.

    Raises:
        ValueError: when it is cut short or is not made of chunks.
    """
    body = bytearray()
    while size := _size(source):
        body += _exactly(source, size)
        if _line(source):
            raise ValueError("a chunk is longer than it said")
    while _line(source):
        pass
    return bytes(body)


def _size(source: BufferedIOBase) -> int:
    size = int(_line(source).partition(b";")[0], 16)
    if size < 0:
        raise ValueError("a chunk has a negative size")
    return size


def _line(source: BufferedIOBase) -> bytes:
    line = source.readline(LONGEST_LINE_BYTES)
    if not line.endswith(b"\n"):
        raise ValueError("a chunked body breaks off")
    return line.strip()


def _exactly(source: BufferedIOBase, count: int) -> bytes:
    data = source.read(count)
    if len(data) < count:
        raise ValueError("a chunk breaks off")
    return data
