"""
What each image model takes, as data; a model that is not here is refused.

Azure OpenAI's documentation of image models, read in November 2026. Where its pages differ
from OpenAI's, what Azure says holds (no webp; compression for JPEG only). DALL-E's `style` is
no parameter of any model that can still be deployed. Input fidelity is a parameter of
gpt-image-1 and 1.5 alone: mini has none, 2 refuses it since its fidelity is always high, and
for 2.5 it is not documented.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from shared.domain.values import Options
from shared.errors import Fault

MAX_N = 10
MAX_PARTIALS = 3
MAX_INPUTS = 16
# Azure's table of models says 4,000 for the gpt-image-1 series, its reference and OpenAI 32,000.
MAX_PROMPT_CHARS = 32_000
FORMATS = ("png", "jpeg")
MODERATION = ("auto", "low")
CLASSIC_SIZES = ("1024x1024", "1024x1536", "1536x1024", "auto")
CLASSIC_QUALITIES = ("low", "medium", "high", "auto")
NEW_QUALITIES = ("low", "medium", "high", "xhigh", "max", "auto")
ALL_BACKGROUNDS = ("transparent", "opaque", "auto")
FIDELITIES = ("high", "low")

# Custom sizes: both edges multiples of 16, the longer at most 3840, at most 3:1, and this
# many pixels.
EDGE_STEP_PX, MAX_EDGE_PX, MAX_ASPECT = 16, 3840, 3
MIN_PIXELS, MAX_PIXELS = 655_360, 8_294_400


@dataclass(frozen=True, slots=True)
class Family:
    """
    `sizes` None: any size by the custom rules, or `auto`. `tokens` names the table or formula
    by which output tokens are estimated (money.py). `most_partials` 0: it cannot stream.
    `most_inputs` 0: it cannot edit. `responses_tool`: the Responses API's image tool is
    documented to take it. `retired_on`: upstream's last day; `retires_on`: the one it has
    announced and may still move.
    """

    model: str
    qualities: tuple[str, ...]
    backgrounds: tuple[str, ...]
    tokens: str
    sizes: tuple[str, ...] | None = None
    most_partials: int = MAX_PARTIALS
    most_images: int = MAX_N
    most_inputs: int = MAX_INPUTS
    mask: bool = True
    input_fidelity: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    max_prompt_chars: int = MAX_PROMPT_CHARS
    responses_tool: bool = False
    retired_on: date | None = None
    successor: str | None = None
    retires_on: date | None = None


FAMILIES: Mapping[str, Family] = {
    family.model: family
    for family in (
        Family(
            *("gpt-image-2", CLASSIC_QUALITIES, ("opaque", "auto"), "gpt-image-2"),
            retires_on=date(2027, 4, 21),
        ),
        Family("gpt-image-2.5-flare", NEW_QUALITIES, ALL_BACKGROUNDS, "gpt-image-2.5"),
        Family("gpt-image-2.5-sunburst", NEW_QUALITIES, ALL_BACKGROUNDS, "gpt-image-2.5"),
        Family(
            *("gpt-image-1.5", CLASSIC_QUALITIES, ALL_BACKGROUNDS, "classic", CLASSIC_SIZES),
            input_fidelity=FIDELITIES,
            responses_tool=True,
            retires_on=date(2026, 12, 16),
        ),
        Family(
            *("gpt-image-1-mini", CLASSIC_QUALITIES, ALL_BACKGROUNDS, "mini", CLASSIC_SIZES),
            responses_tool=True,
            retires_on=date(2027, 4, 7),
        ),
        Family(
            *("gpt-image-1", CLASSIC_QUALITIES, ALL_BACKGROUNDS, "classic", CLASSIC_SIZES),
            input_fidelity=FIDELITIES,
            responses_tool=True,
            retired_on=date(2026, 10, 23),
            successor="gpt-image-2",
        ),
        Family(
            *("dall-e-3", ("standard", "hd"), (), "none", CLASSIC_SIZES, 0, 1, 0),
            mask=False,
            styles=("vivid", "natural"),
            max_prompt_chars=4_000,
            retired_on=date(2026, 3, 4),
            successor="gpt-image-2",
        ),
    )
}

# Models that Azure's documentation names for the image tool of the Responses API.
RESPONSES_MODELS = frozenset(name for name, one in FAMILIES.items() if one.responses_tool)


_IN_USE = tuple(one for one in FAMILIES.values() if one.retired_on is None)
_WITH_FIDELITY = tuple(one.model for one in _IN_USE if one.input_fidelity)


def faults_of(options: Options, prompt: str, today: date) -> list[Fault]:
    """Everything about the options that the chosen model does not take."""
    family = FAMILIES.get(options.model)
    if family is None:
        known = ", ".join(one.model for one in _IN_USE)
        return [Fault("#/model", f"Unknown model; known: {known}.")]
    if family.retired_on and today > family.retired_on:
        retired = f"{family.model} was retired on {family.retired_on}"
        return [Fault("#/model", f"{retired}; use {family.successor}.")]
    return list(_faults(family, options, prompt))


def _faults(family: Family, options: Options, prompt: str) -> Iterator[Fault]:
    yield from _choice(family, "quality", options.quality, family.qualities)
    yield from _choice(family, "background", options.background, family.backgrounds)
    yield from _choice(family, "outputFormat", options.output_format, FORMATS)
    yield from _choice(family, "moderation", options.moderation, MODERATION)
    yield from _choice(family, "style", options.style, family.styles)
    yield from _choice(family, "inputFidelity", options.input_fidelity, family.input_fidelity)
    yield from _size_faults(family, options.size)
    yield from _input_faults(family, options)
    if options.n > family.most_images:
        yield Fault("#/n", f"{family.model} makes {family.most_images} at a time.")
    # 100 is what every format has by itself; upstream takes it with a PNG, too.
    if options.output_compression not in (None, 100) and options.output_format != "jpeg":
        yield Fault("#/outputCompression", "Only for outputFormat jpeg.")
    if options.background == "transparent" and options.output_format == "jpeg":
        yield Fault("#/background", "JPEG has no transparency; use outputFormat png.")
    if options.partial_images is not None and not family.most_partials:
        yield Fault("#/partialImages", f"{family.model} does not send partial images.")
    if len(prompt) > family.max_prompt_chars:
        most = f"{family.max_prompt_chars:,} characters"
        yield Fault("#/prompt", f"{family.model} takes at most {most}.")


def _choice(
    family: Family, field: str, value: str | None, allowed: tuple[str, ...]
) -> Iterator[Fault]:
    if value is not None and not allowed:
        instead = _INSTEAD.get(field, "leave it out")
        yield Fault(f"#/{field}", f"{family.model} does not take it; {instead}.")
    elif value is not None and value not in allowed:
        yield Fault(f"#/{field}", f"{family.model} takes {', '.join(allowed)}.")


# Where a model takes no value of an option at all.
_INSTEAD = {
    "style": "describe the style in the prompt",
    "inputFidelity": f"leave it out, or use {' or '.join(_WITH_FIDELITY)}",
}


def _input_faults(family: Family, options: Options) -> Iterator[Fault]:
    if options.edits and not family.most_inputs:
        able = next(one.model for one in FAMILIES.values() if one.most_inputs)
        yield Fault("#/inputImages", f"{family.model} cannot edit; use {able}.")
    elif options.input_images > family.most_inputs:
        yield Fault("#/inputImages", f"{family.model} takes at most {family.most_inputs}.")
    if options.mask and options.edits and not family.mask:
        yield Fault("#/mask", f"{family.model} does not take a mask.")
    if options.mask and not options.edits:
        yield Fault("#/mask", "A mask needs inputImages.")
    if options.input_fidelity is not None and not options.edits:
        yield Fault("#/inputFidelity", "Only together with inputImages.")


def _size_faults(family: Family, size: str) -> Iterator[Fault]:
    if family.sizes is not None:
        yield from _choice(family, "size", size, family.sizes)
    elif size != "auto" and (problem := _custom_size_problem(size)):
        yield Fault("#/size", f"{family.model} takes auto or WIDTHxHEIGHT: {problem}.")


def _custom_size_problem(size: str) -> str | None:
    if (pixels := pixels_of(size)) is None:
        return "two numbers with an x between"
    width, height = pixels
    if width % EDGE_STEP_PX or height % EDGE_STEP_PX:
        return f"both edges multiples of {EDGE_STEP_PX}"
    if max(width, height) > MAX_EDGE_PX:
        return f"no edge over {MAX_EDGE_PX}"
    if max(width, height) > MAX_ASPECT * min(width, height):
        return f"the longer edge at most {MAX_ASPECT} times the shorter"
    if not MIN_PIXELS <= width * height <= MAX_PIXELS:
        return f"{MIN_PIXELS:,} to {MAX_PIXELS:,} pixels"
    return None


def pixels_of(size: str) -> tuple[int, int] | None:
    found = re.fullmatch(r"([1-9][0-9]{1,4})x([1-9][0-9]{1,4})", size)
    return (int(found[1]), int(found[2])) if found else None
