"""Image sizes: the rules for asked ones and the choice where the caller leaves it open."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from . import errors
from .families import FIXED_SIZES, ImageModel

# The service's rules from gpt-image-2 on.
EDGE_STEP_PX = 16
LONGEST_EDGE_PX = 3840
LONGEST_RATIO = 3
FEWEST_PIXELS = 655_360
MOST_PIXELS = 8_294_400


@dataclass(frozen=True)
class Size:
    """Width and height in pixels; prints as the wire's ``WIDTHxHEIGHT``."""

    width_px: int
    height_px: int

    def __str__(self) -> str:
        return f"{self.width_px}x{self.height_px}"

    @property
    def pixels(self) -> int:
        return self.width_px * self.height_px

    @property
    def long_px(self) -> int:
        return max(self.width_px, self.height_px)

    @property
    def short_px(self) -> int:
        return min(self.width_px, self.height_px)


def resolve_size(model: ImageModel, asked: str, prompt: str, param: str = "size") -> Size:
    """The size to draw; ``auto`` is settled by the prompt, so that one prompt keeps one size.

    ``param`` is what a refusal calls it where the size is one of a list.
    """
    if asked == "auto":
        return _chosen_for(model, prompt)
    if not model.has_free_sizes and asked not in FIXED_SIZES:
        listed = ", ".join(f"'{size}'" for size in FIXED_SIZES)
        message = f"Invalid value: '{asked}'. Supported values are: {listed}, and 'auto'."
        raise errors.parameter(message, param, "invalid_value")
    size = _read(asked)
    if model.has_free_sizes:
        _check_rules(size)
    return size


def _chosen_for(model: ImageModel, prompt: str) -> Size:
    digest = hashlib.sha256(prompt.encode(errors="surrogatepass")).digest()
    return _read(model.auto_sizes[digest[0] % len(model.auto_sizes)])


def _read(asked: str) -> Size:
    found = re.fullmatch(r"([1-9][0-9]{0,5})x([1-9][0-9]{0,5})", asked)
    if found is None:
        raise errors.invalid_size(asked, "Expected 'auto' or a size of the form WIDTHxHEIGHT.")
    return Size(int(found[1]), int(found[2]))


def _check_rules(size: Size) -> None:
    """Refuse with the first broken rule; the wording of ratio and maximum is composed."""
    if size.width_px % EDGE_STEP_PX or size.height_px % EDGE_STEP_PX:
        raise errors.invalid_size(str(size), "Width and height must both be divisible by 16.")
    if size.long_px > LONGEST_EDGE_PX:
        rule = f"The longest edge must be less than or equal to {LONGEST_EDGE_PX}."
        raise errors.invalid_size(str(size), rule)
    if size.long_px > LONGEST_RATIO * size.short_px:
        rule = "The requested aspect ratio must be between 1:3 and 3:1."
        raise errors.invalid_size(str(size), rule)
    if size.pixels < FEWEST_PIXELS:
        raise errors.below_minimum_pixels(str(size))
    if size.pixels > MOST_PIXELS:
        rule = "Requested resolution is above the current maximum pixel budget."
        raise errors.invalid_size(str(size), rule)
