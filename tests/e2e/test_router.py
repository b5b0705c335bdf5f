"""
Which deployment is asked when one of them fails, is blocked, paused or has its quota used up.

In the world whose time can be moved: breakers stay open for up to a day.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest

from dev.deployments import DEPLOYMENT, EDIT, SPARE
from shared.chain.audit import verify
from shared.chain.sweep import NUDGE_LATE
from tests.e2e import marks
from tests.e2e.waiting import until
from tests.e2e.world import JUDGE_KEY, MAKER_KEY, PAST_DUE, World

DONE = "awaitingApproval"
# The app goes on telling for 10 s what it last saw of itself.
NO_LONGER_KEPT = timedelta(seconds=12)
CODES = {
    "401": "upstream_unauthorized",
    "403": "upstream_blocked",
    "404": "deployment_missing",
}


@pytest.fixture(autouse=True)
def all_may_be_called(world: World) -> None:
    """As far as an operator can see to it: what is open already may be probed."""
    world.simulator.forget_faults()
    for name in (DEPLOYMENT, SPARE, EDIT):
        world.free(name)


def asked(world: World, request_id: str) -> list[tuple[str, str]]:
    """Where the request's calls went, and what the model's side says of each."""
    return [(row["deployment"], row["outcome"]) for row in world.simulator.calls(request_id)]


def made(world: World, **fields: Any) -> str:
    """A request whose image was made without any wait."""
    request_id = world.client.submitted(marks.order(**fields))
    world.client.reached(request_id, DONE)
    return request_id


def state_of(world: World, deployment: str) -> dict[str, Any]:
    """As the readiness page has it when it looks anew."""
    world.move_to(world.time.now() + NO_LONGER_KEPT)
    status, conditions = world.client.conditions()
    all_closed = all(one["state"] == "closed" for one in conditions.values())
    assert status == ("ready" if all_closed else "degraded")
    return conditions[deployment]


@pytest.mark.parametrize("kind", CODES)
def test_asked_elsewhere_at_once(world: World, kind: str) -> None:
    """What bought nothing goes to the spare; the next request goes there first; then back."""
    world.simulator.order({"kind": kind, "deployment": DEPLOYMENT})

    first = made(world)
    second = made(world)

    assert asked(world, first) == [(DEPLOYMENT, kind), (SPARE, "completed")]
    assert asked(world, second) == [(SPARE, "completed")]
    [failed] = [fact for fact in world.client.facts(first) if fact["type"] == "generation.not_sent"]
    assert (failed["data"]["code"], failed["data"]["elsewhere"]) == (CODES[kind], True)
    resource = world.client.resource(first)
    assert (resource["error"], resource["attention"]) == (None, None)
    assert resource["options"]["deployment"] == SPARE
    open_ = state_of(world, DEPLOYMENT)
    assert (open_["state"], open_["reason"]) == ("open", CODES[kind])

    assert world.free(DEPLOYMENT) == "halfOpen"
    assert asked(world, made(world)) == [(DEPLOYMENT, "completed")]
    assert state_of(world, DEPLOYMENT)["state"] == "closed"
    assert verify(world.client.evidence(first)) == []


@pytest.mark.parametrize("kind", CODES)
def test_nowhere_else_to_go(world: World, kind: str) -> None:
    """The one deployment of a model: it is waited for, probed when its time has come, paid once."""
    world.simulator.order({"kind": kind, "deployment": EDIT})
    request_id = world.client.submitted(marks.order(model="gpt-image-1.5"))
    world.client.reached(request_id, "queued")
    until(lambda: asked(world, request_id) == [(EDIT, kind)], "the call was refused")

    def looked_again() -> bool:
        if world.client.resource(request_id)["status"] == DONE:
            return True
        world.move_on(request_id)
        return False

    until(looked_again, "it is made after all")

    assert asked(world, request_id) == [(EDIT, kind), (EDIT, "completed")]
    codes = [fact["data"].get("code") for fact in world.client.facts(request_id)]
    assert codes.count(CODES[kind]) == 1
    assert world.simulator.billed(request_id) == 1
    assert state_of(world, EDIT)["state"] == "closed"


def test_who_was_refused_before_a_block(world: World) -> None:
    """A block after a caller's refused prompt: a person sees that caller's next request first."""
    maker = world.client.by(MAKER_KEY)
    world.simulator.order({"kind": "400"}, {"kind": "403", "deployment": DEPLOYMENT})
    refused = maker.submitted(marks.order())
    assert maker.reached(refused, "failed")["error"]["code"] == "content_filtered"
    innocent = made(world)
    assert asked(world, innocent) == [(DEPLOYMENT, "403"), (SPARE, "completed")]

    held = maker.reached(maker.submitted(marks.order()), "needsAttention")

    assert held["attention"]["code"] == "resource_blocked"
    assert asked(world, held["id"]) == []
    assert asked(world, made(world)) == [(SPARE, "completed")]
    world.client.resume(held["id"], "retry", held["attention"]["seq"])
    maker.reached(held["id"], DONE)
    assert asked(world, held["id"]) == [(SPARE, "completed")]
    world.free(DEPLOYMENT)
    assert asked(world, made(world)) == [(DEPLOYMENT, "completed")]


def test_blocked_prompt_meets_one_deployment(world: World) -> None:
    """The filter's no is final: another deployment is free, and each try would be a strike."""
    request_id = world.client.submitted(marks.order(prompt=f"{marks.PROMPT} blocked-prompt"))

    end = world.client.reached(request_id, "failed")

    assert end["error"]["code"] == "content_filtered"
    assert asked(world, request_id) == [(DEPLOYMENT, "filtered")]
    assert world.client.go_on(SPARE)["state"] == "closed"


