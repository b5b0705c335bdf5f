"""Calls and a deployment to try the describing client with."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from shared.adapters.alt_texts import AzureAltTexts
from shared.chain.alt_text_port import DraftCall
from shared.chain.ports import InputFile
from shared.domain.chat_deployment import ChatDeployment
from shared.errors import DigestMismatch
from tests.fakes import small_png
from tests.integration.tokens import Tokens

KEY = "planted-key-4711"
TEXT = "A heron stands on a jetty in the evening."
V1 = ChatDeployment(
    endpoint="https://res.openai.azure.com/",
    deployment="chat-prod",
    model="gpt-5-mini",
    api_key=KEY,
)
PICTURE = small_png(7)


def said(content: Any = TEXT, reason: Any = "stop", **more: Any) -> dict[str, Any]:
    """An answer as the service writes it."""
    message = {"role": "assistant", "content": content, "refusal": None}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_764_000_000,
        "model": "gpt-5-mini-2025-04-14",
        "choices": [{"index": 0, "finish_reason": reason, "message": message, "logprobs": None}],
        "usage": {"prompt_tokens": 300, "completion_tokens": 20, "total_tokens": 320},
    } | more


def file_of(data: bytes, announced: bytes | None = None, piece_bytes: int = 1000) -> InputFile:
    """A file in storage, which may have been changed since it was `announced`."""
    expected = hashlib.sha256(announced or data).digest()

    def read() -> Iterator[bytes]:
        for start in range(0, len(data), piece_bytes):
            yield data[start : start + piece_bytes]
        if hashlib.sha256(data).digest() != expected:
            raise DigestMismatch

    return InputFile("image/png", len(data), read)


def call(image: InputFile | None = None, deadline_s: float = 30) -> DraftCall:
    return DraftCall(
        image=image or file_of(PICTURE),
        user="u-7f3a",
        client_request_id="01JD-alt1",
        deadline_s=deadline_s,
        most_tokens=1000,
    )


def answering(
    handler: Callable[[httpx.Request], httpx.Response],
    deployment: ChatDeployment = V1,
    tokens: Tokens | None = None,
) -> AzureAltTexts:
    return AzureAltTexts(deployment, tokens or Tokens(), httpx.MockTransport(handler))
