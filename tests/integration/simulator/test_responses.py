"""The Responses route is refused for what the service refuses."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from dev.simulator import Simulator, running_simulator
from tests.integration.simulator.files import File, jpeg, mask, png

PATH = "/openai/v1/responses"
HEADER = "x-ms-oai-image-generation-deployment"


def url(file: File) -> str:
    return f"data:{file[2]};base64,{base64.b64encode(file[1]).decode('ascii')}"


def ask(
    http: httpx.Client,
    tool: dict[str, object] | None = None,
    deployment: str | None = "img-half",
    **body: object,
) -> httpx.Response:
    headers = {HEADER: deployment} if deployment else {}
    tools = [{"type": "image_generation", **(tool or {})}]
    whole = {"model": "chat-local", "input": "x", "tools": tools, **body}
    return http.post(PATH, headers=headers, json=whole)


def error_of(answer: httpx.Response) -> dict[str, Any]:
    error = answer.json()["error"]
    assert isinstance(error, dict)
    return error


def test_the_deployments_are_told_apart(simulator: Simulator, http: httpx.Client) -> None:
    """A missing header, an unknown image deployment and an unknown orchestrator."""
    missing, unknown, nobody = (
        ask(http, deployment=None),
        ask(http, deployment="no"),
        ask(http, model="no"),
    )
    assert missing.status_code == 400
    assert error_of(missing) == {
        "message": f"imagegen deployment must be provided through header: {HEADER}",
        "type": "image_generation_user_error",
        "param": "tools",
        "code": "invalid_request_error",
    }
    assert (unknown.status_code, error_of(unknown)["param"]) == (404, HEADER)
    assert (nobody.status_code, error_of(nobody).get("param")) == (404, None)
    assert error_of(nobody)["code"] == "DeploymentNotFound"
    assert simulator.ledger() == []


def test_deployments_of_the_other_kind(http: httpx.Client) -> None:
    """An image deployment answers no responses, an orchestrator draws nothing itself."""
    images = http.post("/openai/v1/images/generations", json={"model": "chat-local", "prompt": "x"})
    answers = [ask(http, model="img-local"), images]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert {error_of(answer)["code"] for answer in answers} == {"OperationNotSupported"}
    assert ask(http, deployment="chat-local").status_code == 404


@pytest.mark.parametrize("deployment", ["img-local", "img-flare", "img-one"])
def test_only_the_first_series_is_in_the_tool(http: httpx.Client, deployment: str) -> None:
    """Later models are not, nor is the retired first."""
    answer = ask(http, deployment=deployment)
    assert answer.status_code == 400
    assert "not supported by the image generation tool" in error_of(answer)["message"]


def test_the_count_is_unknown_to_the_tool(http: httpx.Client) -> None:
    """The literal, with the place of the tool in the list."""
    assert error_of(ask(http, {"n": 2})) == {
        "message": "Unknown parameter: 'tools[0].n'.",
        "type": "invalid_request_error",
        "param": "tools[0].n",
        "code": "unknown_parameter",
    }


@pytest.mark.parametrize(
    ("tool", "param", "code"),
    [
        ({"quality": "hd"}, "tools[0].quality", "invalid_value"),
        ({"size": "2048x2048"}, "tools[0].size", "invalid_value"),
        ({"background": 5}, "tools[0].background", "invalid_type"),
        ({"output_format": "webp"}, "tools[0].output_format", "invalid_value"),
        ({"partial_images": 4}, "tools[0].partial_images", "integer_above_max_value"),
        ({"output_compression": 101}, *("tools[0].output_compression", "integer_above_max_value")),
        ({"output_compression": 50}, None, "invalid_png_output_compression"),
        ({"moderation": "off"}, "tools[0].moderation", "invalid_value"),
        ({"action": "paint"}, "tools[0].action", "invalid_value"),
        ({"action": "edit"}, "tools[0].action", "invalid_value"),
        ({"model": "dall-e-3"}, "tools[0].model", "invalid_value"),
        ({"input_fidelity": "best"}, "tools[0].input_fidelity", "invalid_value"),
        (
            {"input_image_mask": {"file_id": "f"}},
            *("tools[0].input_image_mask.image_url", "invalid_value"),
        ),
        ({"input_image_mask": {"url": "f"}}, "tools[0].input_image_mask.url", "unknown_parameter"),
        ({"input_image_mask": {"image_url": url(mask())}}, "tools[0].action", "invalid_value"),
    ],
)
def test_bad_tool_options(
    http: httpx.Client, tool: dict[str, object], param: str | None, code: str
) -> None:
    """Each is named with its place."""
    answer = ask(http, tool)
    assert answer.status_code == 400
    assert (error_of(answer)["param"], error_of(answer)["code"]) == (param, code)


def test_mini_has_no_fidelity(http: httpx.Client) -> None:
    """The literal of the images routes, under the tool's name."""
    error = error_of(ask(http, {"input_fidelity": "high"}, deployment="img-mini"))
    assert error["code"] == "invalid_input_fidelity_model"


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({"input": None}, "input", "missing_required_parameter"),
        ({"input": ""}, "prompt", "empty_string"),
        ({"input": 5}, "input", "invalid_type"),
        ({"input": ["x"]}, "input[0]", "invalid_type"),
        ({"input": [{"content": 5}]}, "input[0].content", "invalid_type"),
        (
            {"input": [{"content": [{"type": "text"}]}]},
            *("input[0].content[0].type", "invalid_value"),
        ),
        ({"tools": {}}, "tools", "invalid_type"),
        ({"tools": [5]}, "tools[0]", "invalid_type"),
        ({"prompt": "x"}, "prompt", "unknown_parameter"),
        ({"stream": "yes"}, "stream", "invalid_type"),
        ({"model": None}, "model", "missing_required_parameter"),
        (
            {"previous_response_id": "resp_1"},
            *("previous_response_id", "previous_response_not_found"),
        ),
        ({"background": True}, None, None),
    ],
)
def test_bad_bodies(
    http: httpx.Client, body: dict[str, Any], param: str | None, code: str | None
) -> None:
    """What the route does not know or cannot do is refused by name."""
    answer = ask(http, **body)
    assert answer.status_code == 400
    assert (error_of(answer)["param"], error_of(answer)["code"]) == (param, code)


