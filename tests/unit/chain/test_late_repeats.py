"""A sender that repeats its submit long after the request is over."""

from datetime import timedelta

from tests.crash.world import World

A_DAY_S = timedelta(days=1).total_seconds()


def test_a_repeat_does_not_bring_the_prompt_back() -> None:
    """The same key answers the same request; what was deleted by then stays deleted."""
    world = World()
    first = world.submit("k1")
    world.run_for(40 * A_DAY_S)
    assert world.store.names("content") == []

    second = world.submit("k1")
    world.run_for(A_DAY_S)

    assert second == first
    assert world.store.names("content") == []
    assert world.store.names("state", "due/") == []
