"""
What a call can come to at the most: it is held before the call, so that no bill passes it.

An estimate says what is likely. This says what is not exceeded, as far as anybody has published
how tokens are counted: each token of a prompt is at least one byte of it; `auto` may choose the
dearest; what upstream does not tell apart is counted by the dearer rate. What an orchestrator
writes has no bound (`ORCHESTRATOR_WRITES`).
"""

import math

from shared.domain.families import FAMILIES
from shared.domain.money import PriceBook, output_tokens
from shared.domain.streaming import partial_tokens
from shared.domain.values import Cost, Options

# Around a prompt: a few are seen in sample answers, and nobody has published which.
WRAPPING_TOKENS = 64
# Azure's gpt-image-1.5 counted up to 417 tokens an image above the published table, seemingly of
# text (measured by third parties in April 2026); half as many again.
ABOVE_TABLE_TOKENS = 626
# An input image: 65, 129 for each tile of the picture whose shorter side is scaled to one, and
# 6,240 for high fidelity. Later models have no published formula. Sixteen tiles are a picture
# sixteen times as long as wide.
INPUT_TOKENS = 65 + 16 * 129 + 6_240
# A square of as many pixels as are allowed: by the formula no picture takes more tokens.
LARGEST = "2880x2880"
# Twice the documented sample's. It writes the prompt anew, and may think before: unlike all else
# here, nothing holds it to that.
ORCHESTRATOR_READS, ORCHESTRATOR_WRITES = 4_000, 2_000


def bound_of(book: PriceBook, options: Options, prompt: str, orchestrator: str | None) -> Cost:
    """The most that one call of a model with a price can cost."""
    rates = book.models[options.model]
    text = len(prompt.encode("utf-8", "surrogatepass")) + WRAPPING_TOKENS
    millionths = 0.0
    if orchestrator is not None:
        asked = book.orchestrators[orchestrator]
        read, written = ORCHESTRATOR_READS + text, ORCHESTRATOR_WRITES + text
        millionths += read * asked.text_in + written * asked.text_out
        text = written  # what it writes is what the tool reads
    millionths += text * rates.text_in
    millionths += _inputs(options) * max(rates.image_in, rates.text_in)
    millionths += _outputs(options) * max(rates.image_out, rates.text_out)
    return Cost(
        amount=math.ceil(millionths) / 1_000_000,
        currency=book.currency,
        price_book=book.version,
        estimated=True,
    )


def _inputs(options: Options) -> int:
    return (options.input_images + options.mask) * INPUT_TOKENS if options.edits else 0


def _outputs(options: Options) -> int:
    return options.n * most_of_one(options) + partial_tokens(options)


def most_of_one(options: Options) -> int:
    """Output tokens of one image without its partial ones."""
    family = FAMILIES[options.model]
    fixed = [size for size in family.sizes or () if size != "auto"]
    sizes = (fixed or [LARGEST]) if options.size == "auto" else [options.size]
    chosen = [one for one in family.qualities if one != "auto"]
    qualities = chosen if options.quality == "auto" else [options.quality]
    most = max(output_tokens(options.model, one, size) for one in qualities for size in sizes)
    return most + (ABOVE_TABLE_TOKENS if family.sizes is not None else 0)
