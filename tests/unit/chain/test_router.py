"""Turns and routes: who is asked, when, and what happens when that one fails."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from shared.chain.doors import cancel
from shared.chain.pacing import Pacer
from shared.chain.router import LONGEST_SLEEP, LOOK_AGAIN, place_of
from shared.domain import facts, names
from shared.domain.pacing import HOLD, LAPSE, Ask, Cell
from shared.domain.step import MAX_WAITING
from shared.domain.transitions import State
from shared.errors import Changed, ModelNotSent, ModelRefused, ModelThrottled, ModelUnknown
from tests.crash.world import CALLER, World
from tests.fakes import Plays, ScriptedModel
from tests.unit.histories import look, submitted

BUSY_S = 600.0


def world_of(*priorities: int, model: ScriptedModel | None = None, **fields: Any) -> World:
    """A world with a deployment for each priority, named `d0`, `d1` …"""
    world = World(model=model or ScriptedModel())
    [one] = world.s.terms.deployments
    deployments = tuple(
        replace(one, name=f"d{number}", priority=priority, **fields)
        for number, priority in enumerate(priorities)
    )
    world.s = replace(world.s, terms=replace(world.s.terms, deployments=deployments))
    return world


def asked(world: World) -> list[str]:
    return [call.deployment for call in world.model.calls]


def busy(world: World, number: int, seconds: float) -> None:
    """Nobody may go to this deployment for a while."""
    world.s.pacer.throttled(world.s.terms.deployments[number], seconds)


def test_priority_decides_among_those_who_can_begin() -> None:
    """The smallest number is asked first, whatever the order of the settings."""
    world = world_of(5, 1, 3)
    look(world.s, submitted(world))

    assert asked(world) == ["d1"]


def test_a_full_one_is_passed_over() -> None:
    """Who would have to wait for the first goes to the next."""
    world = world_of(1, 2)
    busy(world, 0, BUSY_S)
    look(world.s, submitted(world))

    assert asked(world) == ["d1"]


def test_where_everybody_waits_the_earliest_is_taken() -> None:
    """Then priority does not count."""
    world = world_of(1, 2)
    busy(world, 0, BUSY_S)
    busy(world, 1, BUSY_S / 2)
    request_id = submitted(world)
    world.run_for(BUSY_S)

    assert asked(world) == ["d1"]
    assert world.request(request_id).state is State.REVIEWING


def test_a_turn_is_given_up_for_an_earlier_one() -> None:
    """When another deployment becomes free first, no turn is kept at the old one."""
    world = world_of(1, 2)
    busy(world, 0, BUSY_S)
    busy(world, 1, BUSY_S * 2)
    request_id = submitted(world)
    look(world.s, request_id)
    assert request_id in world.s.pacer.look(world.s.terms.deployments[0]).turns
    busy(world, 0, BUSY_S * 3)
    look(world.s, request_id)

    first, second = (world.s.pacer.look(one).turns for one in world.s.terms.deployments)
    assert list(first) == [] and list(second) == [request_id]


def test_waiting_is_recorded_once() -> None:
    """A request that has to wait is queued, and looks that change nothing add nothing."""
    world = world_of(1)
    busy(world, 0, BUSY_S)
    request_id = submitted(world)
    for _ in range(3):
        look(world.s, request_id)

    request = world.request(request_id)
    assert (request.state, request.seq) == (State.QUEUED, 2)


def test_calls_go_at_the_pace_of_the_quota() -> None:
    """Twelve requests at once go evenly spaced, each woken shortly before its turn."""
    world = world_of(1, requests_per_minute=6)
    for _ in range(12):
        submitted(world)
    world.run_for(300)

    times = sorted(world.called_at.values())
    gaps = {(b - a).total_seconds() for a, b in pairwise(times)}
    assert len(times) == 12 and gaps == {10.2}


def test_nobody_sleeps_on_the_meter() -> None:
    """No look waits longer in place than for the last moments before its turn."""
    world = world_of(1, requests_per_minute=6)
    waited: list[float] = []

    class Watched:
        def __getattr__(self, name: str) -> Any:
            return getattr(world.clock, name)

        def wait(self, seconds: float) -> None:
            waited.append(seconds)
            world.clock.wait(seconds)

    clock: Any = Watched()
    world.s = replace(world.s, clock=clock)
    for _ in range(5):
        submitted(world)
    world.run_for(120)

    assert len(world.model.calls) == 5
    assert max(waited) <= HOLD.total_seconds()


def test_what_bought_nothing_is_tried_elsewhere_at_once() -> None:
    """A deployment that cannot be reached costs no time where another one is."""
    world = world_of(1, 2, model=ScriptedModel(Plays(error=ModelNotSent())))
    request_id = submitted(world)
    begun = world.clock.now()
    look(world.s, request_id)

    assert asked(world) == ["d0", "d1"]
    assert world.clock.now() - begun < timedelta(seconds=1)
    first = world.request(request_id).attempts[0].outcome
    assert isinstance(first, facts.NotSent) and first.elsewhere


def test_a_full_quota_is_no_failure() -> None:
    """After a 429 the other deployment is asked, and the full one left alone until its time."""
    world = world_of(1, 2, model=ScriptedModel(Plays(error=ModelThrottled(retry_after_s=86_400))))
    submitted(world)
    world.run_for(10)
    submitted(world)
    world.run_for(10)

    assert asked(world) == ["d0", "d1", "d1"]


def test_everyone_failing_is_tried_in_turn_and_then_given_up() -> None:
    """Each round asks everyone once, the pauses grow, and in the end an operator is asked."""
    world = world_of(1, 2, model=ScriptedModel(otherwise=Plays(error=ModelNotSent())))
    request_id = submitted(world)
    world.run_for(3600)

    request = world.request(request_id)
    assert request.attention is not None and request.attention.code == "model_unavailable"
    assert asked(world) == ["d0", "d1"] * 8


@pytest.mark.parametrize("error", [ModelRefused(), ModelUnknown()])
def test_what_may_have_been_bought_goes_nowhere_else(error: Any) -> None:
    """A blocked prompt reaches exactly one deployment, and so does a call that broke off."""
    world = world_of(1, 2, model=ScriptedModel(Plays(error=error)))
    submitted(world)
    world.run_for(3600)

    assert asked(world) == ["d0"]


def test_a_closed_lane_is_no_loop() -> None:
    """A service that says a day is asked once, and again after that day."""
    throttled = Plays(error=ModelThrottled(retry_after_s=86_400))
    world = world_of(1, model=ScriptedModel(throttled))
    request_id = submitted(world)
    world.run_for(86_000)
    assert len(world.model.calls) == 1
    world.run_for(1000)

    assert len(world.model.calls) == 2
    assert world.request(request_id).state is State.REVIEWING


def test_waiting_ends() -> None:
    """Who waited for two days is shown to an operator, who may let it wait on."""
    world = world_of(1)
    request_id = submitted(world)
    for _ in range(5):
        busy(world, 0, MAX_WAITING.total_seconds())
        world.run_for(MAX_WAITING.total_seconds() / 2)

    attention = world.request(request_id).attention
    assert attention is not None and attention.code == "model_unavailable"
    assert world.model.calls == []


def test_others_go_on_soon_after_a_probe() -> None:
    """While one call finds out whether a deployment works again, nobody waits for its lease."""
    locked_out = ModelNotSent(code="upstream_unauthorized")
    world = world_of(1, model=ScriptedModel(Plays(error=locked_out)))
    look(world.s, submitted(world))
    seen: list[tuple[str, datetime]] = []

    def meanwhile() -> None:
        other = submitted(world)
        look(world.s, other)
        assert world.request(other).state is State.QUEUED
        seen.append((other, world.clock.now()))

    world.during_call = meanwhile
    world.run_for(300)

    [(other, probed_at)] = seen
    assert world.request(other).state is State.REVIEWING
    assert world.called_at[f"{other}-1"] - probed_at <= LOOK_AGAIN + HOLD


def test_place() -> None:
    """Who waits knows its place and its time, and what it knew comes true."""
    world = world_of(1, requests_per_minute=6)
    ids = [submitted(world) for _ in range(4)]
    world.run_for(1)
    places = [place_of(world.request(one), world.s) for one in ids]
    world.run_for(60)

    assert places[0] is None
    assert [place and place.position for place in places[1:]] == [1, 2, 3]
    for one, place in zip(ids[1:], places[1:], strict=True):
        assert place is not None
        late = world.called_at[f"{one}-1"] - place.start
        assert timedelta(0) <= late < timedelta(seconds=10)


def test_who_waits_for_a_block_is_not_asleep_for_all_of_it() -> None:
    """An operator ends it, long before its hour is over: the request goes on soon after."""
    world = world_of(1, model=ScriptedModel(Plays(error=ModelNotSent(code="upstream_blocked"))))
    request_id = submitted(world)
    world.run_for(60)
    until = world.s.breakers.look("d0").until
    assert until is not None

    world.s.breakers.resume("d0", "operator")
    world.run_for(LONGEST_SLEEP.total_seconds())

    assert world.request(request_id).state is State.REVIEWING
    assert world.called_at[f"{request_id}-2"] < until - timedelta(minutes=30)


def test_a_cancelled_request_gives_its_turn_back() -> None:
    """Nobody waits behind somebody who is gone."""
    world = world_of(1, requests_per_minute=6)
    ids = [submitted(world) for _ in range(3)]
    world.run_for(1)
    cancel(ids[1], CALLER, world.s)

    place = place_of(world.request(ids[2]), world.s)
    assert place is not None and place.position == 1


def test_calls_under_way_are_counted() -> None:
    """While a call is under way its cell says so, and not after it."""
    world = world_of(1)
    seen: list[int] = []
    deployment = world.s.terms.deployments[0]
    world.during_call = lambda: seen.append(world.s.pacer.view(deployment).open_calls)
    look(world.s, submitted(world))

    assert seen == [1]
    assert world.s.pacer.view(deployment).open_calls == 0


def test_two_processes_at_one_cell() -> None:
    """Who loses the race for the cell asks again, and both get turns of their own."""
    world = world_of(1)
    [deployment] = world.s.terms.deployments
    other = Pacer(world.s.blobs, world.clock, world.s.entropy)

    class Contested:
        """Just before each write the other process writes, the first three times."""

        left = 3

        def __getattr__(self, name: str) -> Any:
            return getattr(world.s.blobs, name)

        def put(self, *args: Any, **kwargs: Any) -> str:
            if self.left:
                self.left -= 1
                other.ask(deployment, Ask(f"other{self.left}"))
            return world.s.blobs.put(*args, **kwargs)

    blobs: Any = Contested()
    Pacer(blobs, world.clock, world.s.entropy).ask(deployment, Ask("mine"))

    assert len(other.look(deployment).turns) == 4


def test_a_cell_that_nobody_can_read() -> None:
    """It holds nothing but the pace, so work goes on."""
    world = world_of(1)
    world.s.blobs.put(names.STATE, names.limit_of("d0"), b"not a cell")
    request_id = submitted(world)
    look(world.s, request_id)

    assert world.request(request_id).state is State.REVIEWING


def test_a_lapsed_turn_is_asked_for_again() -> None:
    """A worker that comes too late for its turn gets another one."""
    world = world_of(1, requests_per_minute=6)
    ids = [submitted(world) for _ in range(2)]
    for one in ids:
        look(world.s, one)
    deployment = world.s.terms.deployments[0]
    start = world.s.pacer.look(deployment).turns[ids[1]].start
    world.clock.advance((start + LAPSE - world.clock.now()).total_seconds() + 1)
    look(world.s, ids[1])

    assert asked(world) == ["d0", "d0"]
    assert isinstance(world.s.pacer.look(deployment), Cell)


def test_the_cell_is_changed_by_condition_only() -> None:
    """Every write names the version that was read."""
    world = world_of(1)
    [deployment] = world.s.terms.deployments
    world.s.pacer.ask(deployment, Ask("a"))

    with pytest.raises(Changed):
        world.s.blobs.put(names.STATE, names.limit_of("d0"), b"{}", if_match='"0x0"')


def test_a_turn_outlives_a_call_that_lost_it() -> None:
    """A worker frozen past its turn gives the request no later place: it goes next."""
    world = world_of(1, requests_per_minute=6)
    ids = [submitted(world) for _ in range(8)]
    for one in ids:
        look(world.s, one)
    [deployment] = world.s.terms.deployments
    turns = world.s.pacer.look(deployment).turns
    world.clock.advance((turns[ids[2]].start + LAPSE - world.clock.now()).total_seconds() + 1)
    look(world.s, ids[1])

    attempts = world.request(ids[1]).attempts
    assert len(attempts) == 1 and attempts[0].completed


def test_a_breaker_of_a_newer_version() -> None:
    """A deployment that only newer workers understand is left to them; the others are asked."""
    world = world_of(1, 2)
    world.s.blobs.put(names.STATE, names.breaker_of("d0"), b'{"v": 2}')
    look(world.s, submitted(world))

    assert asked(world) == ["d1"]
