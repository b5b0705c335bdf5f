"""Draws the pictures: real PNG and JPEG bytes, pleasant to look at, never twice the same.

Painting is what takes time, so a few scenes of each size are kept and only the mark in the corner
is new each time: a simulator that draws all day must leave the processor to what it is there for.
"""

from __future__ import annotations

import colorsys
import hashlib
import io
import math
import threading
from functools import lru_cache
from random import Random

from PIL import Image, ImageDraw, ImageFont, ImageOps

from . import png
from .order import ImageOrder
from .sizes import Size

Colour = tuple[int, int, int]

# Every sketch has this long edge: shrinking it smooths the edges, enlarging it keeps 4K quick.
SKETCH_LONG_PX = 1536
# Teal through blue and violet to rose; the rest of the circle makes muddy skies.
FIRST_HUE, LAST_HUE = 0.46, 0.98
MARK = "simulated"
# The first partial picture has squares of this edge, the next ones half of that each.
COARSEST_PX = 32
MARK_PER_WIDTH = 45
# As many as a call may ask for pictures, so that all of them differ at a glance.
SCENES = 10
# At 4K a painted scene has 25 MB.
KEPT_SCENES = 10
# Compressed ones are small.
KEPT_PARTS = 64
# Calls that come at once shall wait for one painter, not paint the same scene each.
PAINTING = threading.Lock()
# How much of the scene covers an edit that has no mask.
EDIT_SHARE = 0.5


def draw(order: ImageOrder, index: int, call_number: int) -> bytes:
    """One picture; the call number makes even a repeated request give new bytes."""
    mark = f"{MARK} {call_number:x}.{index}"
    if order.output_format == "png" and not order.inputs:
        return _marked_png(_scene_number(order, index), order, mark)
    picture = _painted(order, index).copy()
    _write_mark(picture, mark)
    return _encode(picture, order)


def draw_partial(order: ImageOrder, index: int, call_number: int, step: int) -> bytes:
    """The same picture as it looks on the way: coarse at first, finer with each step."""
    coarse = _painted(order, index).reduce(COARSEST_PX >> step)
    picture = coarse.resize((order.size.width_px, order.size.height_px), Image.Resampling.NEAREST)
    _write_mark(picture, f"{MARK} {call_number:x}.{index}")
    return _encode(picture, order)


def _scene_number(order: ImageOrder, index: int) -> int:
    """The prompt and the pictures sent in choose the scene; each picture of a call has its own."""
    seed = f"{order.prompt}|{order.inputs.digest}".encode(errors="surrogatepass")
    return (hashlib.sha256(seed).digest()[0] + index) % SCENES


def _painted(order: ImageOrder, index: int) -> Image.Image:
    with PAINTING:
        scene = _scene(_scene_number(order, index), order.size, order.background == "transparent")
    return _edited(order, scene) if order.inputs else scene


def _marked_png(number: int, order: ImageOrder, mark: str) -> bytes:
    """A scene with its mark, of which only the strip that has the mark is encoded anew."""
    with PAINTING:
        above, strip = _parts(number, order.size, order.background == "transparent")
    strip = strip.copy()
    _write_mark(strip, mark)
    return png.joined(above, strip, order.size.height_px)


@lru_cache(maxsize=KEPT_PARTS)
def _parts(number: int, size: Size, transparent: bool) -> tuple[png.Upper, Image.Image]:
    scene = _scene(number, size, transparent)
    cut_px = size.height_px - 4 * _margin_px(size.width_px)
    upper = scene.crop((0, 0, size.width_px, cut_px))
    return png.upper(upper), scene.crop((0, cut_px, *scene.size))


@lru_cache(maxsize=KEPT_SCENES)
def _scene(number: int, size: Size, transparent: bool) -> Image.Image:
    picture = _sketch(Random(number), size, transparent)
    return picture.resize((size.width_px, size.height_px), Image.Resampling.BICUBIC)


def _edited(order: ImageOrder, scene: Image.Image) -> Image.Image:
    """The first picture sent in, with the scene where the mask is clear or half over all of it."""
    size = scene.size
    first = ImageOps.fit(order.inputs.images[0].convert(scene.mode), size)
    if order.inputs.mask is None:
        return Image.blend(first, scene, EDIT_SHARE)
    kept = ImageOps.fit(order.inputs.mask.convert("RGBA").getchannel("A"), size)
    return Image.composite(first, scene, kept)


