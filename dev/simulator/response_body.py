"""The objects of a Responses answer: the response, its image call and its message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

from . import tokens, tool_errors
from .families import ImageModel
from .order import ImageOrder

# What the orchestrator says it is; its own tokens are made up: tool and instructions, a short text.
ORCHESTRATOR_MODEL = "gpt-5.1"
OVERHEAD_TOKENS, TEXT_TOKENS = 2000, 60
DRAWN_TEXT, WORDS_TEXT = "Here is the image.", "I can describe it, but I have not drawn it."

# The schema wants it beside the image tool's.
SEARCHES = {"num_requests": 0}

Item = dict[str, object]


@dataclass(frozen=True)
class Frame:
    """What stays the same in one response from its first event to its last."""

    response_id: str
    created_epoch_s: int
    asked: Mapping[str, object]

    def body(self, status: str, output: Sequence[Item], **more: object) -> Item:
        """The response object; fields nobody asked for have the service's defaults."""
        asked = self.asked
        return {
            "id": self.response_id,
            "object": "response",
            "created_at": self.created_epoch_s,
            "status": status,
            "background": False,
            "error": None,
            "incomplete_details": None,
            "instructions": asked.get("instructions"),
            "max_output_tokens": asked.get("max_output_tokens"),
            "metadata": asked.get("metadata") or {},
            "model": ORCHESTRATOR_MODEL,
            "output": list(output),
            "parallel_tool_calls": asked.get("parallel_tool_calls", True),
            "previous_response_id": None,
            "store": asked.get("store", True),
            "temperature": asked.get("temperature", 1.0),
            "tool_choice": asked.get("tool_choice", "auto"),
            "tools": asked.get("tools") or [],
            "top_p": asked.get("top_p", 1.0),
            "usage": None,
            **more,
        }


def new_id(kind: str) -> str:
    return f"{kind}_{uuid4().hex}"


def image_call(item_id: str, order: ImageOrder, status: str, result: str | None) -> Item:
    """The call of the tool, with what was chosen for it."""
    return {
        "id": item_id,
        "type": "image_generation_call",
        "status": status,
        "action": "edit" if order.inputs else "generate",
        "background": order.background,
        "output_format": order.output_format,
        "quality": order.quality,
        "size": str(order.size),
        "revised_prompt": order.prompt,
        "result": result,
    }


def message(item_id: str, text: str, status: str = "completed") -> Item:
    """The words beside the picture, or instead of it."""
    part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    content = [part] if status == "completed" else []
    return {
        "id": item_id,
        "type": "message",
        "role": "assistant",
        "status": status,
        "content": content,
    }


def usage(prompt: str) -> Item:
    """The orchestrator's own tokens, billed beside the tool's."""
    given = OVERHEAD_TOKENS + tokens.prompt_tokens(prompt)
    return {
        "input_tokens": given,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": TEXT_TOKENS,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": given + TEXT_TOKENS,
    }


def all_usage(model: ImageModel, order: ImageOrder, *, malformed: bool) -> Item:
    """Both usages of a response that called the tool."""
    if malformed:
        spoiled = tokens.malformed_usage()
        return {"usage": spoiled, "tool_usage": {"image_gen": spoiled}}
    tool = tokens.tool_usage(model, order)
    return {"usage": usage(order.prompt), "tool_usage": {"image_gen": tool, "web_search": SEARCHES}}


def image_refused() -> Item:
    """The ``error`` of a response whose picture the filter held back."""
    words = "The generated image was rejected as a result of our safety system."
    return {"code": tool_errors.IMAGE_REFUSED, "message": words}
