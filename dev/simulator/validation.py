"""Reads a generations body as the service does and settles what the caller left open."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from . import errors
from .answers import Refusal
from .families import ImageModel
from .sizes import Size, resolve_size

# Azure's reference gives 32,000 characters for the gpt-image models; its model table says 4,000.
LONGEST_PROMPT_CHARS = 32_000
MOST_IMAGES = 10
FORMATS = ("png", "jpeg")  # Azure has no webp, though OpenAI has
MODERATIONS = ("auto", "low")

TYPES: Mapping[str, type] = {
    "prompt": str,
    "model": str,
    "n": int,
    "size": str,
    "quality": str,
    "background": str,
    "output_format": str,
    "output_compression": int,
    "moderation": str,
    "stream": bool,
    "partial_images": int,
    "user": str,
}
TYPE_WORDS: Mapping[type, str] = {
    str: "a string",
    int: "an integer",
    bool: "a boolean",
    float: "a decimal number",
    list: "an array",
    dict: "an object",
}
RANGES: Mapping[str, tuple[int, int]] = {
    "n": (1, MOST_IMAGES),
    "output_compression": (0, 100),
    "partial_images": (0, 3),
}


@dataclass(frozen=True)
class ImageOrder:
    """What to draw, with every ``auto`` replaced by a choice; the answer echoes these."""

    prompt: str
    n: int
    size: Size
    quality: str
    background: str
    output_format: str
    output_compression: int
    stream: bool = False
    partial_images: int = 0

    @property
    def flows(self) -> bool:
        """Whether bytes go out before the picture is done, and keep the connection alive."""
        return self.stream and self.partial_images > 0


class Fields:
    """A body's fields; a null counts as absent, as in the service's schema."""

    def __init__(self, body: Mapping[str, object]) -> None:
        self._present = {name: value for name, value in body.items() if value is not None}

    def names(self) -> list[str]:
        return list(self._present)

    def value(self, name: str) -> object:
        return self._present.get(name)

    def text(self, name: str, otherwise: str) -> str:
        return str(self._present.get(name, otherwise))

    def whole(self, name: str, otherwise: int) -> int:
        value = self._present.get(name, otherwise)
        return value if isinstance(value, int) else otherwise


def parse_object(body: bytes) -> Mapping[str, object]:
    """The body as a JSON object; anything else is a 400."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        raise errors.unreadable_json() from None
    if not isinstance(parsed, dict):
        raise errors.unreadable_json()
    return parsed


def validate(body: Mapping[str, object], model: ImageModel, *, names_model: bool) -> ImageOrder:
    """The order in a body; ``names_model`` is true on the form whose ``model`` is a model id.

    Raises:
        Refusal: for the first parameter the service would refuse.
    """
    fields = Fields(body)
    _check_names_and_types(fields)
    _check_ranges(fields)
    _check_prompt(fields)
    if names_model and fields.text("model", model.model_id) != model.model_id:
        raise errors.model_does_not_exist(fields.text("model", ""))
    _check_choices(fields, model)
    _check_pairs(fields, model)
    return _order(fields, model)


def _check_names_and_types(fields: Fields) -> None:
    for name in fields.names():
        if name not in TYPES:
            raise errors.unknown_parameter(name)
        if type(fields.value(name)) is not TYPES[name]:
            raise _wrong_type(name, fields.value(name))


def _wrong_type(name: str, value: object) -> Refusal:
    wanted, got = TYPE_WORDS[TYPES[name]], TYPE_WORDS[type(value)]
    message = f"Invalid type for '{name}': expected {wanted}, but got {got} instead."
    return errors.parameter(message, name, "invalid_type")


def _check_ranges(fields: Fields) -> None:
    for name, (lowest, highest) in RANGES.items():
        value = fields.whole(name, lowest)
        if value > highest:
            raise _out_of_range(name, "above maximum", f"<= {highest}", value)
        if value < lowest:
            raise _out_of_range(name, "below minimum", f">= {lowest}", value)


def _out_of_range(name: str, side: str, bound: str, value: int) -> Refusal:
    message = f"Invalid '{name}': integer {side} value. Expected a value {bound}, but got {value}"
    code = f"integer_{side.replace(' ', '_').replace('maximum', 'max').replace('minimum', 'min')}"
    return errors.parameter(f"{message} instead.", name, f"{code}_value")


def _check_prompt(fields: Fields) -> None:
    prompt = fields.value("prompt")
    if prompt is None:
        message = "Missing required parameter: 'prompt'."
        raise errors.parameter(message, "prompt", "missing_required_parameter")
    length = len(str(prompt))
    if not length:
        message = "Invalid 'prompt': empty string. Expected a string with minimum length 1."
        raise errors.parameter(message, "prompt", "empty_string")
    if length > LONGEST_PROMPT_CHARS:
        message = (
            "Invalid 'prompt': string too long. Expected a string with maximum length "
            f"{LONGEST_PROMPT_CHARS}, but got a string with length {length} instead."
        )
        raise errors.parameter(message, "prompt", "string_above_max_length")


def _check_choices(fields: Fields, model: ImageModel) -> None:
    _check_choice(fields, "quality", (*model.qualities, "auto"))
    _check_choice(fields, "background", ("transparent", "opaque", "auto"))
    _check_choice(fields, "output_format", FORMATS)
    _check_choice(fields, "moderation", MODERATIONS)


def _check_choice(fields: Fields, name: str, choices: tuple[str, ...]) -> None:
    value = fields.text(name, choices[0])
    if value in choices:
        return
    *most, last = (f"'{choice}'" for choice in choices)
    comma = "," if len(most) > 1 else ""
    listed = f"{', '.join(most)}{comma} and {last}"
    message = f"Invalid value: '{value}'. Supported values are: {listed}."
    raise errors.parameter(message, name, "invalid_value")


def _check_pairs(fields: Fields, model: ImageModel) -> None:
    """Rules that need two values."""
    png = fields.text("output_format", "png") == "png"
    if png and fields.whole("output_compression", 100) < 100:
        message = "Compression less than 100 is not supported for PNG output format"
        raise errors.image_parameter(message, None, "invalid_png_output_compression")
    if fields.text("background", "auto") == "transparent":
        _check_transparency(png, model)


def _check_transparency(png: bool, model: ImageModel) -> None:
    if "transparent" not in model.backgrounds:
        message = "Transparent background is not supported for this model."
        raise errors.image_parameter(message, "background")
    if not png:
        message = "Transparent background is not supported for JPEG output format"
        raise errors.image_parameter(message, "background")


def _order(fields: Fields, model: ImageModel) -> ImageOrder:
    quality = fields.text("quality", "auto")
    background = fields.text("background", "auto")
    prompt = fields.text("prompt", "")
    return ImageOrder(
        prompt=prompt,
        n=fields.whole("n", 1),
        size=resolve_size(model, fields.text("size", "auto"), prompt),
        quality=model.auto_quality if quality == "auto" else quality,
        background="opaque" if background == "auto" else background,
        output_format=fields.text("output_format", "png"),
        output_compression=fields.whole("output_compression", 100),
        stream=fields.value("stream") is True,
        partial_images=fields.whole("partial_images", 0),
    )
