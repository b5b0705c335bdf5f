"""Where the inputs of a request lie: measured on their way in, and never overwritten."""

import hashlib
from collections.abc import Iterator, Sequence
from functools import partial

from shared.chain.ports import Blobs, BlobWriter, InputFile
from shared.domain import names, pictures
from shared.domain.inputs import InputImage, InputRef, Meter, Role, metered
from shared.domain.values import Image
from shared.errors import AlreadyThere, DigestMismatch, Missing


class Incoming:
    """
    One input on its way: nothing is stored before `commit` has found it good.

    What was stored before stays, whatever has come now: somebody may have seen its digest.
    """

    def __init__(self, blobs: Blobs, request_id: str, index: int, role: Role) -> None:
        self._blobs, self._stem, self._index = blobs, names.input_of(request_id, index), index
        self._role, self.meter = role, Meter(role)
        self._name, self._held = "", bytearray()
        self._writer: BlobWriter | None = None

    def write(self, piece: bytes) -> None:
        self.meter.write(piece)
        if self.meter.too_large:
            return
        if self._writer is not None:
            self._writer.write(piece)
        elif len(self._held) < len(pictures.PNG_SIGNATURE):
            self._held += piece
            self._open()

    def _open(self) -> None:
        """The name ends with the true format, which the first bytes tell."""
        if content_type := pictures.content_type_of(bytes(self._held[:8])):
            self._name = f"{self._stem}.{names.extension_of(content_type)}"
            self._writer = self._blobs.writer(names.INPUTS, self._name, content_type)
            self._writer.write(bytes(self._held))
            self._held.clear()

    def commit(self) -> InputImage | None:
        """What is stored as this input now; None when what came can be none."""
        if self._writer is None or self.meter.problem is not None:
            return None
        image = self.meter.image(self._index)
        try:
            self._writer.commit({"sha256": image.sha256}, if_absent=True)
        except AlreadyThere:
            return stored_image(self._blobs, self._name, self._index, self._role)
        return image


def stored_image(blobs: Blobs, name: str, index: int, role: Role) -> InputImage:
    """What lies there: it was checked when it was stored."""
    return metered(role, blobs.chunks(names.INPUTS, name)).image(index)


def found_image(blobs: Blobs, request_id: str, ref: InputRef) -> InputImage | None:
    """What an earlier try has stored of it."""
    page = blobs.page(names.INPUTS, names.input_of(request_id, ref.index) + ".", limit=1)
    return stored_image(blobs, page.names[0], ref.index, ref.role) if page.names else None


def name_of(request_id: str, ref: InputRef) -> str:
    """Of an input that is here."""
    assert ref.content_type is not None
    return f"{names.input_of(request_id, ref.index)}.{names.extension_of(ref.content_type)}"


def files(
    blobs: Blobs, request_id: str, inputs: Sequence[InputRef], role: Role
) -> Iterator[InputFile]:
    """The inputs of one role as the model client takes them: read when they are sent."""
    for ref in inputs:
        if ref.role == role:
            assert ref.content_type is not None and ref.bytes is not None
            place = (names.INPUTS, name_of(request_id, ref))
            read = partial(_checked, blobs, place, ref.bytes, ref.sha256)
            yield InputFile(ref.content_type, ref.bytes, read)


def reviewed(blobs: Blobs, image: Image) -> InputFile:
    """An image that people have looked at, to be changed in the next round."""
    read = partial(_checked, blobs, (names.REVIEW, image.blob), image.bytes, image.sha256)
    return InputFile(image.content_type, image.bytes, read)


def _checked(
    blobs: Blobs, place: tuple[str, str], count: int, sha256: str | None
) -> Iterator[bytes]:
    """
    The bytes on their way to the model, never more than were announced.

    Raises:
        DigestMismatch: at their end, which is still before the end of the form they are part of,
            when they were not those of the journal.
    """
    digest, left = hashlib.sha256(), count
    try:
        for piece in blobs.chunks(*place):
            digest.update(piece)
            left -= len(piece)
            if left < 0:
                break
            yield piece
    except Missing:
        raise DigestMismatch from None
    if left or digest.hexdigest() != sha256:
        raise DigestMismatch
