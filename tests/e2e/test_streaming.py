"""Slow work is streamed: it shows what it is at, and ends as any other."""

from typing import Any

import pytest

from dev.http_client import Answer
from shared.chain.audit import verify
from tests.e2e import marks
from tests.e2e.client import Client, SimulatorClient
from tests.e2e.store import Store
from tests.e2e.waiting import until

PLAIN = {"decision": "approve", "reviewer": marks.REVIEWER}


@pytest.fixture(autouse=True)
def no_faults_left(simulator: SimulatorClient) -> None:
    """A fault that another test left would hit the wrong request."""
    simulator.forget_faults()


def shown(client: Client, request_id: str) -> tuple[dict[str, Any], Answer] | None:
    """The resource and its preview, once there is one."""
    resource = client.resource(request_id)
    answer = client.preview(resource)
    return (resource, answer) if answer is not None and answer.status == 200 else None


def test_preview_while_it_drips(client: Client, simulator: SimulatorClient, store: Store) -> None:
    """The link needs no key, shows a picture during the call, and nothing once all is over."""
    simulator.order({"kind": "drip", "seconds": 3.0})
    request_id = client.submitted(marks.order(quality="medium", partialImages=2))

    during, preview = until(lambda: shown(client, request_id), "a preview is shown")
    reviewed = client.reached(request_id, "awaitingApproval")
    [image] = reviewed["images"]
    client.decide(request_id, PLAIN)
    end = client.reached(request_id, "approved")

    assert during["status"] == "generating"
    assert preview.body.startswith(b"\x89PNG")
    assert preview.headers["content-type"] == "image/png"
    assert preview.body != store.read("approved", end["images"][0]["blob"].partition("/")[2])
    assert (reviewed["progress"]["previewUrl"], end["progress"]["previewUrl"]) == (None, None)
    assert client.poll(during["progress"]["previewUrl"]).status == 404
    assert len(preview.body) < image["bytes"]
    assert end["usage"]["outputTokens"] == 1756 + 2 * 100
    assert end["options"]["partialImages"] == 2
    assert simulator.billed(request_id) == 1
    assert verify(client.evidence(request_id)) == []


def test_filtered_within_the_stream(client: Client, simulator: SimulatorClient) -> None:
    """A refusal that comes after the head is final, and may have been billed."""
    simulator.order({"kind": "streamError", "form": "typed"})
    request_id = client.submitted(marks.order(quality="high"))

    end = client.reached(request_id, "failed")

    assert end["error"]["code"] == "content_filtered"
    assert end["error"]["categories"] == ["violence"]
    assert end["cost"]["maybeBilledAmount"] > 0
    assert len(simulator.calls(request_id)) == 1
