"""
Calls of the Responses API through the whole client, over a real connection.
"""

import json
from base64 import b64encode
from dataclasses import replace

import httpx
import pytest

from shared.adapters.model_client import AzureOpenAIModel
from shared.errors import ModelRefused, ModelUnknown
from tests.integration.model.calls import FixedTokens
from tests.integration.model.sinks import KeepingSink
from tests.integration.model.streams import stream_of
from tests.integration.model.test_response_requests import ASKED, RESPONSES
from tests.integration.scripted_server import scripted_server
from tests.payloads.azure_responses import (
    CREATED,
    IMAGE_USAGE,
    IN_WORDS,
    USAGE,
    ended,
    image_call,
    item_done,
    partial_image,
    response,
)

IMAGE = b"an image" * 2000
DRAWN = image_call(b64encode(IMAGE).decode())
WHOLE = json.dumps(response(DRAWN)).encode()
EVENTS = (CREATED, partial_image(b64encode(b"coarse").decode()), item_done(DRAWN))
STREAM = stream_of(*EVENTS, ended(response(DRAWN)))
STREAMED = replace(ASKED, partial_images=1, deadline_s=0.3)


def answer(body: bytes, kind: str, missing_bytes: int = 0) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body[: len(body) - missing_bytes]


def calling(endpoint: str) -> AzureOpenAIModel:
    deployment = replace(RESPONSES, endpoint=endpoint)
    return AzureOpenAIModel({"main": deployment}, FixedTokens(), httpx.HTTPTransport())


@pytest.mark.parametrize("asked", [ASKED, STREAMED])
@pytest.mark.parametrize(
    ("body", "kind"), [(WHOLE, "application/json"), (STREAM, "text/event-stream")]
)
def test_the_type_of_the_answer_tells(body: bytes, kind: str, asked: object) -> None:
    """Document or stream, asked for or not: the image comes, and both counts of tokens."""
    sink = KeepingSink()
    with scripted_server(answer(body, kind)) as server:
        found = calling(server.url).generate(asked, sink)  # type: ignore[arg-type]
    assert sink.stored == {0: IMAGE}
    assert (found.images, found.usage, found.orchestrator_usage) == (1, IMAGE_USAGE, USAGE)
    assert server.requests[0].startswith(b"POST /openai/v1/responses HTTP/1.1\r\n")


@pytest.mark.parametrize("hold", [True, False])
def test_an_image_without_the_end_of_its_stream(hold: bool) -> None:
    """A peer that cuts or falls silent takes the image away no more, only its bill."""
    sink = KeepingSink()
    with scripted_server(answer(STREAM, "text/event-stream", 999), hold=hold) as server:
        found = calling(server.url).generate(STREAMED, sink)
    assert (sink.stored, sink.previews) == ({0: IMAGE}, [b"coarse"])
    assert (found.images, found.usage, found.orchestrator_usage) == (1, None, None)


@pytest.mark.parametrize(
    ("body", "kind"),
    [(WHOLE, "application/json"), (stream_of(item_done(DRAWN)), "text/event-stream")],
)
@pytest.mark.parametrize("hold", [True, False])
def test_an_image_that_is_cut(body: bytes, kind: str, hold: bool) -> None:
    """Half an image is stored nowhere, and the outcome is unknown."""
    sink = KeepingSink()
    half = answer(body, kind, len(body) - 9000)
    with scripted_server(half, hold=hold) as server, pytest.raises(ModelUnknown):
        calling(server.url).generate(STREAMED, sink)
    assert (sink.stored, sink.abandoned) == ({}, [0])
    assert len(server.requests) == 1


def test_words_only() -> None:
    """An answer in words is a refusal, and the client does not ask again."""
    body = answer(json.dumps(IN_WORDS).encode(), "application/json")
    with scripted_server(body) as server, pytest.raises(ModelRefused):
        calling(server.url).generate(ASKED, KeepingSink())
    assert len(server.requests) == 1
