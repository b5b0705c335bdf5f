"""A Responses body without its tool: which fields it may have, its text and its pictures."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from . import errors, tool_errors
from .fields import Fields, wrong_type
from .form import File

# What the route knows; those without a type are let through unread.
TYPES: Mapping[str, type] = {
    "model": str,
    "instructions": str,
    "stream": bool,
    "store": bool,
    "background": bool,
    "parallel_tool_calls": bool,
    "previous_response_id": str,
    "tools": list,
    "include": list,
    "metadata": dict,
    "reasoning": dict,
    "text": dict,
    "max_output_tokens": int,
    "user": str,
    "safety_identifier": str,
    "truncation": str,
}
UNREAD = ("input", "tool_choice", "temperature", "top_p", "stream_options", "prompt_cache_key")
DATA_URL = re.compile(r"data:(image/[a-z+.-]+);base64,(.*)", re.DOTALL)


@dataclass(frozen=True)
class Asked:
    """All text of an input, line by line, and its pictures in their order."""

    text: str
    images: tuple[File, ...]


def check_body(body: Mapping[str, object]) -> None:
    """Refuse fields that are unknown, of a wrong type, or of features that are not here."""
    fields = Fields({name: value for name, value in body.items() if name not in UNREAD})
    fields.check_types(TYPES)
    if fields.value("background") is True:
        raise tool_errors.no_background()
    earlier = fields.value("previous_response_id")
    if earlier is not None:
        raise tool_errors.no_earlier_response(str(earlier))


def read_input(body: Mapping[str, object]) -> Asked:
    """The ``input``: one text, or messages of texts and pictures."""
    given = Fields(body).required("input")
    if isinstance(given, str):
        return Asked(given, ())
    if not isinstance(given, list):
        raise wrong_type("input", str, given)
    parts = [part for place, item in enumerate(given) for part in _parts(item, f"input[{place}]")]
    texts = [part for part in parts if isinstance(part, str)]
    return Asked("\n".join(texts), tuple(part for part in parts if isinstance(part, File)))


def _parts(item: object, shown: str) -> Iterator[str | File]:
    if not isinstance(item, dict):
        raise wrong_type(shown, dict, item)
    content = item.get("content")
    if isinstance(content, str):
        yield content
        return
    if not isinstance(content, list):
        raise wrong_type(f"{shown}.content", list, content)
    for place, part in enumerate(content):
        yield _part(part, f"{shown}.content[{place}]")


def _part(part: object, shown: str) -> str | File:
    if not isinstance(part, dict):
        raise wrong_type(shown, dict, part)
    kind = part.get("type")
    if kind == "input_text":
        text = part.get("text")
        if not isinstance(text, str):
            raise wrong_type(f"{shown}.text", str, text)
        return text
    if kind == "input_image":
        return data_url(part.get("image_url"), f"{shown}.image_url")
    message = f"Invalid value: '{kind}'. Supported values are: 'input_text' and 'input_image'."
    raise errors.parameter(message, f"{shown}.type", "invalid_value")


def data_url(value: object, shown: str) -> File:
    """The picture in a data URL; an address and a stored file's id are refused."""
    found = DATA_URL.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise tool_errors.unusable_image(shown)
    try:
        return File(shown, found[1], base64.b64decode(found[2], validate=True))
    except binascii.Error:
        raise tool_errors.unusable_image(shown) from None
