"""
What the model client sends.
"""

import base64
import json
from dataclasses import replace

import httpx
import pytest

from shared.adapters.model_client import AzureOpenAIModel
from shared.domain.deployments import Deployment
from shared.errors import ModelNotSent, ModelRefused
from tests.integration.model.calls import CALL, DATED, KEY, V1, NoTokens, answering
from tests.integration.model.sinks import KeepingSink
from tests.payloads.azure_openai import USAGE, success

IMAGES = (b"first", b"second")
ANSWER = success(*(base64.b64encode(image).decode() for image in IMAGES))


class Recorder:
    """
    Answers with two images and keeps the request.
    """

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(200, headers={"apim-request-id": "up-1"}, json=ANSWER)


def sent_to(deployment: Deployment) -> httpx.Request:
    recorder = Recorder()
    answering(recorder, deployment).generate(CALL, KeepingSink())
    [request] = recorder.requests
    return request


def test_the_answer() -> None:
    """Images go into the sink in their order; usage and upstream's id are returned."""
    sink = KeepingSink()
    answer = answering(Recorder()).generate(CALL, sink)
    assert sink.stored == dict(enumerate(IMAGES))
    assert (answer.images, answer.usage, answer.upstream_request_id) == (2, USAGE, "up-1")


@pytest.mark.parametrize(
    ("deployment", "url"),
    [
        (V1, "https://res.openai.azure.com/openai/v1/images/generations"),
        (
            replace(V1, api_version="preview"),
            "https://res.openai.azure.com/openai/v1/images/generations?api-version=preview",
        ),
        (
            DATED,
            "https://res.openai.azure.com/openai/deployments/img-prod/images/generations"
            "?api-version=2025-04-01-preview",
        ),
        (
            replace(DATED, api_version="2026-01-01"),
            "https://res.openai.azure.com/openai/deployments/img-prod/images/generations"
            "?api-version=2026-01-01",
        ),
    ],
)
def test_the_address(deployment: Deployment, url: str) -> None:
    """Both forms of the address, with and without a version of one's own."""
    request = sent_to(deployment)
    assert (request.method, str(request.url)) == ("POST", url)


def test_the_body_of_the_v1_form() -> None:
    """The deployment is named as the model, options keep their wire names."""
    assert json.loads(sent_to(V1).content) == {
        "model": "img-prod",
        "prompt": CALL.prompt,
        "n": 2,
        "size": "1024x1024",
        "quality": "low",
        "user": "u-7f3a",
    }


def test_the_body_of_the_deployment_form_names_no_model() -> None:
    """There any other name than the model's own is refused."""
    assert "model" not in json.loads(sent_to(DATED).content)


def test_the_headers() -> None:
    """The key, our id of the call, and not too many of our own (more than ten are a 431)."""
    headers = sent_to(V1).headers
    assert headers["api-key"] == KEY
    assert headers["x-ms-client-request-id"] == CALL.client_request_id
    assert headers["content-type"] == "application/json"
    assert "authorization" not in headers
    assert len(headers) <= 10


def test_a_token_where_there_is_no_key() -> None:
    """The token is the one for the deployment's scope."""
    deployment = replace(V1, api_key=None, scope="https://ai.azure.com/.default")
    headers = sent_to(deployment).headers
    assert headers["authorization"] == "Bearer token for https://ai.azure.com/.default"
    assert "api-key" not in headers


def test_no_token_no_call() -> None:
    """Without an identity nothing is bought."""
    recorder = Recorder()
    deployments = {"main": replace(V1, api_key=None)}
    model = AzureOpenAIModel(deployments, NoTokens(), httpx.MockTransport(recorder))
    with pytest.raises(ModelNotSent) as caught:
        model.generate(CALL, KeepingSink())
    assert caught.value.code == "upstream_unauthorized"
    assert recorder.requests == []


@pytest.mark.parametrize("key", ["schlüssel", "two\nlines"])
def test_a_key_that_no_header_takes(key: str) -> None:
    """A broken setting buys nothing, and does not show itself."""
    deployments = {"main": replace(V1, api_key=key, endpoint="http://127.0.0.1:9")}
    model = AzureOpenAIModel(deployments, NoTokens(), httpx.HTTPTransport())
    with pytest.raises(ModelNotSent) as caught:
        model.generate(CALL, KeepingSink())
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "code"),
    [({"deployment": "gone"}, "deployment_missing"), ({"deadline_s": 0.0}, "no_time_left")],
)
def test_what_is_not_even_tried(change: dict[str, str | float], code: str) -> None:
    """A deployment that is no longer configured, and a deadline that is over."""
    recorder = Recorder()
    with pytest.raises(ModelNotSent) as caught:
        answering(recorder).generate(replace(CALL, **change), KeepingSink())  # type: ignore[arg-type]
    assert caught.value.code == code
    assert recorder.requests == []


@pytest.mark.parametrize("prompt", ["Käse 🎨", "\ud800 alone", '"\\'])
def test_any_text_can_be_sent(prompt: str) -> None:
    """Even half a surrogate pair becomes valid JSON; upstream may refuse it, we don't break."""
    recorder = Recorder()
    answering(recorder).generate(replace(CALL, prompt=prompt), KeepingSink())
    assert json.loads(recorder.requests[0].content)["prompt"] == prompt


def test_redirects_are_not_followed() -> None:
    """A redirect would take prompt and key elsewhere."""

    def elsewhere(request: httpx.Request) -> httpx.Response:
        assert request.url.host == "res.openai.azure.com"
        return httpx.Response(307, headers={"location": "https://evil.example/"})

    with pytest.raises(ModelNotSent):
        answering(elsewhere).generate(CALL, KeepingSink())


def test_neither_key_nor_prompt_is_shown() -> None:
    """What is printed of a deployment and a call holds no secret and no content."""
    assert KEY not in repr(V1)
    assert CALL.prompt not in repr(CALL)


def test_a_refusal_is_final() -> None:
    """The client itself never asks twice."""
    asked: list[httpx.Request] = []

    def refusing(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(400, json={"error": {"code": "contentFilter"}})

    with pytest.raises(ModelRefused):
        answering(refusing).generate(CALL, KeepingSink())
    assert len(asked) == 1


def test_a_client_for_each_call() -> None:
    """The same model object makes any number of calls."""
    recorder = Recorder()
    model = answering(recorder)
    for _ in range(3):
        model.generate(CALL, KeepingSink())
    assert len(recorder.requests) == 3
