"""Where an image comes from is known from its arrival to its release, and the bytes prove it."""

import io
import json
from typing import Any

import c2pa  # type: ignore[import-untyped]
import httpx
import pytest

from dev.system import System
from shared.chain.audit import verify
from tests.e2e import marks
from tests.e2e.client import Client
from tests.e2e.store import Store
from tests.e2e.test_flows import callback_of

MADE = {"c2pa": "valid", "generator": "Darkroom simulator 1"}


def judged(picture: bytes, content_type: str) -> Any:
    """What the official reader says of released bytes."""
    with c2pa.Reader(content_type, io.BytesIO(picture)) as reader:
        return json.loads(reader.json())


@pytest.mark.parametrize("output_format", ["png", "jpeg"])
def test_from_the_model_to_the_released_file(
    output_format: str, system: System, client: Client, store: Store
) -> None:
    """Journal, resource, blob and pack say the same; a reader agrees, on what a link gives."""
    asks = {"callbackUrl": callback_of(system), "callbackEvents": ["darkroom.approval.requested"]}
    request_id = client.submitted(marks.order(**asks, outputFormat=output_format))
    [image] = client.reached(request_id, "approved")["images"]
    pack = client.evidence(request_id)
    [completed] = [f for f in client.facts(request_id) if f["type"] == "generation.completed"]

    assert image["provenance"] == completed["data"]["images"][0]["provenance"] == MADE
    [line] = pack["provenance"]
    assert (line["c2pa"], line["sha256"], line["released"]) == (
        *("valid", image["sha256"]),
        image["blob"],
    )
    assert verify(pack) == []
    container, _, name = image["blob"].partition("/")
    with store.blobs.get_blob_client(container, name) as blob:
        assert blob.get_blob_properties().metadata["c2pa"] == "valid"

    answer = httpx.get(image["blobUrl"], trust_env=False)
    found = judged(answer.content, answer.headers["content-type"])
    assert answer.content == store.read(container, name)
    assert found["validation_state"] == "Valid"
    maker = found["manifests"][found["active_manifest"]]["claim_generator_info"][0]
    assert f"{maker['name']} {maker['version']}" == MADE["generator"]
