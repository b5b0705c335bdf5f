"""What a picture is, learned while its bytes are on their way into storage."""

import hashlib

from shared.chain.ports import Blobs, BlobWriter
from shared.domain import names, pictures
from shared.domain.values import Image
from shared.errors import ModelUnknown


class Measuring:
    """Passes bytes on, and keeps their digest, count and the picture's size."""

    def __init__(self, blobs: Blobs, container: str, stem: str) -> None:
        self._blobs, self._container, self._stem = blobs, container, stem
        self._digest, self._count, self._head = hashlib.sha256(), 0, b""
        self._picture: pictures.Picture | None = None
        self._writer: BlobWriter | None = None
        self._name = self._content_type = ""

    def write(self, piece: bytes) -> None:
        self._digest.update(piece)
        self._count += len(piece)
        if self._picture is None and len(self._head) < pictures.MAX_HEADER_BYTES:
            self._head += piece
            self._picture = pictures.read_header(self._head)
        if self._writer is None:
            self._open()
        else:
            self._writer.write(piece)
        if self._picture is not None:
            self._head = b""

    def _open(self) -> None:
        """The name ends with the true format, so it waits for the first eight bytes."""
        if len(self._head) < len(pictures.PNG_SIGNATURE):
            return
        content_type = pictures.content_type_of(self._head)
        if content_type is None:
            raise ModelUnknown("The answer held something that is no PNG or JPEG.")
        self._content_type = content_type
        self._name = f"{self._stem}.{names.extension_of(content_type)}"
        self._writer = self._blobs.writer(self._container, self._name, content_type)
        self._writer.write(self._head)

    def finished(self, index: int) -> Image:
        """A header beyond where we look is no reason to lose a paid image: 0 by 0 pixels."""
        if self._picture is None and self._count < pictures.MAX_HEADER_BYTES:
            raise ModelUnknown("The answer held an image without a readable header.")
        picture = self._picture or pictures.Picture(self._content_type, 0, 0)
        return Image(
            index=index,
            blob=self._name,
            sha256=self._digest.hexdigest(),
            bytes=self._count,
            width=picture.width,
            height=picture.height,
            content_type=picture.content_type,
        )

    def commit(self, metadata: dict[str, str]) -> None:
        assert self._writer is not None
        self._writer.commit(metadata)
