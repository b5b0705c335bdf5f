"""Each refusal has the status and the body the service is known for."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from dev.simulator import Simulator

DEPLOYMENT_PATH = "/openai/deployments/img-local/images/generations"
TOO_MANY = "integer_above_max_value"
DATED = {"api-version": "2025-04-01-preview"}


def post(http: httpx.Client, **body: object) -> httpx.Response:
    return http.post("/openai/v1/images/generations", json={"model": "img-local", **body})


def error_of(answer: httpx.Response) -> dict[str, Any]:
    error = answer.json()["error"]
    assert isinstance(error, dict)
    return error


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "401"),
        ({"api-key": "wrong"}, "401"),
        ({"authorization": "Bearer wrong"}, "PermissionDenied"),
        ({"authorization": "Bearer key-for-tests"}, "PermissionDenied"),
    ],
)
def test_bad_credentials(simulator: Simulator, headers: dict[str, str], code: str) -> None:
    """A bad key and a bad token are told apart, and neither reaches a deployment."""
    answer = httpx.post(
        simulator.url + DEPLOYMENT_PATH, params=DATED, headers=headers, json={"prompt": "x"}
    )
    assert (answer.status_code, error_of(answer)["code"]) == (401, code)
    assert simulator.ledger() == []


def test_permission_error_names_the_data_action(simulator: Simulator) -> None:
    """The missing data action is named without a deployments segment."""
    answer = httpx.post(
        f"{simulator.url}/openai/v1/images/generations",
        headers={"authorization": "Bearer wrong"},
        json={},
    )
    assert "accounts/OpenAI/images/generations/action`" in error_of(answer)["message"]


def test_token_and_key_are_good(simulator: Simulator) -> None:
    """The token is good on both forms, the key as a bearer on v1 alone."""
    token = {"authorization": "Bearer token-for-tests"}
    dated = httpx.post(
        simulator.url + DEPLOYMENT_PATH, params=DATED, headers=token, json={"prompt": "x"}
    )
    v1 = [
        httpx.post(
            f"{simulator.url}/openai/v1/images/generations",
            headers=headers,
            json={"model": "img-local", "prompt": "x"},
        )
        for headers in (token, {"authorization": "Bearer key-for-tests"})
    ]
    assert [answer.status_code for answer in (dated, *v1)] == [200, 200, 200]


@pytest.mark.parametrize("params", [{}, {"api-version": "2024-02-01"}, {"api-version": "v1"}])
def test_dated_version_is_required(http: httpx.Client, params: dict[str, str]) -> None:
    """The deployment form is not found without a version that serves gpt-image."""
    answer = http.post(DEPLOYMENT_PATH, params=params, json={"prompt": "x"})
    assert answer.status_code == 404
    assert error_of(answer) == {"code": "404", "message": "Resource not found"}


@pytest.mark.parametrize(("version", "status"), [("v1", 200), ("preview", 200), ("2024", 404)])
def test_v1_versions(http: httpx.Client, version: str, status: int) -> None:
    """The v1 form takes its two version names and no date."""
    answer = http.post(
        "/openai/v1/images/generations",
        params={"api-version": version},
        json={"model": "img-local", "prompt": "x"},
    )
    assert answer.status_code == status


def test_unknown_deployment(http: httpx.Client) -> None:
    """Both forms say DeploymentNotFound."""
    answers = [
        http.post(DEPLOYMENT_PATH.replace("img-local", "no"), params=DATED, json={"prompt": "x"}),
        post(http, model="no", prompt="x"),
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert {error_of(answer)["code"] for answer in answers} == {"DeploymentNotFound"}


def test_wrong_path_or_method(http: httpx.Client) -> None:
    """A path nobody serves, and a method the path does not take, are not found."""
    assert http.post("/openai/images/generations", json={}).status_code == 404
    assert http.get("/openai/v1/images/generations").status_code == 404


def test_model_name_on_deployment_form(http: httpx.Client) -> None:
    """Only the real model id may stand beside a deployment in the path."""
    good = http.post(DEPLOYMENT_PATH, params=DATED, json={"prompt": "x", "model": "gpt-image-2"})
    bad = http.post(DEPLOYMENT_PATH, params=DATED, json={"prompt": "x", "model": "img-local"})
    assert (good.status_code, bad.status_code) == (200, 400)
    assert error_of(bad) == {
        "message": "The model 'img-local' does not exist.",
        "type": "image_generation_user_error",
        "param": "model",
        "code": "invalid_value",
    }


def test_too_many_custom_headers(http: httpx.Client) -> None:
    """Ten custom headers pass and the eleventh is too many; the SDK's own do not count."""
    own = {f"x-stainless-{n}": "1" for n in range(9)}
    ten = {f"x-own-{n}": "1" for n in range(10)}
    good = http.get("/__ledger", headers=own | ten)
    bad = http.get("/__ledger", headers=own | ten | {"x-own-10": "1"})
    assert (good.status_code, bad.status_code) == (200, 431)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 100_000])
def test_unreadable_body(http: httpx.Client, content: bytes) -> None:
    """A body that is no JSON object is refused."""
    answer = http.post(DEPLOYMENT_PATH, params=DATED, content=content)
    assert (answer.status_code, error_of(answer)["type"]) == (400, "invalid_request_error")