def _encode(picture: Image.Image, order: ImageOrder) -> bytes:
    written = io.BytesIO()
    if order.output_format == "jpeg":
        picture.save(written, "JPEG", quality=max(1, order.output_compression))
    else:
        picture.save(written, "PNG", compress_level=1)
    return written.getvalue()


def _sketch(rng: Random, size: Size, transparent: bool) -> Image.Image:
    scale = SKETCH_LONG_PX / size.long_px
    width_px = max(1, round(size.width_px * scale))
    height_px = max(1, round(size.height_px * scale))
    hue = rng.uniform(FIRST_HUE, LAST_HUE)
    if transparent:
        canvas = Image.new("RGBA", (width_px, height_px), (0, 0, 0, 0))
    else:
        canvas = _sky(hue, width_px, height_px)
    pen = ImageDraw.Draw(canvas)
    _sun(pen, rng, hue, width_px, height_px)
    _hills(pen, rng, hue, width_px, height_px)
    _lanterns(pen, rng, hue, width_px, height_px)
    return canvas


def _colour(hue: float, lightness: float, saturation: float = 0.55) -> Colour:
    red, green, blue = colorsys.hls_to_rgb(hue % 1.0, lightness, saturation)
    return round(red * 255), round(green * 255), round(blue * 255)


def _sky(hue: float, width_px: int, height_px: int) -> Image.Image:
    ramp = Image.linear_gradient("L").resize((width_px, height_px))
    top, low = _colour(hue, 0.32), _colour(hue + 0.12, 0.82)
    return ImageOps.colorize(ramp, top, low, mid=_colour(hue + 0.05, 0.6))


def _disc(pen: ImageDraw.ImageDraw, x: float, y: float, radius: float, fill: Colour) -> None:
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)


def _sun(pen: ImageDraw.ImageDraw, rng: Random, hue: float, width: int, height: int) -> None:
    x, y = rng.uniform(0.2, 0.8) * width, rng.uniform(0.2, 0.45) * height
    radius = min(width, height) * rng.uniform(0.08, 0.16)
    for ring in range(3, -1, -1):
        _disc(pen, x, y, radius * (1 + ring * 0.18), _colour(hue + 0.14, 0.93 - ring * 0.06))


def _hills(pen: ImageDraw.ImageDraw, rng: Random, hue: float, width: int, height: int) -> None:
    layers = 4
    for layer in range(layers):
        level = height * (0.52 + 0.12 * layer)
        swing = height * rng.uniform(0.03, 0.08)
        waves, phase = rng.uniform(1.0, 3.0), rng.uniform(0.0, math.tau)
        ridge = [
            (x, level - swing * math.sin(phase + math.tau * waves * x / width))
            for x in range(0, width + 8, 8)
        ]
        outline = [(0.0, float(height)), *ridge, (float(width), float(height))]
        pen.polygon(outline, fill=_colour(hue - 0.06 * layer, 0.5 - 0.1 * layer))


def _lanterns(pen: ImageDraw.ImageDraw, rng: Random, hue: float, width: int, height: int) -> None:
    for _ in range(rng.randint(7, 14)):
        x, y = rng.uniform(0.05, 0.95) * width, rng.uniform(0.08, 0.8) * height
        radius = min(width, height) * rng.uniform(0.008, 0.03)
        _disc(pen, x, y, radius, _colour(hue + rng.uniform(0.35, 0.6), rng.uniform(0.6, 0.85)))


def _write_mark(picture: Image.Image, mark: str) -> None:
    """Nobody shall take this for the work of a model."""
    width_px, height_px = picture.size
    font = _font(max(12, width_px // MARK_PER_WIDTH))
    place = (width_px - _margin_px(width_px), height_px - _margin_px(width_px))
    ImageDraw.Draw(picture).text(place, mark, fill=(255, 255, 255), font=font, anchor="rs")


def _margin_px(width_px: int) -> int:
    return max(8, width_px // 64)


@lru_cache(maxsize=KEPT_SCENES)
def _font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size_px)
