"""chat/completions on both URL forms, of a model that looks at pictures and says what it sees."""

from __future__ import annotations

import colorsys
import json
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

from PIL import Image

from . import errors, gateway, tokens, tool_errors
from .answers import Answer, Request
from .fields import Fields, wrong_type
from .form import File
from .generations import deployment_name
from .inputs import checked
from .operations import CHAT
from .response_input import data_url
from .service import Orchestrator, Service
from .serving import BLOCKED_PROMPT, Turn, cut_if_ordered, opened, serve
from .validation import parse_object

TYPES: Mapping[str, type] = {
    "model": str,
    "messages": list,
    "max_completion_tokens": int,
    "n": int,
    "stream": bool,
    "store": bool,
    "metadata": dict,
    "user": str,
    "safety_identifier": str,
    "reasoning_effort": str,
}
UNREAD = ("temperature", "top_p", "seed", "stop", "response_format")
# As a refusal calls it.
KIND = "chatCompletion"
ROLES = ("system", "developer", "user", "assistant")
DETAILS = ("auto", "low", "high")
# What every description begins with, so that it can be looked for where it must not be.
STEM = "A scene that the simulator has drawn"
# One picture at low detail, as gpt-4o counts it.
TOKENS_PER_PICTURE = 85
COLOURS = ("red", "orange", "yellow", "green", "teal", "blue", "violet", "rose")


def chat_on_deployment(service: Service, request: Request, name: str) -> Answer:
    """The older form: the deployment is in the path."""
    api_version = gateway.enter(service.credentials, request, CHAT, v1=False)
    return _chat(service, request, api_version, service.orchestrator(name, KIND))


def chat_on_v1(service: Service, request: Request) -> Answer:
    """The newer form: ``model`` in the body is the deployment's name."""
    api_version = gateway.enter(service.credentials, request, CHAT, v1=True)
    deployment = service.orchestrator(deployment_name(parse_object(request.body)), KIND)
    return _chat(service, request, api_version, deployment)


def _chat(service: Service, request: Request, api_version: str, deployment: Orchestrator) -> Answer:
    body = parse_object(request.body)
    call = opened(service, request, CHAT, api_version, {deployment.name: deployment.quota})
    return serve(service, call, lambda turn: _make(turn, deployment, body))


def _make(turn: Turn, deployment: Orchestrator, body: Mapping[str, object]) -> Answer:
    fields = Fields({name: value for name, value in body.items() if name not in UNREAD})
    fields.check_types(TYPES)
    parts = list(_parts(fields.required("messages")))
    text = "\n".join(part for part in parts if isinstance(part, str))
    if BLOCKED_PROMPT in text:
        turn.entry.close("filtered")
        raise tool_errors.prompt_filtered()
    pictures = checked([part for part in parts if isinstance(part, File)], None).images
    said, reason = _said(turn, pictures, fields.whole("max_completion_tokens", 1_000))
    turn.service.pause(turn.took_s)
    turn.entry.bill(0)
    cut_if_ordered(turn)
    asked = tokens.prompt_tokens(text) + TOKENS_PER_PICTURE * len(pictures)
    return turn.answer(_completion(turn, deployment, said, reason, asked))


def _parts(messages: object) -> Iterator[str | File]:
    """All texts and pictures of a conversation, in their order."""
    if not isinstance(messages, list) or not messages:
        message = "Invalid 'messages': empty array. Expected an array with minimum length 1."
        raise errors.parameter(message, "messages", "empty_array")
    for place, one in enumerate(messages):
        shown = f"messages[{place}]"
        if not isinstance(one, dict):
            raise wrong_type(shown, dict, one)
        Fields(one, f"{shown}.").check_choice("role", ROLES)
        content = one.get("content")
        if isinstance(content, str):
            yield content
        elif isinstance(content, list):
            for number, part in enumerate(content):
                yield _part(part, f"{shown}.content[{number}]")
        else:
            raise wrong_type(f"{shown}.content", str, content)


def _part(part: object, shown: str) -> str | File:
    if not isinstance(part, dict):
        raise wrong_type(shown, dict, part)
    if part.get("type") == "text" and isinstance(part.get("text"), str):
        return str(part["text"])
    if part.get("type") == "image_url" and isinstance(part.get("image_url"), dict):
        image = Fields(part["image_url"], f"{shown}.image_url.")
        image.check_choice("detail", DETAILS)
        return data_url(image.value("url"), f"{shown}.image_url.url")
    message = f"Invalid value: '{part.get('type')}'. Supported values are: 'text' and 'image_url'."
    raise errors.parameter(message, f"{shown}.type", "invalid_value")


def _said(turn: Turn, pictures: tuple[Image.Image, ...], most: int) -> tuple[str | None, str]:
    """What is said, and why it ends there: a limit cuts words off, an order leaves nothing."""
    if turn.fault.kind == "emptyData":
        return None, "content_filter"
    text = f"{STEM}: {_seen(pictures[0])}." if pictures else f"{STEM} is not there."
    words = text.split()
    return (text, "stop") if len(words) <= most else (" ".join(words[:most]), "length")


def _seen(picture: Image.Image) -> str:
    """Its format and the colour it has most of."""
    red, green, blue = (
        band.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
        for band in picture.convert("RGB").reduce(max(1, min(picture.size) // 16)).split()
    )
    hue = colorsys.rgb_to_hsv(_share(red), _share(green), _share(blue))[0]
    width_px, height_px = picture.size
    shape = {-1: "a tall", 0: "a square", 1: "a wide"}[
        (width_px > height_px) - (width_px < height_px)
    ]
    return f"{shape} picture, most of it {COLOURS[round(hue * len(COLOURS)) % len(COLOURS)]}"


def _share(level: Any) -> float:
    return float(level) / 255


def _completion(
    turn: Turn, deployment: Orchestrator, said: str | None, reason: str, asked: int
) -> dict[str, object]:
    answered = tokens.prompt_tokens(said or "")
    usage: dict[str, object] = {
        "prompt_tokens": asked,
        "completion_tokens": answered,
        "total_tokens": asked + answered,
    }
    found = errors.calm_categories()
    return {
        "id": f"chatcmpl-{uuid4().hex}",
        "object": "chat.completion",
        "created": int(turn.service.now_s()),
        "model": deployment.name,
        "choices": [
            {
                "index": 0,
                "finish_reason": reason,
                "logprobs": None,
                "message": {"role": "assistant", "content": said, "refusal": None},
                "content_filter_results": found,
            }
        ],
        "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": found}],
        "usage": _broken(usage) if turn.fault.kind == "malformedUsage" else usage,
    }


def _broken(usage: Mapping[str, object]) -> dict[str, object]:
    return {name: json.dumps(value) for name, value in usage.items()}
