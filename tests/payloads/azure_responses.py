"""
Answers of the Responses API with the image tool, as they were documented or seen.

The orchestrator's `usage` and the image's `tool_usage` are counted apart; Azure may leave the
second out.
"""

from collections.abc import Mapping

IMAGE_USAGE = {
    "input_tokens": 46,
    "input_tokens_details": {"image_tokens": 35, "text_tokens": 11},
    "output_tokens": 2459,
    "output_tokens_details": {"image_tokens": 2459, "text_tokens": 0},
    "total_tokens": 2505,
}
USAGE = {"input_tokens": 2000, "output_tokens": 500, "total_tokens": 2500}

MESSAGE = {
    "type": "message",
    "id": "msg_1",
    "role": "assistant",
    "status": "completed",
    "content": [{"type": "output_text", "text": "Here is the image."}],
}
REASONING = {"type": "reasoning", "id": "rs_1", "summary": []}


def image_call(text_base64: str | None, **more: object) -> dict[str, object]:
    """The output item that an image comes in."""
    return {
        "type": "image_generation_call",
        "id": "ig_123",
        "status": "completed",
        "revised_prompt": "A gray tabby cat hugging an otter.",
        "result": text_base64,
        **more,
    }


def response(*output: Mapping[str, object], **more: object) -> dict[str, object]:
    return {
        "id": "resp_123",
        "object": "response",
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "model": "gpt-5",
        "output": list(output),
        "tool_usage": {"image_gen": IMAGE_USAGE},
        "usage": USAGE,
        **more,
    }


def failed(code: str, **more: object) -> dict[str, object]:
    error = {"code": code, "message": "…"}
    return response(status="failed", error=error, usage=None, tool_usage=None, **more)


IN_WORDS = response(REASONING, MESSAGE, tool_usage=None)

# Events, in the order in which they come around an image.
CREATED = {"type": "response.created", "sequence_number": 0, "response": response(usage=None)}
GENERATING = {
    "type": "response.image_generation_call.generating",
    "item_id": "ig_123",
    "output_index": 0,
    "sequence_number": 3,
}
ADDED = {
    "type": "response.output_item.added",
    "output_index": 0,
    "item": image_call(None, status="in_progress"),
}


def partial_image(text_base64: str, index: int = 0) -> dict[str, object]:
    return {
        "type": "response.image_generation_call.partial_image",
        "item_id": "ig_123",
        "output_index": 0,
        "sequence_number": 4,
        "partial_image_index": index,
        "partial_image_b64": text_base64,
    }


def item_done(item: Mapping[str, object]) -> dict[str, object]:
    return {"type": "response.output_item.done", "output_index": 0, "item": item}


def ended(whole: Mapping[str, object]) -> dict[str, object]:
    """The last event: named by the response's status."""
    return {"type": f"response.{whole['status']}", "sequence_number": 9, "response": whole}


# The header is missing, as a user of Azure reported it.
NO_HEADER = {
    "error": {
        "message": "imagegen deployment must be provided through header: "
        "x-ms-oai-image-generation-deployment",
        "type": "image_generation_user_error",
        "param": "tools",
        "code": "invalid_request_error",
    }
}


def _error(kind: str, param: str | None, code: str) -> dict[str, object]:
    return {"error": {"message": "No.", "type": kind, "param": param, "code": code}}


_GATEWAY = {"error": {"code": "DeploymentNotFound", "message": "It does not exist."}}
_IMAGES, _SCHEMA = "image_generation_user_error", "invalid_request_error"

# Status, body, our code. Only the first is a capture; the others follow the images' own forms.
MISSING: dict[str, tuple[int, object, str]] = {
    "no header": (400, NO_HEADER, "deployment_missing"),
    "image side": (400, _error(_IMAGES, "model", "invalid_value"), "deployment_missing"),
    "image side, 404": (404, _error(_IMAGES, None, "DeploymentNotFound"), "deployment_missing"),
    "the tool's model": (
        400,
        _error(_SCHEMA, "tools[0].model", "invalid_value"),
        "deployment_missing",
    ),
    "the header": (
        404,
        _error(_SCHEMA, "x-ms-oai-image-generation-deployment", "DeploymentNotFound"),
        "deployment_missing",
    ),
    "no header, by name": (
        400,
        _error(_SCHEMA, "x-ms-oai-image-generation-deployment", "missing_required_parameter"),
        "deployment_missing",
    ),
    "gateway": (404, _GATEWAY, "orchestrator_missing"),
    "no chat model": (
        400,
        {"error": {"code": "OperationNotSupported", "message": "It does not chat."}},
        "orchestrator_missing",
    ),
    "model": (400, _error(_SCHEMA, "model", "invalid_value"), "orchestrator_missing"),
    "OpenAI's code": (400, _error(_SCHEMA, "model", "model_not_found"), "orchestrator_missing"),
    "path": (404, {"error": {"code": "404", "message": "Not found"}}, "path_missing"),
}

# The tool takes no `n`; nor does every orchestrator take the tool.
REJECTED = (
    _error(_SCHEMA, "tools[0].n", "unknown_parameter"),
    _error(_SCHEMA, "tools", "unsupported_value"),
    _error(_IMAGES, "size", "invalid_value"),
)
