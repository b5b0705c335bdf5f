"""
Places for images.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from shared.errors import StorageError


class KeptWriter:
    """
    Keeps an image's bytes.
    """

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, piece: bytes) -> None:
        self.data += piece


class KeepingSink:
    """
    Keeps what was stored, and what was begun and left with an exception.
    """

    def __init__(self) -> None:
        self.stored: dict[int, bytes] = {}
        self.abandoned: list[int] = []
        self.previews: list[bytes] = []

    @contextmanager
    def image(self, index: int) -> Iterator[KeptWriter]:
        writer = KeptWriter()
        try:
            yield writer
        except BaseException:
            self.abandoned.append(index)
            raise
        self.stored[index] = bytes(writer.data)

    @contextmanager
    def preview(self, index: int) -> Iterator[KeptWriter]:
        assert index == 0
        writer = KeptWriter()
        yield writer
        self.previews.append(bytes(writer.data))


class FullSink(KeepingSink):
    """
    Has no room left.
    """

    def image(self, index: int):  # type: ignore[no-untyped-def]
        raise StorageError("Full.")


class DigestWriter:
    """
    Keeps an image's digest only.
    """

    def __init__(self) -> None:
        self.digest = hashlib.sha256()

    def write(self, piece: bytes) -> None:
        self.digest.update(piece)


class DigestSink:
    """
    Keeps no bytes, so that what is in memory is the client's.
    """

    def __init__(self) -> None:
        self.digests: list[str] = []

    @contextmanager
    def image(self, index: int) -> Iterator[DigestWriter]:
        assert index == len(self.digests)
        writer = DigestWriter()
        yield writer
        self.digests.append(writer.digest.hexdigest())

    @contextmanager
    def preview(self, index: int) -> Iterator[DigestWriter]:
        yield DigestWriter()
