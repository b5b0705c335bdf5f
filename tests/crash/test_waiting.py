"""A request that waits for a deployment to be taken up again costs one look a minute, not more."""

from collections.abc import Callable
from typing import Any

from shared.domain import names
from shared.domain.transitions import State
from tests.crash.world import World

PAUSED_MINUTES = 45
# What else it takes: to be accepted, and to see that it has to wait.
BEGINNING = 6


class Unhurried(World):
    """Invocations begin a few milliseconds apart, as they do; each is counted."""

    invocations = 0

    def invoke(self, work: Callable[[], Any]) -> Any:
        self.invocations += 1
        self.clock.advance(0.007)
        return super().invoke(work)


def entries(world: World) -> int:
    return len(world.store.names(names.STATE, "due/"))


def paused() -> tuple[Unhurried, str]:
    world = Unhurried()
    world.s.breakers.pause("img", "operator")
    return world, world.submit(callbackEvents=["final"])


def test_a_long_pause() -> None:
    """Each minute has a sweep and one look, however long the pause lasts; then it goes on."""
    world, request_id = paused()
    world.run_for(PAUSED_MINUTES * 60)

    assert world.request(request_id).state is State.QUEUED
    assert world.invocations <= 2 * PAUSED_MINUTES + BEGINNING
    assert entries(world) == 1
    world.s.breakers.resume("img", "operator")
    world.run_for(180)
    assert world.request(request_id).state is State.REVIEWING


def test_looks_that_came_twice() -> None:
    """A nudge that the queue hands over again makes a second look; the two go on as one."""
    world, request_id = paused()
    world.run_for(300)
    [message] = world.queue.messages[names.STEP_QUEUE]
    world.queue.send(names.STEP_QUEUE, message.text, 70)
    world.run_for(300)

    before = world.invocations
    world.run_for(600)
    assert entries(world) == 1
    assert world.invocations - before <= 2 * 10 + 2
    assert world.request(request_id).state is State.QUEUED


def test_every_nudge_is_lost() -> None:
    """The sweep takes an entry up whose nudge did not come within a minute."""
    world, request_id = paused()
    world.run_for(300)
    world.s.breakers.resume("img", "operator")
    world.queue.messages[names.STEP_QUEUE].clear()
    world.run_for(300)

    assert world.request(request_id).state is State.REVIEWING
