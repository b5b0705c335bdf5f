"""Pictures are drawn with little work, and each is whole and different."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image, ImageChops

from dev.simulator import png
from dev.simulator.families import MODELS
from dev.simulator.pictures import draw
from dev.simulator.validation import validate


def drawn(index: int = 0, call_number: int = 1, **body: object) -> Image.Image:
    order = validate({"prompt": "x", **body}, MODELS["gpt-image-2.5-flare"], names_model=True)
    picture = Image.open(io.BytesIO(draw(order, index, call_number)))
    picture.load()
    return picture


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_joined_pictures_are_what_they_are_made_of(mode: str) -> None:
    """Every pixel of both parts comes back, in a stream whose checksum holds."""
    whole = Image.effect_noise((40, 30), 90).convert(mode)
    above = png.upper(whole.crop((0, 0, 40, 21)))
    encoded = png.joined(above, whole.crop((0, 21, 40, 30)), 30)
    Image.open(io.BytesIO(encoded)).verify()
    read = Image.open(io.BytesIO(encoded))
    assert (read.mode, read.size, read.tobytes()) == (mode, whole.size, whole.tobytes())


@pytest.mark.parametrize("size", ["1024x1024", "3840x2160", "1536x512", "512x1536", "1024x1536"])
def test_every_shape_is_whole(size: str) -> None:
    """The strip with the mark fits each shape."""
    assert "x".join(str(edge) for edge in drawn(size=size).size) == size


@pytest.mark.parametrize("body", [{}, {"background": "transparent"}, {"output_format": "jpeg"}])
def test_only_the_mark_differs_between_two_calls(body: dict[str, Any]) -> None:
    """The same words give the same scene, and another number in its corner."""
    first, second = (drawn(call_number=n, size="1024x1024", **body) for n in (1, 2))
    changed = ImageChops.difference(first, second).convert("RGB").point(lambda v: 255 * (v > 40))
    box = changed.getbbox()
    assert box is not None
    assert box[0] > 512 and box[1] > 940


def test_pictures_of_one_call_differ_at_a_glance() -> None:
    """Ten pictures are ten scenes."""
    small = {drawn(index, size="1024x1024").resize((8, 8)).tobytes() for index in range(10)}
    assert len(small) == 10
