"""POST /callbacks/unsubscribe: an engine that no longer waits at its callback."""

from collections.abc import Mapping
from typing import Any

import pytest

from shared.chain.audit import verify
from shared.errors import ModelUnknown, SinkError
from tests.fakes import Plays, ScriptedModel, ScriptedWebhooks
from tests.unit.web.world import CALLBACK, OPERATOR, OTHER, READER, SUBMIT, Answered, World

BODY = {**SUBMIT, "callbackUrl": CALLBACK}
KEYED = {"Idempotency-Key": '"wait-1"'}
STEP = {"x-ms-client-tracking-id": "run-1", "x-ms-workflow-operation-name": "Wait_for_images"}


def subscribed(world: World, headers: Mapping[str, str] = KEYED, **fields: Any) -> str:
    answer = world.http("submit", {**BODY, **fields}, headers=headers)
    assert answer.status == 202
    world.drain()
    return str(answer.json["id"])


def unsubscribed(
    world: World, headers: Mapping[str, str] = KEYED, body: object = None, **call: Any
) -> dict[str, Any]:
    answer = world.http("unsubscribe", body, headers=headers, **call)
    assert answer.status == 200, answer.json
    return answer.json


def decide(world: World, request_id: str, what: str = "approve") -> Answered:
    token = world.token(request_id)
    answer = world.http("decision", {"decision": what}, query={"token": token}, id=request_id)
    world.drain()
    return answer


def told(world: World) -> list[str]:
    return [post.headers["ce-type"] for post in world.webhooks.posted]


def test_resumes_once_at_the_end() -> None:
    """By default the callback is told of the end alone, though an operator had to help."""
    world = World(model=ScriptedModel(Plays(error=ModelUnknown())))
    request_id = subscribed(world)
    attention = world.resource(request_id)["attention"]["seq"]
    answer = {"action": "retry", "attention": attention}
    assert world.http("resume", answer, key=OPERATOR, id=request_id).status == 200
    world.drain()
    decide(world, request_id)

    assert told(world) == ["darkroom.request.approved"]


@pytest.mark.parametrize("headers", [KEYED, STEP])
def test_nothing_is_told_any_more(headers: Mapping[str, str]) -> None:
    """By key, or by the run and the name of its step: nothing is sent, and the work goes on."""
    world = World()
    request_id = subscribed(world, headers)

    answer = unsubscribed(world, headers)
    decide(world, request_id)

    assert answer == {"id": request_id, "detached": True, "status": "awaitingApproval"}
    assert world.resource(request_id)["status"] == "approved"
    assert told(world) == []


def test_key_in_the_body() -> None:
    """A flow may keep its key in the body; what else stands there is passed over."""
    world = World()
    request_id = subscribed(world)

    answer = unsubscribed(world, {}, {"idempotencyKey": "wait-1", "prompt": "as at submit"})

    assert answer["id"] == request_id


def test_again_and_again() -> None:
    """A repeated call changes nothing."""
    world = World()
    request_id = subscribed(world)

    first, length = unsubscribed(world), world.s.journals.load(request_id).length
    second = unsubscribed(world)

    assert first == second
    assert world.s.journals.load(request_id).length == length


def test_after_success() -> None:
    """What was told is over: no fact, no failure, the same answer to the engine."""
    world = World()
    request_id = subscribed(world)
    decide(world, request_id)
    length = world.s.journals.load(request_id).length

    answer = unsubscribed(world)

    assert answer == {"id": request_id, "detached": False, "status": "approved"}
    assert world.s.journals.load(request_id).length == length


def test_after_the_end_while_nobody_answers() -> None:
    """A flow that has run out of time is not tried for two days."""
    world = World(webhooks=ScriptedWebhooks(*[SinkError() for _ in range(50)]))
    request_id = subscribed(world)
    decide(world, request_id)
    tried = len(told(world))

    answer = unsubscribed(world)
    world.clock.advance(3600)
    world.drain()

    assert (answer["detached"], answer["status"]) == (True, "approved")
    assert 0 < tried == len(told(world))
    pack = world.http("evidence", id=request_id).json
    assert verify(pack) == []


