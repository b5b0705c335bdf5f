"""
SIGKILL of the host between any two appends of a request: it ends well, and is paid for once.

Messages that the dead host had leased stay hidden for ten real minutes, so it is the due
entries that carry the request on. Time is moved to them.
"""

import uuid
from typing import Any

import pytest

from dev.http_client import Unreachable
from shared.chain.audit import verify
from tests.e2e import marks
from tests.e2e.story import NEEDS_ATTENTION, Story
from tests.e2e.waiting import until
from tests.e2e.world import World

# One append each, in order.
PLAIN_LIFE = (
    *("request.accepted", "content.screened", "generation.intended", "generation.completed"),
    *("approval.opened", "approval.decided", "release.started", "request.approved"),
)
TOLD = (
    *("darkroom.request.accepted", "darkroom.images.generated", "darkroom.approval.requested"),
    "darkroom.request.approved",
)


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("fact", PLAIN_LIFE)
def test_killed_between_two_appends(world: World, fact: str, before: bool) -> None:
    """The caller repeats, the reviewer repeats, time passes: approved, and one paid call."""
    story = Story(world, key=str(uuid.uuid4()))
    place = PLAIN_LIFE.index(fact)
    world.trap.arm(place + 1, before=before, hook=world.host.kill)

    end = story.lived()

    assert story.at_death == list(PLAIN_LIFE[: place if before else place + 1])
    assert end["status"] == "approved"
    assert [call["billed"] for call in world.simulator.calls(end["id"])] == [True]
    pack = world.client.evidence(end["id"])
    assert verify(pack) == []
    # Died between intent and call: nobody can know that it was not made, so a person is asked.
    asked = (fact, before) == ("generation.intended", False)
    assert story.attentions == asked
    types = [event.type for event in story.events()]
    assert [one for one in types if one != NEEDS_ATTENTION] == list(TOLD)
    assert types.count(NEEDS_ATTENTION) == asked


def test_killed_during_the_paid_call(world: World) -> None:
    """What was paid for is not known, an operator is asked, and nothing is paid for again."""
    world.simulator.order({"kind": "slow", "seconds": 1.5})
    story = Story(world, key=str(uuid.uuid4()), on_attention="abandon")
    request_id = story.id = story.submit()
    until(lambda: world.simulator.calls(request_id), "the call has begun")
    world.host.kill()

    end = story.lived()

    assert (end["status"], end["error"]["code"]) == ("failed", "outcome_unknown")
    assert story.attentions == 1
    assert len(world.simulator.calls(request_id)) == 1
    assert verify(world.client.evidence(request_id)) == []
    assert end["cost"]["maybeBilledAmount"] > 0


def test_killed_under_load(world: World) -> None:
    """Four requests at once and two deaths among their writes: all end well, none in secret."""
    stories = [Story(world, key=str(uuid.uuid4())) for _ in range(4)]
    begun_with, springs = world.host.starts, world.trap.springs

    def kill_once_more() -> None:
        world.host.kill()
        world.trap.arm(7, before=False, hook=world.host.kill)

    def turn() -> list[dict[str, Any]] | None:
        ends = [story.turn() for story in stories]
        return [end for end in ends if end] if all(ends) else None

    world.trap.arm(9, before=True, hook=kill_once_more)
    ends = until(turn, "all requests are final", timeout_s=60.0)

    assert (world.trap.springs - springs, world.host.starts - begun_with) == (2, 2)
    for story, end in zip(stories, ends, strict=True):
        assert end["status"] == "approved"
        assert 1 <= world.simulator.billed(end["id"]) <= 1 + story.attentions
        assert verify(world.client.evidence(end["id"])) == []


def test_killed_host_answers_nobody(world: World) -> None:
    """The proxy's kill is a real one: the caller sees a broken connection, not an answer."""
    world.trap.arm(1, before=True, hook=world.host.kill)

    with pytest.raises(Unreachable):
        world.client.submit(marks.order())

    until(lambda: world.host.dead, "the host is gone")
