"""
What is sent to the Responses API, and what its refusals to begin mean.
"""

import json
from base64 import b64encode
from dataclasses import replace

import httpx
import pytest

from shared.adapters.model_client import AzureOpenAIModel
from shared.errors import ModelError, ModelNotSent, ModelRefused, ModelThrottled, ModelUnknown
from tests.integration.model.calls import CALL, KEY, PROMPT, V1, FixedTokens, answering
from tests.integration.model.sinks import KeepingSink
from tests.integration.scripted_server import scripted_server
from tests.payloads import azure_responses
from tests.payloads.azure_error_rows import FILTERED_ROWS
from tests.payloads.azure_errors import Row
from tests.payloads.azure_responses import IMAGE_USAGE, USAGE, image_call, response

RESPONSES = replace(
    V1,
    api="responses",
    model="gpt-image-1.5",
    orchestrator="chat-prod",
    orchestrator_model="gpt-4.1-mini",
)
ASKED = replace(CALL, n=1)
ANSWER = response(image_call(b64encode(b"image").decode()), azure_responses.MESSAGE)


def sent(**changes: object) -> httpx.Request:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json=ANSWER)

    deployment = {name: value for name, value in changes.items() if name == "api_version"}
    call = {name: value for name, value in changes.items() if name not in deployment}
    model = answering(answer, replace(RESPONSES, **deployment))  # type: ignore[arg-type]
    model.generate(replace(ASKED, **call), KeepingSink())  # type: ignore[arg-type]
    return requests[0]


def failure(status: int, body: object) -> ModelError:
    """What the client raises; never a word of the answer's text."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, headers={"apim-request-id": "up-1"}, json=body)

    with pytest.raises(ModelError) as caught:
        answering(answer, RESPONSES).generate(ASKED, KeepingSink())
    for secret in (KEY, PROMPT, "imagegen", "safety system"):
        assert secret not in str(caught.value)
    assert caught.value.upstream_request_id == "up-1"
    return caught.value


@pytest.mark.parametrize(("version", "query"), [(None, ""), ("preview", "?api-version=preview")])
def test_the_address(version: str | None, query: str) -> None:
    """One address; a version only where one is set."""
    url = f"https://res.openai.azure.com/openai/v1/responses{query}"
    assert str(sent(api_version=version).url) == url


def test_the_headers() -> None:
    """The image deployment is a header, and there are not too many (more than ten are a 431)."""
    headers = sent().headers
    assert headers["x-ms-oai-image-generation-deployment"] == "img-prod"
    assert headers["api-key"] == KEY
    assert len(headers) <= 10


def test_the_body() -> None:
    """The orchestrator has to use the tool, which gets every option and no count of images."""
    assert json.loads(sent().content) == {
        "model": "chat-prod",
        "input": PROMPT,
        "tools": [{"type": "image_generation", "size": "1024x1024", "quality": "low"}],
        "tool_choice": {"type": "image_generation"},
        "store": False,
        "user": "u-7f3a",
    }


@pytest.mark.parametrize("partials", [0, 2])
def test_the_body_of_a_stream(partials: int) -> None:
    """The request is streamed; how many partial images come is the tool's."""
    body = json.loads(sent(partial_images=partials).content)
    assert (body["stream"], body["tools"][0]["partial_images"]) == (True, partials)
    assert "partial_images" not in body


@pytest.mark.parametrize("prompt", ["Käse 🎨", "\ud800 alone", '"\\'])
def test_any_text_can_be_sent(prompt: str) -> None:
    """Even half a surrogate pair becomes valid JSON."""
    assert json.loads(sent(prompt=prompt).content)["input"] == prompt


@pytest.mark.parametrize("name", ["bild-für-alle", "two\nlines"])
def test_a_deployment_that_no_header_takes(name: str) -> None:
    """A broken setting buys nothing: not a byte of a request is sent."""
    with scripted_server(b"") as server, pytest.raises(ModelNotSent):
        deployment = replace(RESPONSES, endpoint=server.url, deployment=name)
        model = AzureOpenAIModel({"main": deployment}, FixedTokens(), httpx.HTTPTransport())
        model.generate(ASKED, KeepingSink())
    assert not any(server.requests)


def test_the_answer() -> None:
    """The image's usage and the orchestrator's are told apart."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"apim-request-id": "up-1"}, json=ANSWER)

    sink = KeepingSink()
    found = answering(answer, RESPONSES).generate(ASKED, sink)
    assert sink.stored == {0: b"image"}
    assert (found.images, found.upstream_request_id) == (1, "up-1")
    assert (found.usage, found.orchestrator_usage) == (IMAGE_USAGE, USAGE)


@pytest.mark.parametrize("tools", [None, [], {}, {"image_gen": None}, {"image_gen": [1]}])
def test_an_answer_without_the_images_usage(tools: object) -> None:
    """An image is an image, whatever the bill beside it looks like."""
    body = ANSWER | {"tool_usage": tools}
    model = answering(lambda request: httpx.Response(200, json=body), RESPONSES)
    found = model.generate(ASKED, KeepingSink())
    assert (found.usage, found.orchestrator_usage) == (None, USAGE)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    azure_responses.MISSING.values(),
    ids=azure_responses.MISSING.keys(),
)
def test_which_deployment_is_missing(status: int, body: object, code: str) -> None:
    """The image deployment and the orchestrator are told apart; nothing was bought."""
    error = failure(status, body)
    assert type(error) is ModelNotSent
    assert error.code == code


def test_the_filter_goes_first() -> None:
    """A prompt that was refused is asked nowhere else, whatever parameter the answer names."""
    error = {"code": "moderation_blocked", "param": "tools[0].model", "message": "No."}
    assert failure(400, {"error": error}).code == "content_filtered"


@pytest.mark.parametrize("body", azure_responses.REJECTED)
def test_rejected(body: object) -> None:
    """A request upstream does not take is no missing deployment."""
    error = failure(400, body)
    assert isinstance(error, ModelRefused)
    assert (error.code, error.maybe_billed) == ("model_rejected_request", False)


@pytest.mark.parametrize("row", FILTERED_ROWS, ids=lambda row: row.name)
@pytest.mark.parametrize("status", [400, 200])
def test_filtered(status: int, row: Row) -> None:
    """The filter's no, in every form, with whatever categories it names; perhaps billed."""
    error = failure(status, row.body)
    assert isinstance(error, ModelRefused)
    assert (error.code, error.maybe_billed) == ("content_filtered", True)
    assert error.categories == row.categories


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, ModelNotSent), (403, ModelNotSent), (429, ModelThrottled), (500, ModelUnknown)],
)
def test_other_statuses(status: int, kind: type[ModelError]) -> None:
    """Keys, networks, quotas and failing servers mean what they mean for images."""
    assert type(failure(status, {"error": {"code": str(status), "message": "No."}})) is kind