def test_cancels_as_well() -> None:
    """A run that was cancelled may take its request along; nobody is told of it."""
    world = World()
    subscribed(world)

    answer = unsubscribed(world, body={"cancel": True})

    assert (answer["detached"], answer["status"]) == (True, "cancelled")
    assert told(world) == []


def test_cancel_comes_too_late() -> None:
    """What is final stays as it is, and that is no failure."""
    world = World()
    request_id = subscribed(world)
    decide(world, request_id, "reject")

    answer = unsubscribed(world, body={"cancel": True})

    assert (answer["id"], answer["status"]) == (request_id, "rejected")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Idempotency-Key": "other"},
        {"Idempotency-Key": "none"},
        {**STEP, "x-ms-client-tracking-id": "run-2"},
        {**STEP, "x-ms-workflow-operation-name": "Another_step"},
        {"x-ms-client-tracking-id": "run-1"},
        {**STEP, "Idempotency-Key": "other"},
    ],
)
def test_nobody_meant(headers: Mapping[str, str]) -> None:
    """An engine is never failed by what is not there."""
    world = World()
    subscribed(world, STEP)

    nobody = {"id": None, "detached": False, "status": None}
    assert unsubscribed(world, headers, {"cancel": True}) == nobody


def test_of_somebody_else() -> None:
    """A key and a run are their own caller's."""
    world = World()
    subscribed(world, {**KEYED, **STEP})

    assert unsubscribed(world, KEYED, key=OTHER)["id"] is None
    assert unsubscribed(world, STEP, key=OTHER)["id"] is None
    assert world.http("unsubscribe", {}, key=READER, headers=KEYED).status == 403


def test_steps_of_a_loop_are_told_apart_by_key_only() -> None:
    """
    Turns of a loop share run and step: to detach another's callback would let it wait for ever,
    so then only a key tells which is meant.
    """
    world = World()
    first = subscribed(world, {**STEP, "Idempotency-Key": "turn-1"}, altText="first")
    second = subscribed(world, {**STEP, "Idempotency-Key": "turn-2"}, altText="second")
    decide(world, first)

    by_step = unsubscribed(world, STEP)
    by_key = unsubscribed(world, {**STEP, "Idempotency-Key": "turn-2"})

    assert by_step["id"] is None
    assert (by_key["id"], by_key["detached"]) == (second, True)


def test_a_repeated_subscribe_is_one_step() -> None:
    """An engine that repeats its first call still means one request."""
    world = World()
    repeats = {**STEP, "x-ms-workflow-run-id": "run-1"}
    request_id = subscribed(world, repeats)
    assert subscribed(world, repeats) == request_id

    assert unsubscribed(world, STEP)["detached"] is True


def test_polled_requests_leave_no_step() -> None:
    """Who has no callback has none to end."""
    world = World()
    answer = world.http("submit", dict(SUBMIT), headers={**KEYED, **STEP})

    assert unsubscribed(world, STEP)["id"] is None
    by_key = unsubscribed(world)
    assert (by_key["id"], by_key["detached"]) == (answer.json["id"], False)


def test_run_again_after_it_was_detached() -> None:
    """The address of a run that is over is told nothing by a request that is run again."""
    world = World()
    request_id = subscribed(world)
    unsubscribed(world, body={"cancel": True})

    again = world.http("rerun", id=request_id).json["id"]
    world.drain()
    decide(world, again)

    assert world.resource(again)["status"] == "approved"
    assert told(world) == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"{", "#"),
        ([], "#"),
        ({"cancel": "yes"}, "#/cancel"),
        ({"idempotencyKey": 1}, "#/idempotencyKey"),
    ],
)
def test_a_body_that_is_none(body: object, pointer: str) -> None:
    """A maker's mistake is named."""
    answer = World().http("unsubscribe", body)

    assert (answer.status, answer.pointers) == (400, {pointer})
