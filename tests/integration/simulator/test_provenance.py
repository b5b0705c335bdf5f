"""The pictures carry content credentials that the official reader finds sound."""

from __future__ import annotations

import base64
import io
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import c2pa  # type: ignore[import-untyped]
import httpx
import pytest

from dev.simulator import running_simulator
from dev.simulator.provenance import Signatory
from tests.integration.simulator.files import jpeg, png


def drawn(http: httpx.Client, output_format: str) -> bytes:
    body = {"model": "img-local", "prompt": "x", "output_format": output_format}
    answer = http.post("/openai/v1/images/generations", json=body)
    return base64.b64decode(answer.json()["data"][0]["b64_json"])


def manifest_store(picture: bytes, kind: str) -> Any:
    with c2pa.Reader(f"image/{kind}", io.BytesIO(picture)) as reader:
        return json.loads(reader.json())


def codes(store: Any, outcome: str) -> list[str]:
    return [one["code"] for one in store["validation_results"]["activeManifest"][outcome]]


@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_the_manifest_says_what_azures_says(http: httpx.Client, kind: str) -> None:
    """Agent, description and source; signature and hash hold, and nobody trusts the signer."""
    store = manifest_store(drawn(http, kind), kind)
    manifest = store["manifests"][store["active_manifest"]]
    (action,) = manifest["assertions"][0]["data"]["actions"]
    assert action["softwareAgent"] == {"name": "Azure OpenAI ImageGen"}
    assert action["description"] == "AI Generated Image"
    assert action["digitalSourceType"].endswith("/trainedAlgorithmicMedia")
    assert manifest["signature_info"]["issuer"] == "Darkroom simulator (not Microsoft)"
    assert {"assertion.dataHash.match", "claimSignature.validated"} <= set(codes(store, "success"))
    assert codes(store, "failure") == ["signingCredential.untrusted"]


def test_a_changed_picture_is_found_out(http: httpx.Client) -> None:
    """One byte of the picture, and the hash binding no longer holds."""
    picture = bytearray(drawn(http, "png"))
    picture[-20] ^= 1
    assert "assertion.dataHash.mismatch" in codes(manifest_store(bytes(picture), "png"), "failure")


def test_the_carriers_are_where_readers_look(http: httpx.Client) -> None:
    """One chunk right after the PNG's head; an APP11 segment with the box in the JPEG."""
    in_png, in_jpeg = drawn(http, "png"), drawn(http, "jpeg")
    assert in_png[37:41] == b"caBX" and in_png.count(b"caBX") == 1
    assert b"Azure OpenAI ImageGen" in in_png
    start = in_jpeg.index(b"\xff\xeb")
    assert in_jpeg[start + 4 : start + 6] == b"JP"
    assert in_jpeg[start + 28 : start + 32] == b"c2pa"


def test_edits_and_responses_are_signed_as_well(http: httpx.Client) -> None:
    """Every finished picture is."""
    edited = http.post(
        "/openai/v1/images/edits",
        data={"model": "img-local", "prompt": "x"},
        files={"image": png()},
    ).json()["data"][0]["b64_json"]
    asked = {"model": "chat-local", "input": "x", "tools": [{"type": "image_generation"}]}
    header = {"x-ms-oai-image-generation-deployment": "img-half"}
    answer = http.post("/openai/v1/responses", json=asked, headers=header).json()
    for encoded in (edited, answer["output"][0]["result"]):
        assert manifest_store(base64.b64decode(encoded), "png")["active_manifest"]


def test_signing_can_be_left_out() -> None:
    """The picture is then as good, without a manifest."""
    with (
        running_simulator(key="k", deployments={"img-local": "gpt-image-2"}, c2pa=False) as running,
        httpx.Client(base_url=running.url, headers={"api-key": "k"}) as client,
    ):
        picture = drawn(client, "png")
    with pytest.raises(c2pa.C2paError.ManifestNotFound):
        manifest_store(picture, "png")


def test_many_threads_sign_at_once() -> None:
    """One signatory serves all connections, and each signature is over its own picture."""
    signatory = Signatory()
    originals = [png(size=(64 + n, 64))[1] for n in range(40)]
    with ThreadPoolExecutor(8) as threads:
        signed = list(threads.map(lambda one: signatory.sign(one, "png"), originals))
    assert all(
        "assertion.dataHash.match" in codes(manifest_store(one, "png"), "success") for one in signed
    )
    assert len(signatory.sign(jpeg()[1], "jpeg")) > len(jpeg()[1])
