"""The Responses API: a chat model is asked to draw, and is paid beside the image."""

from typing import Any

import pytest

from dev.deployments import CHAT
from shared.chain.audit import verify
from tests.e2e import marks
from tests.e2e.client import Client, SimulatorClient

PLAIN = {"decision": "approve", "reviewer": marks.REVIEWER}
# gpt-image-1-mini and gpt-4.1-mini, USD per million tokens, as in the price book.
TEXT_IN, IMAGE_OUT, CHAT_IN, CHAT_OUT = 2.0, 8.0, 0.4, 1.6


def by_chat(**fields: Any) -> dict[str, Any]:
    return marks.order(model="gpt-image-1-mini", **fields)


def test_drawn_by_a_chat_model(client: Client, simulator: SimulatorClient) -> None:
    """Approved as any other; the cost is that of the image and of the chat model together."""
    request_id = client.submitted(by_chat(quality="medium", partialImages=1))

    client.reached(request_id, "awaitingApproval")
    client.decide(request_id, PLAIN)
    end = client.reached(request_id, "approved")

    [row] = simulator.calls(request_id)
    assert (row["route"], row["outcome"], row["billed"]) == ("responses", "completed", True)
    assert (row["deployment"], end["options"]["deployment"]) == (CHAT, CHAT)
    assert verify(client.evidence(request_id)) == []
    usage = end["usage"]
    image = usage["inputTokens"] * TEXT_IN + usage["outputTokens"] * IMAGE_OUT
    chat = usage["orchestratorInputTokens"] * CHAT_IN + usage["orchestratorOutputTokens"] * CHAT_OUT
    assert min(image, chat) > 0
    assert end["cost"]["amount"] == pytest.approx((image + chat) / 1e6, abs=2e-6)
    assert end["cost"]["maybeBilledAmount"] == 0


def test_words_and_no_image(client: Client, simulator: SimulatorClient) -> None:
    """The chat model may answer in words: that is final, and its tokens are paid all the same."""
    order = by_chat(prompt=f"{marks.PROMPT} (a text-only-prompt)")
    request_id = client.submitted(order)

    end = client.reached(request_id, "failed")

    assert end["error"]["code"] == "model_rejected_request"
    assert end["cost"]["amount"] == 0
    assert end["cost"]["maybeBilledAmount"] > 0
    assert len(simulator.calls(request_id)) == 1
    assert verify(client.evidence(request_id)) == []


def test_one_image_a_call(client: Client) -> None:
    """The tool has no count: two images of a model that is only deployed for it are refused."""
    answer = client.submit(by_chat(n=2))

    assert answer.status == 400
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["#/n"]
