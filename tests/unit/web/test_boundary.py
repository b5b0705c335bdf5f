"""Failures become problems; nothing that must stay inside gets out, into no answer and no log."""

import json
import logging
from collections.abc import Callable

import azure.functions as func
import pytest

from shared.errors import CorruptJournal, StorageError
from shared.web.access import Gate
from shared.web.boundary import handle
from tests.fakes import MemoryBlobs
from tests.unit.web.world import FLOW, PUBLIC_URL, World

CANARY = "CANARY-5d41402a"


class FailingBlobs(MemoryBlobs):
    """Storage whose writes fail."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def put(self, *args: object, **named: object) -> str:
        raise self.error


def failing(error: Exception) -> World:
    world = World()
    object.__setattr__(world.s, "blobs", FailingBlobs(error))
    return world


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (StorageError(CANARY), 503, "unavailable"),
        (CorruptJournal(CANARY), 500, "internal"),
        (RuntimeError(CANARY), 500, "internal"),
        (RecursionError(CANARY), 500, "internal"),
    ],
)
def test_failures(
    error: Exception, status: int, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A failure is a fixed sentence with a reference that is in the log as well."""
    caplog.set_level(logging.INFO)

    answer = failing(error).http("submit", {"prompt": CANARY})

    assert (answer.status, answer.code) == (status, code)
    assert ("Retry-After" in answer.headers) == (status == 503)
    assert answer.json["reference"] in caplog.text
    assert type(error).__name__ in caplog.text
    assert CANARY.encode() not in answer.body
    assert CANARY not in caplog.text


def test_problem_shape() -> None:
    """A problem names the path without its query, and its type is about:blank."""
    answer = World().http("get_image", id="x")

    assert answer.json == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is nothing here for this caller.",
        "instance": "/api/images/x",
        "code": "not_found",
    }
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "url", ["http://[::1/api/x", "http://a b/api/x?code=c", "", "x", "https://h:99999999/?token=t"]
)
def test_odd_urls(url: str) -> None:
    """Whatever a Host header made of the URL, there is an answer without the query."""
    request = func.HttpRequest("GET", url, route_params={"id": "x"}, body=b"")

    response = handle("get_image", request, World().s, Gate())

    assert response.status_code == 404
    assert "?" not in json.loads(response.get_body())["instance"]


def faulty(world: World) -> list[bytes]:
    """Canaries in everything that a caller can send."""
    sent = {"prompt": CANARY, "n": 0, "callbackUrl": f"https://{CANARY}.example/{CANARY}"}
    headers = {"Idempotency-Key": f'"{CANARY}', "traceparent": CANARY}
    request_id = world.reviewing()
    decision = {"decision": CANARY, "comment": CANARY, "reviewer": CANARY, "stage": CANARY}
    return [
        world.http("submit", sent).body,
        world.http("submit", {"prompt": "x"}, headers=headers).body,
        world.http("submit", CANARY.encode()).body,
        world.http("result", key=None, query={"sig": CANARY}, id=request_id).body,
        world.http("list_images", query={"continuation": CANARY, "status": CANARY}).body,
        world.http("decision", decision, query={"token": CANARY}, key=None, id=request_id).body,
        world.http("decision", decision, key="op-key", id=request_id).body,
        world.http("cancel", key=CANARY, id=request_id).body,
    ]


def good(world: World) -> list[bytes]:
    """Everything a request with marked content goes through."""
    request_id = world.reviewing({"prompt": CANARY, "callbackSecret": "whsec_" + "A" * 32})
    token = world.token(request_id)
    world.http("decision", {"decision": "approve"}, key=None, query={"token": token}, id=request_id)
    world.drain()
    answers = [world.http(name, id=request_id) for name in ("get_image", "evidence")]
    answers.append(world.http("list_images"))
    assert [one.status for one in answers] == [200] * 3
    assert answers[0].json["status"] == "approved"
    return [one.body for one in answers]


@pytest.mark.parametrize("journey", [faulty, good])
def test_canary(journey: Callable[[World], list[bytes]], caplog: pytest.LogCaptureFixture) -> None:
    """Prompts, keys, tokens and addresses come back in no answer and stand in no log line."""
    caplog.set_level(logging.DEBUG)

    bodies = journey(World())

    for body in bodies:
        assert CANARY.encode() not in body
        assert b"never-shown" not in body
    assert CANARY not in caplog.text
    assert FLOW not in caplog.text
    assert PUBLIC_URL not in caplog.text
