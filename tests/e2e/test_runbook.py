"""A new operator follows `docs/operations.md`, page by page, and each command does what it says."""

import json
import uuid
from typing import Any

import pytest

from dev.deployments import EDIT
from dev.places import ROOT
from tests.e2e import marks
from tests.e2e.runbook import FOR_BASH, blocks, pasted
from tests.e2e.test_queue_door import QUEUE, found_by
from tests.e2e.test_router import DONE, NO_LONGER_KEPT, asked
from tests.e2e.waiting import until
from tests.e2e.world import World

pytestmark = FOR_BASH


@pytest.fixture(autouse=True)
def as_on_a_good_day(world: World) -> None:
    world.simulator.forget_faults()
    world.free(EDIT)


def state(answer: dict[str, Any], deployment: str) -> dict[str, Any]:
    return next(one for one in answer["deployments"] if one["name"] == deployment)


def later(world: World) -> None:
    """The readiness page tells for ten seconds what it last saw."""
    world.move_to(world.time.now() + NO_LONGER_KEPT)


def test_read_only_checks(world: World) -> None:
    """What is done before anything: all of it answers, and changes nothing."""
    [look] = blocks("read-only")
    alive, ready, attention, letters = pasted(look, world)

    assert alive["status"] == "alive" and ready["deployments"]
    assert {"items", "continuation"} <= set(attention)
    assert "counts" in letters


@pytest.mark.parametrize(
    "page", ["budget-thresholds", "dead-deliveries", "failure-rate", "needs-attention"]
)
def test_looks(world: World, page: str) -> None:
    """Each page's first look is answered."""
    assert all(answer for block in blocks(page) for answer in pasted(block, world))


def test_breaker_open(world: World) -> None:
    """Seen as blocked, paused, mended, taken up again: the request that waited is made, once."""
    look, pause, resume, again = blocks("breaker-open")
    world.simulator.order({"kind": "401", "deployment": EDIT})
    request_id = world.client.submitted(marks.order(model="gpt-image-1.5"))
    until(lambda: asked(world, request_id) == [(EDIT, "401")], "the call was refused")
    later(world)

    ready, _ = pasted(look, world)
    [paused] = pasted(pause, world, DEPLOYMENT=EDIT)
    pasted(resume, world, DEPLOYMENT=EDIT)
    # A moved clock is only as exact as `Date`: at first it may still be early.
    later(world)
    [resumed] = pasted(resume, world, DEPLOYMENT=EDIT)

    found = state(ready, EDIT)
    assert (found["state"], found["reason"]) == ("open", "upstream_unauthorized")
    assert (paused["name"], paused["state"]) == (EDIT, "paused")
    assert (resumed["name"], resumed["state"]) == (EDIT, "halfOpen")
    until(lambda: made_or_moved(world, request_id), "it is made after all")
    assert asked(world, request_id) == [(EDIT, "401"), (EDIT, "completed")]
    later(world)
    [after] = pasted(again, world)
    assert state(after, EDIT)["state"] == "closed"


def made_or_moved(world: World, request_id: str) -> bool:
    if world.client.resource(request_id)["status"] == DONE:
        return True
    world.move_on(request_id)
    return False


def test_poison_messages(world: World) -> None:
    """Looked at, put back by their code, looked at again: each is one request."""
    look, put_back, check = blocks("poison-messages")
    key = str(uuid.uuid4())
    order = marks.order(idempotencyKey=key, caller="local-admin")
    message_id = world.store.send(f"{QUEUE}-poison", json.dumps(order))

    def letter(answers: list[Any]) -> dict[str, Any] | None:
        return next((one for one in answers[0]["items"] if one["messageId"] == message_id), None)

    found = until(lambda: letter(pasted(look, world)), "its record is there")
    [told] = pasted(put_back, world, CODE=found["code"])

    assert (found["code"], found["redrivenAt"]) == ("poisoned", None)
    assert told["redriven"] >= 1 and told["left"] == 0
    request_id = found_by(world.client, key)["id"]
    world.client.reached(request_id, DONE)
    checked = pasted(check, world, CODE=found["code"])
    assert (letter(checked) or {})["redrivenAt"] is not None
    assert [one["id"] for one in checked[1]["items"]].count(request_id) == 1


def test_policy(world: World) -> None:
    """What holds, and what the example would have said to a request of today."""
    look, replay = blocks("policy")
    request_id = world.client.submitted(marks.order(altText=None))

    held, ready = pasted(look, world)
    [told] = pasted(replay, world, POLICY=str(ROOT / "docs" / "policy.example.json"))

    assert (held["version"], held["state"]) == ("built-in", "current")
    assert ready["policy"]["source"] == "builtIn"
    [found] = [one for one in told["items"] if one["id"] == request_id]
    assert (found["then"], found["rules"]) == ("warn", ["alt-text"])
    assert found["before"]["version"] == "built-in"


def test_forget(world: World) -> None:
    """Looked at, erased by name and by id, and the receipt is there."""
    look, by_person, by_id, receipt = blocks("forget")
    person = f"runbook-{uuid.uuid4()}@contoso.example"
    request_id = world.client.submitted(marks.order(requestedBy=person))
    world.client.reached(request_id, DONE)

    listed, me = pasted(look, world)
    [asked_for] = pasted(by_person, world, PERSON=person)
    [of_request] = pasted(by_id, world, ID=world.client.submitted(marks.order()))

    def done(erasure: str) -> dict[str, Any] | None:
        [answer] = pasted(receipt, world, ID=erasure)
        return dict(answer) if answer["state"] == "done" else None

    found = until(lambda: done(asked_for["id"]), "the person is erased")
    assert request_id in [one["id"] for one in listed["items"]] and "erase" in me["roles"]
    assert found["receipt"]["requests"] == 1
    assert until(lambda: done(of_request["id"]), "the request is erased")["receipt"]["blobs"] >= 1


def test_nothing_is_done_to_nobody(world: World) -> None:
    """A command whose blank was not filled in says so, and asks for nothing."""
    _, pause, *_ = blocks("breaker-open")

    with pytest.raises(AssertionError, match="which one"):
        pasted(pause, world)
