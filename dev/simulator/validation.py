"""Reads an image call's fields as the service does and settles what the caller left open."""

from __future__ import annotations

import json
from collections.abc import Mapping

from . import errors, input_errors
from .families import ImageModel
from .fields import Fields
from .order import NO_INPUTS, ImageOrder, Inputs
from .sizes import resolve_size

# Azure's reference gives 32,000 characters for the gpt-image models; its model table says 4,000.
LONGEST_PROMPT_CHARS = 32_000
MOST_IMAGES = 10
MOST_PARTIAL_IMAGES = 3
FORMATS = ("png", "jpeg")  # Azure has no webp, though OpenAI has

# What the tool of the Responses route knows as well.
SHARED_TYPES: Mapping[str, type] = {
    "model": str,
    "size": str,
    "quality": str,
    "background": str,
    "output_format": str,
    "output_compression": int,
    "moderation": str,
    "partial_images": int,
}
TYPES: Mapping[str, type] = {
    **SHARED_TYPES,
    "prompt": str,
    "n": int,
    "stream": bool,
    "user": str,
}
EDIT_TYPES: Mapping[str, type] = {**TYPES, "input_fidelity": str}


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
    fields.check_types(TYPES)
    return _settle(fields, model, names_model, NO_INPUTS)


def validate_edit(
    body: Mapping[str, object], model: ImageModel, inputs: Inputs, *, names_model: bool
) -> ImageOrder:
    """The same for a form's text fields, with the pictures that came beside them."""
    fields = Fields(body)
    fields.check_types(EDIT_TYPES)
    check_fidelity(fields, model)
    return _settle(fields, model, names_model, inputs)


def check_prompt(prompt: str) -> None:
    """Refuse an empty prompt and one that is too long."""
    if not prompt:
        message = "Invalid 'prompt': empty string. Expected a string with minimum length 1."
        raise errors.parameter(message, "prompt", "empty_string")
    if len(prompt) > LONGEST_PROMPT_CHARS:
        message = (
            "Invalid 'prompt': string too long. Expected a string with maximum length "
            f"{LONGEST_PROMPT_CHARS}, but got a string with length {len(prompt)} instead."
        )
        raise errors.parameter(message, "prompt", "string_above_max_length")


def check_fidelity(fields: Fields, model: ImageModel) -> None:
    """Only some models have a choice: mini has one fidelity, later ones are always high."""
    if fields.value("input_fidelity") is None:
        return
    if not model.has_fidelity:
        raise input_errors.fidelity_unsupported(model.model_id, fields.shown("input_fidelity"))
    fields.check_choice("input_fidelity", ("high", "low"))


def check_options(fields: Fields, model: ImageModel) -> None:
    """What a call and the tool have in common."""
    fields.check_range("output_compression", 0, 100)
    fields.check_range("partial_images", 0, MOST_PARTIAL_IMAGES)
    fields.check_choice("quality", (*model.qualities, "auto"))
    fields.check_choice("background", ("transparent", "opaque", "auto"))
    fields.check_choice("output_format", FORMATS)
    fields.check_choice("moderation", ("auto", "low"))
    _check_pairs(fields, model)


def _check_pairs(fields: Fields, model: ImageModel) -> None:
    """Rules that need two values."""
    png = fields.text("output_format", "png") == "png"
    if png and fields.whole("output_compression", 100) < 100:
        message = "Compression less than 100 is not supported for PNG output format"
        raise errors.image_parameter(message, None, "invalid_png_output_compression")
    if fields.text("background", "auto") == "transparent":
        _check_transparency(png, model, fields.shown("background"))


def _check_transparency(png: bool, model: ImageModel, param: str) -> None:
    if "transparent" not in model.backgrounds:
        message = "Transparent background is not supported for this model."
        raise errors.image_parameter(message, param)
    if not png:
        message = "Transparent background is not supported for JPEG output format"
        raise errors.image_parameter(message, param)


def _settle(fields: Fields, model: ImageModel, names_model: bool, inputs: Inputs) -> ImageOrder:
    fields.check_range("n", 1, MOST_IMAGES)
    check_prompt(str(fields.required("prompt")))
    if names_model and fields.text("model", model.model_id) != model.model_id:
        raise errors.model_does_not_exist(fields.text("model", ""))
    check_options(fields, model)
    return settled(fields, model, fields.text("prompt", ""), inputs)


def settled(fields: Fields, model: ImageModel, prompt: str, inputs: Inputs) -> ImageOrder:
    """The order in fields that were checked; the size is looked at here."""
    quality = fields.text("quality", "auto")
    background = fields.text("background", "auto")
    size = resolve_size(model, fields.text("size", "auto"), prompt, fields.shown("size"))
    return ImageOrder(
        prompt=prompt,
        n=fields.whole("n", 1),
        size=size,
        quality=model.auto_quality if quality == "auto" else quality,
        background="opaque" if background == "auto" else background,
        output_format=fields.text("output_format", "png"),
        output_compression=fields.whole("output_compression", 100),
        stream=fields.value("stream") is True,
        partial_images=fields.whole("partial_images", 0),
        inputs=inputs,
        high_fidelity=model.has_free_sizes or fields.text("input_fidelity", "low") == "high",
    )
