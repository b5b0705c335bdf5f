"""Edits: pictures that come in every way there is, and what is proved of them afterwards."""

import base64
import hashlib
import json
import uuid
from typing import Any

from dev.deployments import DEPLOYMENT, EDIT
from shared.chain.audit import verify
from tests.e2e import marks
from tests.e2e.client import Client, SimulatorClient
from tests.e2e.pictures import Gallery, mask, picture
from tests.e2e.store import Store
from tests.e2e.test_queue_door import found_by, put

PLAIN = {"decision": "approve", "reviewer": marks.REVIEWER}


def inline(data: bytes) -> dict[str, str]:
    return {"base64": base64.b64encode(data).decode()}


def digests(resource: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    return [(one["role"], one["source"], one["sha256"]) for one in resource["inputs"]]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def edited(client: Client, simulator: SimulatorClient, request_id: str) -> dict[str, Any]:
    """The end of an edit that was let through: one paid call by the edits route, and proved."""
    client.reached(request_id, "awaitingApproval")
    assert client.decide(request_id, PLAIN).status == 200
    end = client.reached(request_id, "approved")
    [row] = simulator.calls(request_id)
    assert (row["route"], row["outcome"], row["billed"]) == ("edits", "completed", True)
    assert row["deployment"] == end["options"]["deployment"]
    assert verify(client.evidence(request_id)) == []
    assert end["usage"]["inputTokens"] > 0
    return end


def test_inputs_of_every_kind(
    client: Client, simulator: SimulatorClient, gallery: Gallery, store: Store
) -> None:
    """One by its bytes, one sent ahead, one by address: all are kept, and their digests shown."""
    ahead = picture((80, 60))
    given = [
        inline(picture()),
        {"blob": client.uploaded(ahead, "image/png")},
        {"url": gallery.url()},
    ]
    request_id = client.submitted(marks.order(inputImages=given))

    end = edited(client, simulator, request_id)

    assert digests(end) == [
        ("image", "base64", sha256(picture())),
        ("image", "blob", sha256(ahead)),
        ("image", "url", sha256(picture())),
    ]
    assert gallery.asked == [f"/{marks.INPUT_PATH}"]
    assert end["options"]["deployment"] == DEPLOYMENT
    kept = {sha256(store.read("inputs", name)) for name in store.names("inputs", request_id)}
    assert kept == {sha256(picture()), sha256(ahead)}


def test_masked(client: Client, simulator: SimulatorClient) -> None:
    """A mask and a fidelity go to the model that takes them, and the mask's digest is shown."""
    wanted = {"model": "gpt-image-1.5", "inputFidelity": "high"}
    given = {"inputImages": [inline(picture())], "mask": inline(mask())}
    request_id = client.submitted(marks.order(**wanted, **given))

    end = edited(client, simulator, request_id)

    assert (end["options"]["deployment"], end["options"]["inputFidelity"]) == (EDIT, "high")
    assert digests(end)[1] == ("mask", "base64", sha256(mask()))


def test_every_fault_of_the_inputs(client: Client, store: Store) -> None:
    """What is no picture, what was never sent, and a mask of another size are named at once."""
    journals = store.names("requests")
    given = [
        inline(picture()),
        inline(b"GIF89a, and no PNG"),
        {"blob": "uploads/local-reader/01J00000000000000000000000.png"},
        {"url": "http://169.254.169.254/"},
    ]
    answer = client.submit(marks.order(inputImages=given, mask=inline(mask((32, 32)))))

    assert (answer.status, answer.json()["code"]) == (400, "invalid_request")
    assert {fault["pointer"] for fault in answer.json()["errors"]} == {
        *("#/inputImages/1/base64", "#/inputImages/2/blob", "#/inputImages/3/url", "#/mask"),
    }
    assert store.names("requests") == journals


def test_address_without_a_picture(
    client: Client, simulator: SimulatorClient, gallery: Gallery
) -> None:
    """It is fetched after the answer: a 404 ends the request, and nothing is bought."""
    url = gallery.url("canary-input-path-61d7/gone")
    request_id = client.submitted(marks.order(inputImages=[{"url": url}]))

    end = client.reached(request_id, "failed")

    assert end["error"]["code"] == "input_unavailable"
    assert simulator.calls(request_id) == []
    assert verify(client.evidence(request_id)) == []


def test_body_sent_ahead(client: Client, simulator: SimulatorClient, store: Store) -> None:
    """A message too small for a picture names the blob that holds the whole body."""
    key = str(uuid.uuid4())
    body = marks.order(inputImages=[inline(picture())], idempotencyKey=key, caller="local-admin")
    blob = client.uploaded(json.dumps(body).encode(), "application/json")
    put(store, {"requestBlob": blob})

    end = edited(client, simulator, found_by(client, key)["id"])

    assert digests(end) == [("image", "base64", sha256(picture()))]
