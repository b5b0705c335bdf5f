"""Pausing and resuming deployments, and what the health says of them."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.breaker import RESOURCE_BLOCKED
from shared.domain.facts import NotSent, Refused
from shared.domain.names import STATE, breaker_of
from shared.domain.pacing import PaceView
from tests.fakes import START
from tests.unit.web.world import FLOW, OPERATOR, READER, World

NAME = "img-test"
CLOSED = {
    "name": NAME,
    "model": "gpt-image-2",
    "state": "closed",
    "reason": None,
    "until": None,
    "pausedBy": None,
    "pausedAt": None,
    "openCalls": 0,
    "closedUntil": None,
    "waiting": 0,
}


def blocked(world: World) -> None:
    """By the resource, after a refusal of the caller `flow`."""
    refusal = Refused(attempt=1, code="content_filtered")
    world.s.breakers.report(NAME, "r1.1", "r1", "flow", refusal)
    outcome = NotSent(attempt=1, code=RESOURCE_BLOCKED, not_before=START)
    world.s.breakers.report(NAME, "r2.1", "r2", "other", outcome)


def operate(world: World, name: str, **query: str) -> dict[str, Any]:
    answer = world.http(name, key=OPERATOR, name=NAME, query=query)
    assert answer.status == 200
    return answer.json


def health(world: World, key: str | None = OPERATOR) -> dict[str, Any]:
    answer = world.http("health_ready", key=key)
    assert answer.status == 200
    return answer.json


def test_pause_and_resume() -> None:
    """Each answers how the deployment is now, and a repeat answers the same."""
    world = World()

    paused = [operate(world, "pause_deployment") for _ in range(2)]
    resumed = [operate(world, "resume_deployment") for _ in range(2)]

    at = "2026-11-20T12:00:00.000Z"
    assert paused == [{**CLOSED, "state": "paused", "pausedBy": "operator", "pausedAt": at}] * 2
    assert resumed == [CLOSED] * 2


@pytest.mark.parametrize("name", ["pause_deployment", "resume_deployment"])
def test_unknown_deployment(name: str) -> None:
    """A name of no deployment is not there, and nothing is written."""
    world = World()

    answer = world.http(name, key=OPERATOR, name="img-tset")

    assert (answer.status, answer.code) == (404, "not_found")
    assert world.untouched


def test_resume_of_a_block() -> None:
    """An operator lets a blocked deployment be tried at once; callers stay held until released."""
    world = World()
    blocked(world)
    now = world.clock.now()

    tried = operate(world, "resume_deployment")
    held = world.s.breakers.look(NAME).held("flow", now)
    operate(world, "resume_deployment", release="1")

    assert (tried["state"], tried["reason"]) == ("halfOpen", RESOURCE_BLOCKED)
    assert (held, world.s.breakers.look(NAME).held("flow", now)) == (True, False)


def test_release_is_one_or_nothing() -> None:
    """Anything else is a fault, and nothing is resumed."""
    world = World()

    answer = world.http("resume_deployment", key=OPERATOR, name=NAME, query={"release": "yes"})

    assert (answer.status, answer.pointers) == (400, {"#/query/release"})
    assert world.untouched


@pytest.mark.parametrize("change", ["pause", "block"])
def test_degraded(change: str) -> None:
    """With a deployment that may not be called the app is degraded, for everybody to see."""
    world = World()
    if change == "pause":
        operate(world, "pause_deployment")
    else:
        blocked(world)

    anybody, caller = health(world, key=None), health(world, key=READER)

    assert anybody == {**anybody, "status": "degraded", "version": None, "deployments": None}
    assert caller["status"] == "degraded"
    assert caller["deployments"][0]["state"] == ("paused" if change == "pause" else "open")


def test_detail() -> None:
    """Who has a key sees each deployment, with the reason and the end of a block."""
    world = World()
    well = health(world, key=FLOW)
    blocked(world)
    world.clock.advance(10)
    ill = health(world, key=FLOW)

    until = "2026-11-20T13:00:00.000Z"
    assert well["deployments"] == [CLOSED]
    assert ill["deployments"] == [
        {**CLOSED, "state": "open", "reason": RESOURCE_BLOCKED, "until": until}
    ]


def test_health_is_kept_for_ten_seconds() -> None:
    """Breakers are asked as seldom as storage is."""
    world = World()
    before = health(world)
    blocked(world)

    assert health(world) == before


def test_half_open_is_still_degraded() -> None:
    """Nobody knows yet whether it works."""
    world = World()
    blocked(world)
    world.clock.advance(3600)

    found = health(world)

    assert (found["status"], found["deployments"][0]["state"]) == ("degraded", "halfOpen")


def test_pace_is_shown() -> None:
    """What pacing knows goes beside what the breaker knows."""
    world = World()
    (deployment,) = world.terms.deployments
    world.s.pacer.throttled(deployment, 30)

    found = health(world)

    shown = {**CLOSED, "closedUntil": "2026-11-20T12:00:30.000Z"}
    assert (found["status"], found["deployments"]) == ("ready", [shown])


def test_calls_and_waiting_requests_are_counted() -> None:
    """As pacing counts them."""
    world = World()
    conditions = replace(world.s.conditions, pace_of=lambda deployment: PaceView(2, None, 7))

    found = conditions.of(NAME)

    assert (found.open_calls, found.waiting) == (2, 7)


def test_one_that_a_newer_version_wrote() -> None:
    """It cannot be called from here, so the app is degraded, not broken."""
    world = World()
    world.s.blobs.put(STATE, breaker_of(NAME), b'{"v":2}')

    found = health(world)

    assert found["status"] == "degraded"
    assert found["deployments"] == [{**CLOSED, "state": "open", "reason": "unreadable"}]
