"""Places for open requests: never more than there are, and none taken for ever."""

from dataclasses import replace
from typing import Any

import pytest

from shared.chain.accept import accept
from shared.chain.doors import cancel
from shared.chain.open_requests import STALE_AFTER
from shared.chain.order import order_of
from shared.chain.request_keys import Origin
from shared.domain import names
from shared.domain.submission import SubmitBody
from shared.errors import StorageError, TooManyOpenRequests
from tests.crash.world import CALLER, World
from tests.unit.histories import ID, failing, look


def crowded(limit: int = 2) -> World:
    return World(caller=replace(CALLER, max_open_requests=limit))


def submit(world: World, key: str | None = None, s: Any = None) -> str:
    order = order_of({"prompt": "a"}, SubmitBody, world.caller, Origin(key=key), world.s)
    return accept(order, s or world.s).id


def places(world: World) -> list[str]:
    folder = f"{names.OPEN}marketing/"
    return [name.removeprefix(folder) for name in world.store.names(names.STATE, folder)]


def test_no_more_than_there_are_places() -> None:
    """The next one is refused and takes no place; a repeat of an accepted one is answered."""
    world = crowded()
    first, second = submit(world, key="a"), submit(world, key="b")
    for _ in range(2):
        with pytest.raises(TooManyOpenRequests) as caught:
            submit(world, key="c")

    assert caught.value.retry_after_s == 30
    assert places(world) == sorted([first, second])
    assert submit(world, key="a") == first


def test_the_end_of_a_request_gives_its_place_back() -> None:
    """And whoever was refused gets it with the same key."""
    world = crowded(1)
    first = submit(world)
    with pytest.raises(TooManyOpenRequests):
        submit(world, key="b")
    cancel(first, CALLER, world.s)
    look(world.s, first, since=1)

    assert places(world) == []
    assert places(world) == [] and submit(world, key="b") in places(world)


def test_callers_without_a_limit_have_no_markers() -> None:
    """Nothing is counted that nobody limits."""
    world = World()
    submit(world)

    assert world.store.names(names.STATE, names.OPEN) == []


class Second:
    """Blobs of a door that stands still before its call number `at`; the other goes on."""

    def __init__(self, world: World, at: int) -> None:
        self._world, self._blobs, self._left = world, world.s.blobs, at
        self.other: str | None = None

    def __getattr__(self, method: str) -> Any:
        call = getattr(self._blobs, method)

        def watched(*args: Any, **kwargs: Any) -> Any:
            self._left -= 1
            if self._left == 0:
                self.other = attempt(self._world, None)
            return call(*args, **kwargs)

        return watched


def attempt(world: World, s: Any) -> str | None:
    try:
        return submit(world, s=s)
    except TooManyOpenRequests:
        return None


@pytest.mark.parametrize("at", range(1, 9))
def test_two_doors_at_the_last_place(at: int) -> None:
    """Wherever one of them stands still, both may be refused but never both let in."""
    world = crowded()
    submit(world)
    blobs: Any = Second(world, at)
    accepted = [attempt(world, replace(world.s, blobs=blobs)), blobs.other]

    assert accepted.count(None) >= 1
    assert places(world) == sorted(
        name for name in world.store.names(names.REQUESTS) if world.request(name).accepted
    )


@pytest.mark.parametrize("at", range(1, 12))
def test_two_doors_and_one_stale_place(at: int) -> None:
    """A place that both of them find stale is given away once."""
    world = crowded(1)
    world.s.blobs.put(names.STATE, f"{names.OPEN}marketing/{ID}", b'{"at":"2026-01-01T00:00:00Z"}')
    blobs: Any = Second(world, at)
    accepted = [attempt(world, replace(world.s, blobs=blobs)), blobs.other]

    assert accepted.count(None) >= 1


def test_a_door_that_died() -> None:
    """Its place is kept for an hour, since its caller may repeat, and then given away."""
    world = crowded(1)
    dying = failing(world.s, "blobs.put", StorageError(), name=names.CONTENT)
    with pytest.raises(StorageError):
        submit(world, s=dying)
    world.clock.advance(STALE_AFTER.total_seconds())
    with pytest.raises(TooManyOpenRequests):
        submit(world)
    world.clock.advance(1)

    assert places(world)[:1] != [submit(world)]
    assert len(places(world)) == 1


def test_a_place_of_a_request_that_ended() -> None:
    """It is found when somebody needs it, even with a marker that nobody can read."""
    world = crowded(2)
    first, second = submit(world), submit(world)
    cancel(first, CALLER, world.s)
    unreadable = f"{names.OPEN}marketing/{ID}"
    world.s.blobs.put(names.STATE, unreadable, b"{")
    third = submit(world)

    assert places(world) == sorted([second, third])


def test_a_place_that_another_door_got_for_the_same_key() -> None:
    """Who counts too many, and finds its request accepted meanwhile, answers with it."""
    world = crowded(1)
    first = submit(world, key="a")
    world.store.blobs.pop((names.STATE, f"{names.OPEN}marketing/{first}"))
    submit(world, key="b")
    world.s.open_requests.enter(first, world.caller)

    assert first in places(world)
