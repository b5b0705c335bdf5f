"""How many tokens an answer reports, by the published table and by the published formula."""

from __future__ import annotations

from fractions import Fraction

from PIL import Image

from .families import FIXED_SIZES, ImageModel
from .order import ImageOrder
from .sizes import Size

# The real tokenizer is not public; four characters to a token is the usual rule of thumb.
CHARS_PER_TOKEN = 4
# What each partial picture adds, by OpenAI's guide.
TOKENS_PER_PARTIAL = 100
# gpt-image-1's formula for pictures sent in; none is known for later models, so theirs as well.
INPUT_SHORT_EDGE_PX = 512
INPUT_TILE_PX = 512
INPUT_BASE_TOKENS = 65
INPUT_TOKENS_PER_TILE = 129
HIGH_FIDELITY_SQUARE, HIGH_FIDELITY_OTHER = 4160, 6240


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


def input_tokens(image: Image.Image, *, high_fidelity: bool) -> int:
    """Input tokens of one picture sent in: its tiles once its short edge is scaled to a tile's."""
    short_px, long_px = sorted(image.size)
    tiles = -(-long_px * INPUT_SHORT_EDGE_PX // (short_px * INPUT_TILE_PX))
    high = HIGH_FIDELITY_SQUARE if short_px == long_px else HIGH_FIDELITY_OTHER
    plain = INPUT_BASE_TOKENS + INPUT_TOKENS_PER_TILE * tiles
    return plain + (high if high_fidelity else 0)


def usage(model: ImageModel, order: ImageOrder) -> dict[str, object]:
    """The answer's usage: it covers the whole request, all of its images."""
    images = order.n * image_tokens(model, order.quality, order.size)
    details = {"image_tokens": images, "text_tokens": 0}
    return {**_usage(order, images), "output_tokens_details": details}


def tool_usage(model: ImageModel, order: ImageOrder) -> dict[str, object]:
    """The image tool's own usage, its partial pictures included."""
    images = _with_partials(model, order)
    details = {"image_tokens": images, "text_tokens": 0}
    return {**_usage(order, images), "output_tokens_details": details}


def streamed_usage(model: ImageModel, order: ImageOrder) -> dict[str, object]:
    """A completed event's usage: its own image with its partial ones, and no output details."""
    return _usage(order, _with_partials(model, order))


def _with_partials(model: ImageModel, order: ImageOrder) -> int:
    partials = order.partial_images if order.stream else 0
    return image_tokens(model, order.quality, order.size) + TOKENS_PER_PARTIAL * partials


def _usage(order: ImageOrder, output_tokens: int) -> dict[str, object]:
    text = prompt_tokens(order.prompt)
    image = sum(input_tokens(one, high_fidelity=order.high_fidelity) for one in order.inputs.images)
    return {
        "input_tokens": text + image,
        "input_tokens_details": {"image_tokens": image, "text_tokens": text},
        "output_tokens": output_tokens,
        "total_tokens": text + image + output_tokens,
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
