"""
Which calls are streamed, and with how many partial images.

Azure is reported to end calls of gpt-image-2 after about 122 s when no byte flows until the last
one, and such a call counts as of unknown outcome. A partial image makes bytes flow before; it
costs tokens, so quick work does without.
"""

from shared.domain.families import FAMILIES, pixels_of
from shared.domain.values import Options

# What a slow call is given when the request names no number: one is enough to keep it alive.
DEFAULT_PARTIALS = 1

# What each partial image adds to an image's output tokens; OpenAI's image generation guide.
TOKENS_PER_PARTIAL = 100

# Measured at third parties for one square image: low 8 to 22 s on every model, high 42 s on
# gpt-image-1.5 and over two minutes on gpt-image-2; `auto` may choose high.
SLOW_QUALITIES = frozenset({"high", "xhigh", "max", "auto"})

# Medium took 20 to 26 s on gpt-image-1.5, but about 40 s on gpt-image-2, with calls of 394 s seen.
SLOW_AT_MEDIUM = frozenset({"gpt-image-2"})

# The classic sizes end at 1.57 megapixels; what is larger takes longer at every quality. `auto`
# chooses among the classic ones.
QUICK_PIXELS = 1_600_000


def partial_images_of(options: Options) -> int | None:
    """How many partial images the call asks for; None: no stream, one JSON answer."""
    family = FAMILIES.get(options.model)
    if family is None or not family.most_partials:
        return None
    if options.partial_images is not None:
        return options.partial_images
    return DEFAULT_PARTIALS if is_slow(options) else None


def is_slow(options: Options) -> bool:
    """Whether the answer may take longer than a connection without any bytes is left open."""
    width_px, height_px = pixels_of(options.size) or (0, 0)
    return (
        options.quality in SLOW_QUALITIES
        or (options.quality == "medium" and options.model in SLOW_AT_MEDIUM)
        or width_px * height_px > QUICK_PIXELS
        or options.edits  # no figures of its own; reading the images comes on top
        or options.n > 1  # images of one call are made one after the other
    )


def partial_tokens(options: Options) -> int:
    """Output tokens that the partial images of all images may add; fewer may be sent."""
    return options.n * (partial_images_of(options) or 0) * TOKENS_PER_PARTIAL
