"""
The images an edit begins with, and its mask: what they may be, and what is known of them.

Azure takes PNG and JPEG below 50 MB; a mask is a PNG with transparency, as large in pixels as
the first image and below 4 MB. (OpenAI's guide lets a mask have 50 MB; what Azure says holds.)
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Literal

from shared.domain import pictures
from shared.domain.values import Value
from shared.errors import IllegalMove

MAX_IMAGE_BYTES = 50 * 1024 * 1024 - 1
MAX_MASK_BYTES = 4 * 1024 * 1024 - 1

Role = Literal["image", "mask"]
Source = Literal["base64", "url", "blob"]

TOO_LARGE = "It is too large: an image must be smaller than 50 MiB, a mask than 4 MiB."
NO_PICTURE = "It is neither a PNG nor a JPEG image."
NO_MASK = "A mask must be a PNG with transparency: an alpha channel or a tRNS chunk."
OTHER_SIZE = "The mask must have the width and height of the first image."


class InputImage(Value):
    """What was stored as input `index`, in the `inputs` container."""

    index: int
    sha256: str
    bytes: int
    width: int
    height: int
    content_type: str


class InputRef(Value):
    """
    One input as the request was accepted with it; a mask comes last.

    Nothing is known of the bytes of one that is still to be fetched.
    """

    index: int
    role: Role
    source: Source
    sha256: str | None = None
    bytes: int | None = None
    width: int | None = None
    height: int | None = None
    content_type: str | None = None

    @property
    def here(self) -> bool:
        return self.sha256 is not None


def completed(inputs: Sequence[InputRef], images: Sequence[InputImage]) -> tuple[InputRef, ...]:
    """
    The inputs, with those that were still to be fetched.

    Raises:
        IllegalMove: the images are not exactly these.
    """
    fetched = {image.index: dict(image) for image in images}
    if not fetched or set(fetched) != {one.index for one in inputs if not one.here}:
        raise IllegalMove("These are not the inputs that were still to be fetched.")
    return tuple(one.model_copy(update=fetched.get(one.index)) for one in inputs)


class Meter:
    """Learns what an input is while its bytes go by."""

    def __init__(self, role: Role) -> None:
        self._role, self._most_bytes = role, most_bytes(role)
        self._digest, self._count, self._head = hashlib.sha256(), 0, bytearray()

    def write(self, piece: bytes) -> None:
        self._digest.update(piece)
        self._count += len(piece)
        self._head += piece[: pictures.MAX_HEADER_BYTES - len(self._head)]

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    @property
    def too_large(self) -> bool:
        return self._count > self._most_bytes

    @property
    def problem(self) -> str | None:
        """Why it can be no input, after its last byte; None when it can."""
        if self.too_large:
            return TOO_LARGE
        if self._picture is None:
            return NO_PICTURE
        if self._role == "mask" and not pictures.has_alpha(bytes(self._head)):
            return NO_MASK
        return None

    def image(self, index: int) -> InputImage:
        """Of bytes without a problem."""
        picture = self._picture
        assert picture is not None
        return InputImage(
            index=index,
            sha256=self.sha256,
            bytes=self._count,
            width=picture.width,
            height=picture.height,
            content_type=picture.content_type,
        )

    @property
    def _picture(self) -> pictures.Picture | None:
        found = pictures.read_header(bytes(self._head))
        return found if found and found.width and found.height else None


def most_bytes(role: Role) -> int:
    return MAX_MASK_BYTES if role == "mask" else MAX_IMAGE_BYTES


def metered(role: Role, pieces: Iterable[bytes]) -> Meter:
    """What the bytes are; of too many, no more are read than it takes to know."""
    meter = Meter(role)
    for piece in pieces:
        meter.write(piece)
        if meter.too_large:
            break
    return meter


def mask_problem(inputs: Sequence[InputRef]) -> str | None:
    """Why the mask does not fit the first image, as far as both are known."""
    mask = next((one for one in inputs if one.role == "mask" and one.here), None)
    first = next((one for one in inputs if one.role == "image"), None)
    if mask is None or first is None or not first.here:
        return None
    return None if (mask.width, mask.height) == (first.width, first.height) else OTHER_SIZE
