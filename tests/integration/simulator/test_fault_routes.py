"""Every kind of fault order on every route, streamed and not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from dev.simulator import Simulator, safety_errors
from dev.simulator.faults import KINDS
from tests.integration.simulator.files import png

STATUSES = {
    "400moderation": 400,
    "400param": 400,
    "403key": 403,
    "403network": 403,
    "error200": 200,
}
REFUSED = ("429", "400", "401", "403", "404", "408", "500", "503", *STATUSES)
UNHARMED = ("drip", "slow")
STREAMED_ONLY = ("streamError", "streamNoCompleted")
# What a finished picture comes in: an event of its own, or an item that is done.
FINISHED = (".completed", "output_item.done")
HEADER = "x-ms-oai-image-generation-deployment"

Ask = Callable[..., httpx.Response]


def generations(http: httpx.Client, *, stream: bool) -> httpx.Response:
    body = {"model": "img-half", "prompt": "x", "stream": stream, "output_format": "jpeg"}
    return http.post("/openai/v1/images/generations", json=body)


def edits(http: httpx.Client, *, stream: bool) -> httpx.Response:
    data = {"model": "img-half", "prompt": "x", "stream": str(stream), "output_format": "jpeg"}
    return http.post("/openai/v1/images/edits", data=data, files={"image": png()})


def responses(http: httpx.Client, *, stream: bool) -> httpx.Response:
    tool = {"type": "image_generation", "output_format": "jpeg"}
    body = {"model": "chat-local", "input": "x", "tools": [tool], "stream": stream}
    return http.post("/openai/v1/responses", json=body, headers={HEADER: "img-half"})


ROUTES: dict[str, Ask] = {
    "generations": generations,
    "edits": edits,
    "responses": responses,
}


@pytest.fixture(params=list(ROUTES))
def route(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[False, True], ids=["whole", "streamed"])
def stream(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def events(answer: httpx.Response) -> Iterator[dict[str, Any]]:
    for line in answer.text.splitlines():
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


def pictures(answer: httpx.Response) -> list[str]:
    """Every finished picture in an answer of any route, streamed or not."""
    if "event-stream" not in answer.headers["content-type"]:
        body = answer.json()
        found = [one["b64_json"] for one in body.get("data", [])]
        return found + [one["result"] for one in body.get("output", []) if one.get("result")]
    finished = [one for one in events(answer) if str(one.get("type")).endswith(FINISHED)]
    found = [one.get("b64_json") or one.get("item", {}).get("result") for one in finished]
    return [one for one in found if one]


def test_no_kind_is_forgotten_here() -> None:
    """A new kind has to be put into one of these tests."""
    cut = ("cutBefore", "cutAfterBilling")
    named = {*REFUSED, *UNHARMED, *STREAMED_ONLY, *cut, "503empty", "emptyData", "malformedUsage"}
    assert named == set(KINDS) - set(safety_errors.KINDS)


@pytest.mark.parametrize("kind", REFUSED)
def test_refusals(
    simulator: Simulator, http: httpx.Client, route: str, stream: bool, kind: str
) -> None:
    """The status of the kind, an error in the body, nothing billed, then all is well again."""
    simulator.order({"kind": kind})
    refused = ROUTES[route](http, stream=stream)
    assert refused.status_code == STATUSES.get(kind) or str(refused.status_code) == kind
    assert refused.json()["error"]["message"]
    assert pictures(refused) == []
    assert len(pictures(ROUTES[route](http, stream=stream))) == 1
    rows = [(row["route"], row["outcome"], row["billed"]) for row in simulator.ledger()]
    assert rows == [(route, kind, False), (route, "completed", True)]


def test_gateway_without_a_word(
    simulator: Simulator, http: httpx.Client, route: str, stream: bool
) -> None:
    """A status and nothing else: no JSON to read, and nothing billed."""
    simulator.order({"kind": "503empty"})
    refused = ROUTES[route](http, stream=stream)
    assert (refused.status_code, refused.content) == (503, b"")
    [row] = simulator.ledger()
    assert (row["outcome"], row["billed"]) == ("503empty", False)


@pytest.mark.parametrize("kind", ["cutBefore", "cutAfterBilling"])
def test_cuts(
    simulator: Simulator, http: httpx.Client, route: str, stream: bool, kind: str
) -> None:
    """The connection ends without a whole answer; the books know whether it cost."""
    simulator.order({"kind": kind})
    with pytest.raises(httpx.TransportError):
        ROUTES[route](http, stream=stream)
    (row,) = simulator.ledger()
    assert (row["outcome"], row["billed"]) == (kind, kind == "cutAfterBilling")


@pytest.mark.parametrize("kind", UNHARMED)
def test_late_answers(
    simulator: Simulator, http: httpx.Client, route: str, stream: bool, kind: str
) -> None:
    """They come whole, after their time."""
    simulator.order({"kind": kind, "seconds": 0.2})
    answer = ROUTES[route](http, stream=stream)
    assert len(pictures(answer)) == 1
    assert answer.elapsed.total_seconds() >= 0.19
    assert simulator.ledger()[0]["outcome"] == "completed"


def test_no_data(simulator: Simulator, http: httpx.Client, route: str, stream: bool) -> None:
    """A success without a picture, and billed."""
    simulator.order({"kind": "emptyData"})
    answer = ROUTES[route](http, stream=stream)
    assert answer.status_code == 200
    assert pictures(answer) == []
    assert simulator.ledger()[0]["outcome"] == "emptyData"
    assert simulator.ledger()[0]["billed"] is True


def test_malformed_usage(
    simulator: Simulator, http: httpx.Client, route: str, stream: bool
) -> None:
    """A good picture with a usage that no reader should trust."""
    simulator.order({"kind": "malformedUsage"})
    answer = ROUTES[route](http, stream=stream)
    assert len(pictures(answer)) == 1
    whole = list(events(answer))[-1] if stream else answer.json()
    whole = whole.get("response", whole)
    assert whole["usage"]["input_tokens_details"] == []
    if route == "responses":
        assert whole["tool_usage"]["image_gen"]["total_tokens"] == -1


@pytest.mark.parametrize("kind", STREAMED_ONLY)
def test_streams_that_fail(simulator: Simulator, http: httpx.Client, route: str, kind: str) -> None:
    """No finished picture and no completed response comes; one kind says that it is an error."""
    simulator.order({"kind": kind})
    answer = ROUTES[route](http, stream=True)
    assert pictures(answer) == []
    assert [one for one in events(answer) if str(one.get("type")).endswith("s.completed")] == []
    assert any("error" in one for one in events(answer)) == (kind == "streamError")
    assert simulator.ledger()[0]["outcome"] == kind
    assert simulator.ledger()[0]["billed"] is True


@pytest.mark.parametrize("kind", STREAMED_ONLY)
def test_faults_of_streams_spare_whole_answers(
    simulator: Simulator, http: httpx.Client, route: str, kind: str
) -> None:
    """An answer that comes at once has none of them, in the books neither."""
    simulator.order({"kind": kind})
    assert len(pictures(ROUTES[route](http, stream=False))) == 1
    assert simulator.ledger()[0]["outcome"] == "completed"


def test_the_call_rate_names_its_operation(
    simulator: Simulator, http: httpx.Client, route: str
) -> None:
    """So does a wait of a day, which restricted subscriptions have seen."""
    simulator.order({"kind": "429", "retryAfterS": 86400})
    refused = ROUTES[route](http, stream=False)
    name = {
        "generations": "ImageGenerations_Create",
        "edits": "ImageEdits_Create",
        "responses": "Responses_Create",
    }[route]
    assert f"Requests to the {name} Operation" in refused.json()["error"]["message"]
    assert "Please retry after 86400 seconds." in refused.json()["error"]["message"]
    assert refused.headers["retry-after"] == "86400"
    assert refused.headers["retry-after-ms"] == "86400000"


def test_the_filter_speaks_as_the_route_does(simulator: Simulator, http: httpx.Client) -> None:
    """Images have one spelling of a refused prompt, responses have chat's."""
    simulator.order({"kind": "400", "times": 3})
    errors = {name: ask(http, stream=False).json()["error"] for name, ask in ROUTES.items()}
    assert errors["generations"] == errors["edits"]
    assert "content_filter_results" in errors["edits"]["inner_error"]
    assert "content_filter_result" in errors["responses"]["innererror"]


def test_the_filter_may_answer_200(simulator: Simulator, http: httpx.Client) -> None:
    """The how-to's literal, whose status is nowhere said."""
    simulator.order({"kind": "error200"})
    body = generations(http, stream=False).json()
    assert isinstance(body.pop("created"), int)
    assert body == {
        "error": {
            "code": "contentFilter",
            "message": "Your task failed as a result of our safety system.",
        }
    }