@pytest.mark.parametrize("image", ["https://example.invalid/a.png", "data:image/png;base64,%", 5])
def test_pictures_come_as_data_urls(http: httpx.Client, image: object) -> None:
    """Nothing is fetched, and what is no base64 is refused."""
    part = {"type": "input_image", "image_url": image}
    answer = ask(http, input=[{"role": "user", "content": [part]}])
    assert (answer.status_code, error_of(answer)["param"]) == (
        400,
        "input[0].content[0].image_url",
    )


@pytest.mark.parametrize(
    ("picture", "masked", "code"),
    [
        (("a", b"broken", "image/png"), mask(), "invalid_image_file"),
        (("a", b"", "image/webp"), mask(), "unsupported_file_mimetype"),
        (jpeg(), mask(), "invalid_mask_image_format"),
    ],
)
def test_pictures_have_the_rules_of_edits(
    http: httpx.Client, picture: File, masked: File, code: str
) -> None:
    """Kind, soundness and the mask's size are looked at as in a form."""
    content = [
        {"type": "input_text", "text": "x"},
        {"type": "input_image", "image_url": url(picture)},
    ]
    tool: dict[str, object] = {"input_image_mask": {"image_url": url(masked)}}
    answer = ask(http, tool, input=[{"role": "user", "content": content}])
    assert (answer.status_code, error_of(answer)["code"]) == (400, code)


def test_generate_leaves_pictures_alone(http: httpx.Client) -> None:
    """An action that generates does so though there is a picture to edit."""
    content = [
        {"type": "input_text", "text": "x"},
        {"type": "input_image", "image_url": url(png())},
    ]
    answer = ask(http, {"action": "generate"}, input=[{"content": content}]).json()
    assert answer["output"][0]["action"] == "generate"
    assert answer["tool_usage"]["image_gen"]["input_tokens_details"]["image_tokens"] == 0


def test_tool_choice_none_gives_words(http: httpx.Client) -> None:
    """The tool may not be called then."""
    answer = ask(http, tool_choice="none").json()
    assert [item["type"] for item in answer["output"]] == ["message"]


def test_only_v1_has_the_route(http: httpx.Client) -> None:
    """There is no form with the deployment in its path, and no dated version."""
    dated = {"api-version": "2025-04-01-preview"}
    assert http.post(PATH, params=dated, json={}).status_code == 404
    assert http.post("/openai/deployments/chat-local/responses", json={}).status_code == 404


def test_both_quotas_count() -> None:
    """An orchestrator with a quota of its own holds back what its image deployment would take."""
    with (
        running_simulator(
            key="k",
            deployments={"img-half": "gpt-image-1.5"},
            orchestrators=["chat-local"],
            requests_per_minute_of={"chat-local": 1},
            c2pa=False,
        ) as simulator,
        httpx.Client(base_url=simulator.url, headers={"api-key": "k"}) as client,
    ):
        assert [ask(client).status_code for _ in range(2)] == [200, 429]
        assert "Responses_Create" in error_of(ask(client))["message"]
