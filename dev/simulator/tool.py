"""The image tool as a Responses body asks for it, and the order that comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from . import errors, tool_errors
from .families import MODELS, ImageModel
from .fields import Fields, wrong_type
from .form import File
from .inputs import checked
from .order import NO_INPUTS, ImageOrder, Inputs
from .response_input import Asked, data_url
from .validation import SHARED_TYPES, check_fidelity, check_options, check_prompt, settled

KIND = "image_generation"
TYPES: Mapping[str, type] = {
    **SHARED_TYPES,
    "type": str,
    "action": str,
    "input_fidelity": str,
    "input_image_mask": dict,
}


def image_tool(body: Mapping[str, object]) -> tuple[int, Mapping[str, object]] | None:
    """The place and the object of the image tool in ``tools``, if it is there."""
    tools = body.get("tools")
    if tools is None:
        return None
    if not isinstance(tools, list):
        raise wrong_type("tools", list, tools)
    for place, tool in enumerate(tools):
        if not isinstance(tool, dict):
            raise wrong_type(f"tools[{place}]", dict, tool)
        if tool.get("type") == KIND:
            return place, tool
    return None


def read_tool(
    place: int, tool: Mapping[str, object], asked: Asked, model: ImageModel, *, stream: bool
) -> ImageOrder:
    """The order in a tool's options and the input's text and pictures.

    Raises:
        Refusal: for the first option the service would refuse.
    """
    if not model.in_tool:
        raise tool_errors.model_not_in_tool(model.model_id)
    fields = Fields(tool, f"tools[{place}].")
    fields.check_types(TYPES)
    fields.check_choice("action", ("auto", "generate", "edit"))
    # The header selects the deployment; the name here must be a model's and changes nothing.
    fields.check_choice("model", (model.model_id, *MODELS))
    check_options(fields, model)
    check_fidelity(fields, model)
    check_prompt(asked.text)
    inputs = _inputs(fields, asked)
    return replace(settled(fields, model, asked.text, inputs), stream=stream)


def _inputs(fields: Fields, asked: Asked) -> Inputs:
    mask = _mask(fields)
    action = fields.text("action", "auto")
    if not asked.images and (mask or action == "edit"):
        raise tool_errors.nothing_to_edit()
    if not asked.images or action == "generate":
        return NO_INPUTS
    return checked(asked.images, mask)


def _mask(fields: Fields) -> File | None:
    mask = fields.value("input_image_mask")
    if not isinstance(mask, dict):
        return None
    shown = fields.shown("input_image_mask")
    for name in mask:
        if name not in ("image_url", "file_id"):
            raise errors.unknown_parameter(f"{shown}.{name}")
    return data_url(mask.get("image_url"), f"{shown}.image_url")
