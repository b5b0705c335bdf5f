"""What a call costs: from upstream's own count of tokens, or estimated from its tables."""

import math
from collections.abc import Mapping
from datetime import date

from pydantic import Field

from shared.domain.families import FAMILIES, pixels_of
from shared.domain.orchestrators import OrchestratorRates, with_orchestrator
from shared.domain.streaming import partial_tokens
from shared.domain.values import Cost, Options, Usage, Value

# Output tokens per image of the models before gpt-image-2, by (quality, orientation);
# OpenAI's image generation guide.
_CLASSIC = {
    "low": (272, 408, 400),
    "medium": (1056, 1584, 1568),
    "high": (4160, 6240, 6208),
}
# What gpt-image-1-mini's stated per-image prices come to at 8 USD per million.
_MINI = {"low": (625, 750, 750), "medium": (1375, 1875, 1875), "high": (4500, 6500, 6500)}
# Base of the formula of gpt-image-2 and later (OpenAI's price calculator).
_BASE = {
    "gpt-image-2": {"low": 16, "medium": 48, "high": 96},
    "gpt-image-2.5": {"low": 16, "medium": 24, "high": 48, "xhigh": 64, "max": 96},
}
# Input tokens of one image, by the same tables. The classic formula scales the shorter side to
# 512 px and counts 65 and 129 for each tile of 512 px (three in the longest picture allowed
# here); high fidelity adds up to 6,240. For later models none is published: gpt-image-2 always
# keeps high fidelity, so it counts as that; with 2.5 two or three images came to about 4,000.
_INPUT_LOW, _INPUT_HIGH = 65 + 3 * 129, 65 + 3 * 129 + 6_240
_INPUT = {
    "classic": _INPUT_LOW,
    "mini": _INPUT_LOW,
    "gpt-image-2": _INPUT_HIGH,
    "gpt-image-2.5": 4_000,
}
# `auto` is estimated by the dearest it is seen to choose, so that no estimate is too low.
_AUTO_QUALITY, _AUTO_SIZE = "high", "1024x1024"
# A prompt of English text has about four characters a token.
_CHARS_PER_TOKEN = 4
# Ten of the dearest images take less than a million: a count beyond this is none, and taken for
# one it would use up budgets, or be no number that can be written.
_MOST_TOKENS = 10**8
# One image and what is asked about it, of a chat model: of those priced here, small ones count the
# most for an image (1,536 patches, 2.46 times). The answer is cut off at the latter, of which a
# sentence takes some fifty, and what a model thinks before it the rest.
_DRAFT_IN, DRAFT_OUT = 4_500, 2_000


class Rates(Value):
    """Money per million tokens; `as_of` is the day on which `source` was seen to say so."""

    text_in: float = Field(ge=0)
    image_in: float = Field(ge=0)
    image_out: float = Field(gt=0)
    text_out: float = Field(ge=0)
    source: str = ""
    as_of: date | None = None


class PriceBook(Value):
    """Prices with the date they were true; a model that is not in it is never called."""

    version: str
    currency: str
    unit: str = "per 1,000,000 tokens"
    sources: tuple[str, ...] = ()
    models: Mapping[str, Rates]
    orchestrators: Mapping[str, OrchestratorRates] = {}

    def cost(
        self,
        model: str,
        usage: Usage,
        *,
        orchestrator: str | None = None,
        estimated: bool = False,
    ) -> Cost:
        """Of the image, and of the model that was asked for it, if it was asked through one."""
        rates = self.models[model]
        millionths = (
            usage.input_text_tokens * rates.text_in
            + usage.input_image_tokens * rates.image_in
            + usage.output_image_tokens * rates.image_out
            + usage.output_text_tokens * rates.text_out
        )
        if orchestrator is not None:
            millionths += self.orchestrators[orchestrator].millionths(usage)
        return Cost(
            amount=round(millionths / 1_000_000, 6),
            currency=self.currency,
            price_book=self.version,
            estimated=estimated,
        )

    def chat_cost(self, model: str, usage: Usage | None) -> Cost:
        """
        Of a call about one image, whose tokens count as text; without `usage` never too little.

        Nothing for a model that lost its price meanwhile: its open calls have to end.
        """
        rates, counted = self.orchestrators.get(model), usage
        if counted is None:
            counted = Usage(input_tokens=_DRAFT_IN, output_tokens=DRAFT_OUT)
        asked = counted.input_tokens * rates.text_in if rates else 0.0
        answered = counted.output_tokens * rates.text_out if rates else 0.0
        return Cost(
            amount=round((asked + answered) / 1_000_000, 6),
            currency=self.currency,
            price_book=self.version,
            estimated=usage is None,
        )

    def estimate(
        self, options: Options, prompt_chars: int, orchestrator: str | None = None
    ) -> Cost:
        usage = estimated_usage(options, prompt_chars)
        if orchestrator is not None:
            usage = with_orchestrator(usage, None)
        return self.cost(options.model, usage, orchestrator=orchestrator, estimated=True)


