"""What a call asks to have drawn, with nothing left open."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from .sizes import Size


@dataclass(frozen=True)
class Inputs:
    """An edit's pictures, read and found good; ``digest`` is over all of their bytes.

    ``mask`` has the first picture's size; where its alpha is 0 the edit may paint.
    """

    images: tuple[Image.Image, ...] = ()
    mask: Image.Image | None = None
    digest: str = ""

    def __bool__(self) -> bool:
        return bool(self.images)


NO_INPUTS = Inputs()


@dataclass(frozen=True)
class ImageOrder:
    """What to draw, with every ``auto`` replaced by a choice; the answer echoes these."""

    prompt: str
    n: int
    size: Size
    quality: str
    background: str
    output_format: str
    output_compression: int
    stream: bool = False
    partial_images: int = 0
    inputs: Inputs = NO_INPUTS
    high_fidelity: bool = False

    @property
    def flows(self) -> bool:
        """Whether bytes go out before the picture is done, and keep the connection alive."""
        return self.stream and self.partial_images > 0