def test_paused_and_taken_up_again(world: World) -> None:
    """With both paused a request waits, however often it looks; after `resume` it is made."""
    states = [world.client.pause(name)["state"] for name in (DEPLOYMENT, SPARE)]
    request_id = world.client.submitted(marks.order())
    world.client.reached(request_id, "queued")

    at = world.move_on(request_id)
    until(lambda: waits_later(world, request_id, at), "it looked, and waits again")

    assert states == ["paused", "paused"]
    assert world.client.resource(request_id)["status"] == "queued"
    assert asked(world, request_id) == []
    for name in (DEPLOYMENT, SPARE):
        assert world.client.go_on(name)["state"] == "closed"
    world.move_on(request_id)
    world.client.reached(request_id, DONE)
    assert asked(world, request_id) == [(DEPLOYMENT, "completed")]


def waits_later(world: World, request_id: str, than: datetime) -> bool:
    """Whether a look at the request has put its next one; the sweep's own entry is none."""
    entries = world.due(request_id)
    return bool(entries) and all(one.at > than and not one.moved for one in entries)


def test_place_in_the_queue(world: World) -> None:
    """Who waits for a used-up quota sees its place and time, and nothing that is secret."""
    world.simulator.order(
        {"kind": "429", "retryAfterS": 30, "deployment": DEPLOYMENT},
        {"kind": "429", "retryAfterS": 30, "deployment": SPARE},
    )
    first = world.client.submitted(marks.order())
    refused = [(DEPLOYMENT, "429"), (SPARE, "429")]
    until(lambda: asked(world, first) == refused, "both quotas are used up")
    waiting(world, first)
    ids = [first, *(world.client.submitted(marks.order()) for _ in range(3))]
    shown = [waiting(world, request_id) for request_id in ids]

    places = [one["progress"]["queuePosition"] for one in shown]
    assert min(places) == 1
    # Four with two deployments: somebody is not the first.
    assert max(places) > 1
    starts = [datetime.fromisoformat(one["progress"]["expectedStartAt"]) for one in shown]
    assert max(starts) - world.time.now() < timedelta(seconds=40)
    assert not any(world.keys.simulator in str(one) for one in shown)

    # Their nudges keep to the real clock, so it is the sweep that finds them.
    world.move_to(max(starts) + NUDGE_LATE + PAST_DUE)
    for request_id in ids:
        world.client.run_sweep(world.keys.master)
        world.client.reached(request_id, DONE)
    outcomes = [outcome for one in ids for _, outcome in asked(world, one)]
    assert outcomes.count("429") == 2
    assert outcomes.count("completed") == 4


def waiting(world: World, request_id: str) -> dict[str, Any]:
    """The resource once it says when its turn is."""

    def look() -> dict[str, Any] | None:
        found = world.client.resource(request_id)
        return found if found["progress"]["queuePosition"] else None

    return until(look, f"{request_id} has a place")


def test_operators_alone_pause(world: World) -> None:
    """Nobody else learns whether a deployment of that name is there."""
    for name in (DEPLOYMENT, "img-none"):
        answer = world.client.by(JUDGE_KEY).switch(name, "pause")
        assert (answer.status, answer.json()["code"]) == (403, "forbidden")
    assert world.client.switch("img-none", "pause").status == 404
