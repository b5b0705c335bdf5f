"""The official OpenAI package draws through the Responses route's image tool."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any

import openai
import pytest
from openai import OpenAI
from openai.types.responses import (
    ResponseCompletedEvent,
    ResponseImageGenCallPartialImageEvent,
    ResponseOutputItemDoneEvent,
    ResponseOutputMessage,
)
from openai.types.responses.response_output_item import ImageGenerationCall
from PIL import Image

from dev.simulator import Simulator
from tests.integration.simulator.files import mask, png

HEADER = "x-ms-oai-image-generation-deployment"


def url(file: tuple[str, bytes, str]) -> str:
    return f"data:{file[2]};base64,{base64.b64encode(file[1]).decode('ascii')}"


def ask(v1: OpenAI, asked: Any, deployment: str = "img-half", **tool: Any) -> Any:
    tools: Any = [{"type": "image_generation", **tool}]
    answer = v1.responses.create(
        model="chat-local",
        input=asked,
        tools=tools,
        tool_choice={"type": "image_generation"},
        extra_headers={HEADER: deployment},
    )
    return strictly(answer)


def strictly(answer: Any) -> Any:
    """The same once more with every field held against its type, which the client leaves out."""
    return type(answer).model_validate(answer.to_dict())


def call_of(output: Sequence[object]) -> ImageGenerationCall:
    (call,) = [item for item in output if isinstance(item, ImageGenerationCall)]
    return call


def opened(encoded: str | None) -> Image.Image:
    assert encoded is not None
    picture = Image.open(io.BytesIO(base64.b64decode(encoded, validate=True)))
    picture.load()
    return picture


def test_the_tool_draws(simulator: Simulator, v1: OpenAI) -> None:
    """A call with the picture, a message beside it, and both usages."""
    answer = ask(v1, "a gray tabby cat", size="1536x1024", quality="low", output_format="jpeg")
    picture = opened(call_of(answer.output).result)
    assert (picture.format, picture.size) == ("JPEG", (1536, 1024))
    assert (answer.status, answer.output_text) == ("completed", "Here is the image.")
    assert answer.usage is not None and answer.usage.input_tokens > 1000
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens
    tool = answer.to_dict()["tool_usage"]
    assert isinstance(tool, dict)
    assert tool["image_gen"]["output_tokens"] == 400
    (row,) = simulator.ledger()
    assert (row["deployment"], row["route"]) == ("img-half", "responses")
    assert (row["images"], row["billed"], row["outcome"]) == (1, True, "completed")


def test_the_tool_edits(v1: OpenAI) -> None:
    """A picture in the input and a mask in the tool make an edit."""
    asked = [
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "add a ball"},
                {"type": "input_image", "image_url": url(png()), "detail": "auto"},
            ],
        }
    ]
    answer = ask(
        v1,
        asked,
        action="edit",
        size="1024x1024",
        input_fidelity="high",
        input_image_mask={"image_url": url(mask())},
    )
    call = call_of(answer.output)
    assert call.to_dict()["action"] == "edit"
    assert opened(call.result).getpixel((900, 500)) == (255, 0, 0)
    usage: Any = answer.to_dict()["tool_usage"]
    assert usage["image_gen"]["input_tokens_details"]["image_tokens"] == 65 + 2 * 129 + 6240


@pytest.mark.parametrize("prompt", ["a cat", "a text-only-prompt"])
def test_without_the_tool_only_words_come(simulator: Simulator, v1: OpenAI, prompt: str) -> None:
    """So do they with the tool when the model would rather talk; no image is billed."""
    if prompt == "a cat":
        answer = v1.responses.create(model="chat-local", input=prompt)
    else:
        answer = ask(v1, prompt)
    assert [type(item) for item in answer.output] == [ResponseOutputMessage]
    assert answer.usage is not None and answer.usage.output_tokens > 0
    assert simulator.ledger()[0]["billed"] is False


def test_the_tool_streams(v1: OpenAI) -> None:
    """The schema's events in their order, numbered through, the picture in its finished item."""
    with v1.responses.create(
        model="chat-local",
        input="a cat",
        tools=[{"type": "image_generation", "size": "1024x1024", "partial_images": 2}],
        stream=True,
        extra_headers={HEADER: "img-half"},
    ) as stream:
        events = [strictly(one) for one in stream]
    call = "response.image_generation_call"
    assert [one.type for one in events] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        f"{call}.in_progress",
        f"{call}.generating",
        f"{call}.partial_image",
        f"{call}.partial_image",
        f"{call}.completed",
        "response.output_item.done",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert [one.sequence_number for one in events] == list(range(16))
    partial = [one for one in events if isinstance(one, ResponseImageGenCallPartialImageEvent)]
    assert [opened(one.partial_image_b64).size for one in partial] == [(1024, 1024)] * 2
    done = events[8]
    assert isinstance(done, ResponseOutputItemDoneEvent)
    last = events[-1]
    assert isinstance(last, ResponseCompletedEvent)
    final = call_of(last.response.output)
    assert final.result == call_of([done.item]).result
    assert opened(final.result).size == (1024, 1024)
    usage: Any = last.response.to_dict()["tool_usage"]
    assert usage["image_gen"]["output_tokens"] == 4160 + 2 * 100


def test_a_filtered_prompt_raises_in_chats_spelling(simulator: Simulator, v1: OpenAI) -> None:
    """The inner error is `innererror` here, and nothing was billed."""
    with pytest.raises(openai.BadRequestError) as caught:
        ask(v1, "a blocked-prompt")
    error: Any = caught.value.body
    assert (error["code"], error["status"], error["type"]) == ("content_filter", 400, None)
    found = error["innererror"]["content_filter_result"]
    assert found["violence"] == {"filtered": True, "severity": "medium"}
    assert (simulator.ledger()[0]["outcome"], simulator.ledger()[0]["billed"]) == (
        "filtered",
        False,
    )


@pytest.mark.parametrize("stream", [False, True])
def test_a_filtered_picture_fails_the_response(
    simulator: Simulator, v1: OpenAI, stream: bool
) -> None:
    """The call failed, the response says why, and it was billed."""
    answer: Any = v1.responses.create(
        model="chat-local",
        input="a blocked-image",
        tools=[{"type": "image_generation"}],
        stream=stream,
        extra_headers={HEADER: "img-mini"},
    )
    if stream:
        last = list(answer)[-1]
        assert last.type == "response.failed"
        answer = last.response
    assert answer.status == "failed"
    assert answer.error.code == "image_content_policy_violation"
    call = call_of(answer.output)
    assert (call.status, call.result) == ("failed", None)
    assert simulator.ledger()[0]["billed"] is True
