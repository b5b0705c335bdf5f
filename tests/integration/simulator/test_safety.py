"""Content Safety's text:analyze, as the service documents it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from dev.simulator import Simulator
from dev.simulator.safety import CATEGORIES, MOST_CHARS
from dev.simulator.safety_errors import KINDS, REFUSALS

PATH, VERSION = "/contentsafety/text:analyze", "2024-09-01"
KEY = {"ocp-apim-subscription-key": "key-for-tests"}
FIELDS = ("text", "categories", "blocklistNames", "haltOnBlocklistHit", "outputType")
DRAW = "/openai/v1/images/generations"


def analyze(
    simulator: Simulator,
    body: object,
    headers: dict[str, str] | None = None,
    version: str | None = VERSION,
) -> httpx.Response:
    params = {} if version is None else {"api-version": version}
    return httpx.post(simulator.url + PATH, params=params, headers=headers or KEY, json=body)


def severities(answer: httpx.Response) -> dict[str, int]:
    assert answer.status_code == 200, answer.text
    return {one["category"]: one["severity"] for one in answer.json()["categoriesAnalysis"]}


def refused(answer: httpx.Response) -> tuple[int, str]:
    code = answer.json()["error"]["code"]
    assert answer.headers.get("x-ms-error-code", code) == code
    return answer.status_code, code


def test_four_levels(simulator: Simulator) -> None:
    """Without wishes: every category, in four levels, the highest of each."""
    text = "violence-3 Violence-2 hate-7, selfharm-0; nonviolence-9 sexual-12"
    expected = {"Hate": 6, "SelfHarm": 0, "Sexual": 0, "Violence": 2}

    assert severities(analyze(simulator, {"text": text})) == expected


def test_what_was_asked_for(simulator: Simulator) -> None:
    """Fewer categories, and eight levels."""
    body = {"text": "violence-3 hate-5", "outputType": "EightSeverityLevels"}

    assert severities(analyze(simulator, body | {"categories": ["Violence"]})) == {"Violence": 3}
    assert severities(analyze(simulator, body, version="2023-10-01"))["Hate"] == 5


def test_blocklists(simulator: Simulator) -> None:
    """A hit tells list and item, and ends the analysis only where that was asked for."""
    url = f"{simulator.url}/__blocklists"
    assert httpx.post(url, json={"brand-terms": ["contoso"]}).json() == {"brand-terms": ["contoso"]}
    body: dict[str, Any] = {"text": "A Contoso lamp, hate-4", "blocklistNames": ["brand-terms"]}

    answer = analyze(simulator, body)
    [hit] = answer.json()["blocklistsMatch"]
    assert (hit["blocklistName"], hit["blocklistItemText"]) == ("brand-terms", "contoso")
    assert severities(answer)["Hate"] == 4
    assert severities(analyze(simulator, body | {"haltOnBlocklistHit": True})) == {}
    assert httpx.delete(url).json() == {}
    assert refused(analyze(simulator, body)) == (404, "ResourceNotFound")


@pytest.mark.parametrize("lists", [[], {"a b": []}, {"a": "b"}, {"a": [1]}, {"a": ["x" * 129]}])
def test_no_blocklists(simulator: Simulator, lists: object) -> None:
    """The control route refuses what the service would not keep."""
    answer = httpx.post(f"{simulator.url}/__blocklists", json=lists)

    assert refused(answer) == (400, "InvalidBlocklists")


@pytest.mark.parametrize(
    "body",
    [
        *([], {}, {"text": ""}, {"text": 3}, {"text": "x" * (MOST_CHARS + 1)}),
        *({"text": "x", "categories": given} for given in ("Hate", [1], ["Anger"])),
        *({"text": "x", "blocklistNames": given} for given in ("a", ["a b"], [None])),
        {"text": "x", "haltOnBlocklistHit": "yes"},
        {"text": "x", "outputType": "SixSeverityLevels"},
    ],
)
def test_invalid_bodies(simulator: Simulator, body: object) -> None:
    """A field that is not as documented is named, and what was sent is not repeated."""
    answer = analyze(simulator, body)

    assert refused(answer) == (400, "InvalidRequestBody")
    assert answer.json()["error"]["target"] in (*FIELDS, "body")
    assert "xxx" not in answer.text


def test_code_points_count(simulator: Simulator) -> None:
    """The limit is one of characters, not of bytes."""
    text = "\N{SMILING FACE WITH OPEN MOUTH}" * MOST_CHARS

    assert set(severities(analyze(simulator, {"text": text}))) == set(CATEGORIES)


@pytest.mark.parametrize("version", [None, "", "2024-09-15-preview", "v1"])
def test_versions(simulator: Simulator, version: str | None) -> None:
    """Another version is no path at all."""
    assert refused(analyze(simulator, {"text": "x"}, version=version)) == (404, "404")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"x-nothing": "1"}, "401"),
        ({"api-key": "key-for-tests"}, "401"),
        ({"ocp-apim-subscription-key": "wrong"}, "401"),
        ({"authorization": "Bearer wrong"}, "PermissionDenied"),
        ({"authorization": "Bearer key-for-tests"}, "PermissionDenied"),
    ],
)
def test_bad_credentials(simulator: Simulator, headers: dict[str, str], code: str) -> None:
    """The key has a header of its own here, and is no bearer."""
    assert refused(analyze(simulator, {"text": "x"}, headers)) == (401, code)
    assert simulator.screenings() == []


def test_a_token(simulator: Simulator) -> None:
    """The one Entra token is good here as well."""
    headers = {"authorization": "Bearer token-for-tests"}

    assert analyze(simulator, {"text": "x"}, headers).status_code == 200


@pytest.mark.parametrize("kind", REFUSALS)
def test_faults(simulator: Simulator, kind: str) -> None:
    """An order is used up by the next screening, and by nothing else."""
    simulator.order({"kind": kind})
    draw = {"model": "img-local", "prompt": "a barn"}
    drawn = httpx.post(simulator.url + DRAW, headers={"api-key": "key-for-tests"}, json=draw)

    assert drawn.status_code == 200
    assert str(refused(analyze(simulator, {"text": "x"}))[0]) == kind.removeprefix("screen")
    assert analyze(simulator, {"text": "x"}).status_code == 200


def test_throttled(simulator: Simulator) -> None:
    """A 429 names the time to wait."""
    simulator.order({"kind": "screen429", "retryAfterS": 4}, {"kind": "screen429"})

    for seconds in ("4", "2"):
        answer = analyze(simulator, {"text": "x"})
        assert refused(answer) == (429, "TooManyRequests")
        assert answer.headers["retry-after"] == seconds


def test_cut_and_slow(simulator: Simulator) -> None:
    """One hangs up, the other takes its time and answers."""
    simulator.order({"kind": "screenCut"}, {"kind": "screenSlow", "seconds": 0.05})

    with pytest.raises(httpx.HTTPError):
        analyze(simulator, {"text": "x"})
    answer = analyze(simulator, {"text": "x"})
    assert answer.status_code == 200 and answer.elapsed.total_seconds() >= 0.05
    assert set(KINDS) == {*REFUSALS, "screen429", "screenCut", "screenSlow"}


def test_faults_for_the_model_stay(simulator: Simulator) -> None:
    """A screening uses up no order that is meant for a deployment."""
    simulator.order({"kind": "500"})

    assert analyze(simulator, {"text": "x"}).status_code == 200
    assert [fault["kind"] for fault in simulator.faults()] == ["500"]


def test_what_was_screened(simulator: Simulator) -> None:
    """The books have lengths and severities, and no text."""
    analyze(simulator, {"text": "a lamp, sexual-5"})

    expected = {"Hate": 0, "SelfHarm": 0, "Sexual": 5, "Violence": 0}
    rows = httpx.get(f"{simulator.url}/__screenings").json()
    assert rows == [{"chars": 16, "severities": expected}]
    simulator.clear()
    assert simulator.screenings() == []
