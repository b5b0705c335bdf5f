"""Small pictures and masks, as callers send them."""

from __future__ import annotations

import io

from PIL import Image

File = tuple[str, bytes, str]


def png(name: str = "in.png", size: tuple[int, int] = (64, 48), colour: str = "red") -> File:
    return name, encoded(Image.new("RGB", size, colour), "PNG"), "image/png"


def jpeg(name: str = "in.jpg", size: tuple[int, int] = (48, 48)) -> File:
    return name, encoded(Image.new("RGB", size, "green"), "JPEG"), "image/jpeg"


def mask(size: tuple[int, int] = (64, 48)) -> File:
    """Clear on the left half, where the edit may paint."""
    drawn = Image.new("RGBA", size, "white")
    drawn.paste((0, 0, 0, 0), (0, 0, size[0] // 2, size[1]))
    return "mask.png", encoded(drawn, "PNG"), "image/png"


def encoded(picture: Image.Image, kind: str) -> bytes:
    written = io.BytesIO()
    picture.save(written, kind)
    return written.getvalue()