def estimated_usage(options: Options, prompt_chars: int) -> Usage:
    text = math.ceil(prompt_chars / _CHARS_PER_TOKEN)
    image = options.n * output_tokens(options.model, options.quality, options.size)
    image += partial_tokens(options)
    read = input_tokens(options)
    return Usage(
        input_tokens=text + read,
        input_text_tokens=text,
        input_image_tokens=read,
        output_tokens=image,
        output_image_tokens=image,
    )


def input_tokens(options: Options) -> int:
    """Of all input images and the mask, never too few as far as anybody has published."""
    if not options.edits:
        return 0
    high = options.input_fidelity == "high"
    each = _INPUT_HIGH if high else _INPUT[FAMILIES[options.model].tokens]
    return (options.input_images + options.mask) * each


def output_tokens(model: str, quality: str, size: str) -> int:
    """Output tokens of one image by the published tables."""
    table = FAMILIES[model].tokens
    quality = _AUTO_QUALITY if quality == "auto" else quality
    width, height = pixels_of(_AUTO_SIZE if size == "auto" else size) or (1024, 1024)
    if table in _BASE:
        return _by_formula(_BASE[table][quality], width, height)
    rows = _MINI if table == "mini" else _CLASSIC
    return rows[quality][(width < height) + 2 * (width > height)]


def _by_formula(base: int, width: int, height: int) -> int:
    # Halves go to the even number, as round has it. Multiplied before divided, they stay exact.
    shorter_side = round(base * min(width, height) / max(width, height))
    return math.ceil(base * shorter_side * (2_000_000 + width * height) / 4_000_000)


def usage_of(wire: Mapping[str, object] | None) -> Usage | None:
    """
    Upstream's `usage` as ours; None when it is missing or makes no sense.

    `output_tokens_details` is not always sent; then every output token counts as image.
    """
    if wire is None:
        return None
    inputs, outputs = _tokens(wire, "input_tokens"), _tokens(wire, "output_tokens")
    if inputs is None or outputs is None:
        return None
    image_in = _detail(wire, "input_tokens_details", "image_tokens") or 0
    text_out = _detail(wire, "output_tokens_details", "text_tokens") or 0
    if image_in > inputs or text_out > outputs:
        return None
    return Usage(
        input_tokens=inputs,
        output_tokens=outputs,
        input_image_tokens=image_in,
        input_text_tokens=inputs - image_in,
        output_text_tokens=text_out,
        output_image_tokens=outputs - text_out,
    )


def chat_usage_of(wire: Mapping[str, object] | None) -> Usage | None:
    """Likewise of a chat model, which calls the same by other names."""
    if wire is None:
        return None
    inputs, outputs = _tokens(wire, "prompt_tokens"), _tokens(wire, "completion_tokens")
    if inputs is None or outputs is None:
        return None
    return Usage(input_tokens=inputs, output_tokens=outputs)


def _detail(wire: Mapping[str, object], details: str, name: str) -> int | None:
    found = wire.get(details)
    return _tokens(found, name) if isinstance(found, Mapping) else None


def _tokens(wire: Mapping[str, object], name: str) -> int | None:
    value = wire.get(name)
    return value if type(value) is int and 0 <= value <= _MOST_TOKENS else None
