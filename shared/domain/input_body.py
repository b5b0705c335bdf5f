"""How a submit body gives an image: its bytes, an address, or the name of what was sent ahead."""

import binascii
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictStr,
    StringConstraints,
    model_validator,
)

from shared.domain.inputs import MAX_IMAGE_BYTES, TOO_LARGE
from shared.domain.values import Value

MAX_URL_CHARS = 8192
WAYS = ("base64", "url", "blob")
_MAX_BASE64_CHARS = (MAX_IMAGE_BYTES + 2) // 3 * 4


def _bytes(value: object) -> bytes:
    if not isinstance(value, str):
        raise ValueError("Input should be a valid string")
    if len(value) > _MAX_BASE64_CHARS:
        raise ValueError(TOO_LARGE.rstrip("."))
    try:
        return binascii.a2b_base64(value, strict_mode=True)
    except ValueError:
        raise ValueError("This is no base64; send it without spaces and data: prefix") from None


def _some(data: bytes) -> bytes:
    if not data:
        raise ValueError("There is nothing in it")
    return data


Bytes = Annotated[bytes, BeforeValidator(_bytes, str), AfterValidator(_some)]
Address = Annotated[StrictStr, StringConstraints(min_length=1, max_length=MAX_URL_CHARS)]
BlobName = Annotated[StrictStr, StringConstraints(min_length=1, max_length=1100)]


class InputBody(Value):
    """One image, given in exactly one of three ways."""

    base64: Bytes | None = Field(default=None, repr=False)
    url: Address | None = Field(default=None, repr=False)
    blob: BlobName | None = Field(default=None, description="From POST /uploads.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(getattr(self, way) is not None for way in WAYS) != 1:
            raise ValueError(f"Exactly one of {', '.join(WAYS)} is needed")
        return self