def test_unknown_parameter_literal(http: httpx.Client) -> None:
    """``response_format`` is not known to the gpt-image models."""
    assert error_of(post(http, prompt="x", response_format="url")) == {
        "message": "Unknown parameter: 'response_format'.",
        "type": "invalid_request_error",
        "param": "response_format",
        "code": "unknown_parameter",
    }


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({}, "prompt", "missing_required_parameter"),
        ({"prompt": None}, "prompt", "missing_required_parameter"),
        ({"prompt": ""}, "prompt", "empty_string"),
        ({"prompt": "x" * 32_001}, "prompt", "string_above_max_length"),
        ({"prompt": 5}, "prompt", "invalid_type"),
        ({"prompt": "x", "n": "2"}, "n", "invalid_type"),
        ({"prompt": "x", "n": True}, "n", "invalid_type"),
        ({"prompt": "x", "n": 0}, "n", "integer_below_min_value"),
        ({"prompt": "x", "n": 11}, "n", "integer_above_max_value"),
        ({"prompt": "x", "quality": "xhigh"}, "quality", "invalid_value"),
        ({"prompt": "x", "quality": "hd"}, "quality", "invalid_value"),
        ({"prompt": "x", "output_format": "webp"}, "output_format", "invalid_value"),
        ({"prompt": "x", "background": "red"}, "background", "invalid_value"),
        ({"prompt": "x", "background": "transparent"}, "background", "invalid_value"),
        ({"prompt": "x", "moderation": "off"}, "moderation", "invalid_value"),
        ({"prompt": "x", "output_compression": 50}, None, "invalid_png_output_compression"),
        ({"prompt": "x", "stream": "true"}, "stream", "invalid_type"),
        ({"prompt": "x", "stream": True, "partial_images": 4}, *("partial_images", TOO_MANY)),
        ({"prompt": "x", "seed": 1}, "seed", "unknown_parameter"),
        ({"model": "img-one", "prompt": "x", "size": "2048x2048"}, "size", "invalid_value"),
    ],
)
def test_bad_parameters(
    http: httpx.Client, body: dict[str, object], param: str | None, code: str
) -> None:
    """The refusal names the parameter and the kind of mistake."""
    answer = post(http, **body)
    assert answer.status_code == 400
    assert (error_of(answer)["param"], error_of(answer)["code"]) == (param, code)


def test_transparent_jpeg(http: httpx.Client) -> None:
    """JPEG has no transparency, whatever the model can do."""
    answer = post(
        http, model="img-flare", prompt="x", background="transparent", output_format="jpeg"
    )
    assert (answer.status_code, error_of(answer)["param"]) == (400, "background")


@pytest.mark.parametrize(
    ("size", "rule"),
    [
        ("4096x4096", "The longest edge must be less than or equal to 3840."),
        ("576x1024", "Requested resolution is below the current minimum pixel budget."),
        ("1000x1000", "Width and height must both be divisible by 16."),
        ("3072x1008", "The requested aspect ratio must be between 1:3 and 3:1."),
        ("3840x2176", "Requested resolution is above the current maximum pixel budget."),
        ("big", "Expected 'auto' or a size of the form WIDTHxHEIGHT."),
    ],
)
def test_size_rules(http: httpx.Client, size: str, rule: str) -> None:
    """Each size rule is refused in its own words."""
    assert error_of(post(http, prompt="x", size=size)) == {
        "message": f"Invalid size '{size}'. {rule}",
        "type": "image_generation_user_error",
        "param": "size",
        "code": "invalid_value",
    }


@pytest.mark.parametrize("size", ["1024x640", "1536x512", "3840x2160", "auto"])
def test_sizes_within_the_rules(http: httpx.Client, size: str) -> None:
    """The least and the most pixels and the longest ratio are still served."""
    answer = post(http, prompt="x", size=size, output_format="jpeg")
    assert answer.status_code == 200


def test_unpaired_surrogate_is_survived(http: httpx.Client) -> None:
    """JSON may carry half a character; the simulator draws it like any other prompt."""
    body = b'{"model":"img-local","prompt":"\\ud800"}'
    assert http.post("/openai/v1/images/generations", content=body).status_code == 200


def test_blocked_prompt(simulator: Simulator, http: httpx.Client) -> None:
    """A filtered prompt answers with categories in the images spelling and costs nothing."""
    error = error_of(post(http, prompt="a blocked-prompt here"))
    results = error["inner_error"]["content_filter_results"]
    assert error["code"] == "content_policy_violation"
    assert error["inner_error"]["code"] == "ResponsibleAIPolicyViolation"
    assert results["violence"] == {"filtered": True, "severity": "low"}
    assert results["jailbreak"] == {"detected": False, "filtered": False}
    assert simulator.ledger()[0]["outcome"] == "filtered"
    assert simulator.ledger()[0]["billed"] is False


def test_blocked_image(simulator: Simulator, http: httpx.Client) -> None:
    """A filtered image is billed and answered with ``created`` beside the error."""
    answer = post(http, prompt="a blocked-image here")
    assert answer.status_code == 400
    assert isinstance(answer.json()["created"], int)
    assert error_of(answer) == {
        "code": "contentFilter",
        "message": "Generated image was filtered as a result of our safety system.",
    }
    assert simulator.ledger()[0]["outcome"] == "filtered"
    assert simulator.ledger()[0]["billed"] is True
