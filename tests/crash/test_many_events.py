"""A thousand events to five sinks: one is dead for a while, and one leaves on the way."""

from collections import Counter
from datetime import timedelta
from typing import Any

from shared.domain import names
from shared.errors import SinkError
from tests.crash.world import World
from tests.unit.chain.receivers import always, receivers, service, subscribed, url_of, world_of
from tests.unit.histories import submitted

REQUESTS, EVENTS_EACH = 334, 3
GOOD = ("a", "b", "c")
# From the fact to its arrival: messages are handled at once, so what is left is a fraction.
SOON = timedelta(seconds=1)


def lives(world: World, leaving: str) -> dict[str, Any]:
    """Requests one after another; half-way `leaving` unsubscribes. The time of every event."""
    ids = []
    for number in range(REQUESTS):
        if number == REQUESTS // 2:
            service(world).remove(leaving)
            world.left_at = world.clock.now()
        ids.append(submitted(world, callbackUrl=...))
        world.run_for(2)
    journals = map(world.s.journals.load, ids)
    return {f"{one.id}-{event.seq}": event.at for one in journals for event in one.events}


def test_a_thousand_events() -> None:
    """
    Three hear of everything at once. The dead one keeps nobody waiting and hears of everything
    once it answers again; who has left hears of nothing more.
    """
    world = world_of(dead=always(SinkError()))
    ids = {name: subscribed(world, name).id for name in (*GOOD, "dead", "leaving")}
    told = lives(world, ids["leaving"])
    assert len(told) == REQUESTS * EVENTS_EACH >= 1000
    found = receivers(world)
    tries = len(found.to(url_of("dead")))
    assert len(world.store.names(names.STATE, names.PENDING)) == REQUESTS
    found.plans.clear()
    world.run_for(timedelta(hours=1).total_seconds())

    arrived = [
        (post.url, post.headers["ce-id"], at)
        for post, at in zip(found.posted, found.times, strict=True)
    ]
    for name in GOOD:
        mine = {event: at for url, event, at in arrived if url == url_of(name)}
        assert mine.keys() == told.keys()
        assert all(at - told[event] <= SOON for event, at in mine.items())
        assert len(found.to(url_of(name))) == len(told)
    late = Counter(post.headers["ce-id"] for post in found.to(url_of("dead"))[tries:])
    assert late == Counter(list(told))
    left = [at for url, _, at in arrived if url == url_of("leaving")]
    assert left and max(left) <= world.left_at
    assert world.store.names(names.STATE, names.PENDING) == []
