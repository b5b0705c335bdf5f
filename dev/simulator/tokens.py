"""How many tokens an answer reports, by the published table and by the published formula."""

from __future__ import annotations

from fractions import Fraction

from .families import FIXED_SIZES, ImageModel
from .sizes import Size
from .validation import ImageOrder

# The real tokenizer is not public; four characters to a token is the usual rule of thumb.
CHARS_PER_TOKEN = 4


def prompt_tokens(prompt: str) -> int:
    """A plain estimate, the same for the same prompt."""
    return max(1, -(-len(prompt) // CHARS_PER_TOKEN))


def image_tokens(model: ImageModel, quality: str, size: Size) -> int:
    """Output tokens of one image."""
    if not model.has_free_sizes:
        return model.token_table[quality][FIXED_SIZES.index(str(size))]
    return _formula(model.token_base[quality], size)


def _formula(base: int, size: Size) -> int:
    """OpenAI's calculator: the long side has ``base`` patches, the short side in proportion.

    Halves round to even; fractions keep 13.5 exact, which floats would not.
    """
    short_patches = round(Fraction(base * size.short_px, size.long_px))
    return -(-base * short_patches * (2_000_000 + size.pixels) // 4_000_000)


# What each partial picture adds, by OpenAI's guide.
TOKENS_PER_PARTIAL = 100


def streamed_usage(model: ImageModel, order: ImageOrder) -> dict[str, object]:
    """A completed event's usage: its own image with its partial ones, and no output details."""
    text = prompt_tokens(order.prompt)
    image = image_tokens(model, order.quality, order.size)
    image += TOKENS_PER_PARTIAL * order.partial_images
    return {
        "input_tokens": text,
        "input_tokens_details": {"image_tokens": 0, "text_tokens": text},
        "output_tokens": image,
        "total_tokens": text + image,
    }


def usage(model: ImageModel, order: ImageOrder) -> dict[str, object]:
    """The answer's usage: it covers the whole request, all of its images."""
    text = prompt_tokens(order.prompt)
    images = order.n * image_tokens(model, order.quality, order.size)
    return {
        "input_tokens": text,
        "input_tokens_details": {"image_tokens": 0, "text_tokens": text},
        "output_tokens": images,
        "output_tokens_details": {"image_tokens": images, "text_tokens": 0},
        "total_tokens": text + images,
    }


def malformed_usage() -> dict[str, object]:
    """A usage with every field of the wrong shape, for readers that trust it too much."""
    return {
        "input_tokens": "18",
        "input_tokens_details": [],
        "output_tokens": None,
        "output_tokens_details": "none",
        "total_tokens": -1,
    }
