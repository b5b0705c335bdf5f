"""Turns under pressure: nobody's is lost to a neighbour, and no two calls come too close."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

from shared.chain.router import Chosen, breakers_of, choose, elsewhere
from shared.chain.steps.intend import intend
from shared.domain.facts import Unknown
from shared.domain.pacing import LAPSE, Ask, Cell, Pace, Turn
from shared.domain.step import Intend, WaitUntil
from tests.fakes import START
from tests.unit.chain.test_router import busy, world_of
from tests.unit.histories import ACCEPTED, COST, ID, look, request_of, submitted

PACE = Pace.of(60)


def test_a_wide_call_does_not_fit_a_narrow_gap() -> None:
    """Two images that count as two do not go where there is room for one."""
    cell = Cell()
    for key in ("a", "b", "c", "d"):
        cell, _ = cell.ask(Ask(key), START, PACE)
    last = cell.turns["d"].start
    _, turn = cell.forget("b").ask(Ask("wide", width=2), START, PACE)

    assert isinstance(turn, Turn) and turn.start == last + PACE.interval


def test_who_goes_next_pushes_the_others() -> None:
    """A late worker's turn is one interval before everybody else's."""
    cell = Cell()
    for key in ("late", "b", "c"):
        cell, _ = cell.ask(Ask(key), START, PACE)
    now = START + LAPSE + timedelta(milliseconds=1)
    cell = cell.model_copy(
        update={
            "turns": dict(cell.turns)
            | {
                "b": cell.turns["b"].model_copy(update={"start": now}),
            }
        }
    )
    cell, _ = cell.ask(Ask("late"), now, PACE)
    starts = sorted(turn.start for turn in cell.turns.values())

    assert cell.turns["late"].start == starts[0]
    assert all(b - a >= PACE.interval for a, b in pairwise(starts))


def test_a_worker_that_overslept() -> None:
    """The next call keeps its distance from the call as it went, not as it was to go."""
    world = world_of(1, requests_per_minute=60)
    [deployment] = world.s.terms.deployments

    class Sleepy:
        def __getattr__(self, name: str) -> Any:
            return getattr(world.clock, name)

        def wait(self, seconds: float) -> None:
            world.clock.advance(max(seconds, 0) + 0.4)

    sleepy: Any = Sleepy()
    pacer = replace(world.s.pacer, clock=sleepy)
    pacer.ask(deployment, Ask("a"))
    assert pacer.depart(deployment, "a", "a.1")
    went = world.clock.now()
    pacer.ask(deployment, Ask("b"))

    assert pacer.look(deployment).turns["b"].start >= went + PACE.interval


def test_a_look_keeps_the_turn() -> None:
    """Looking again, with others waiting behind, does not send a request to the end."""
    world = world_of(1, requests_per_minute=6)
    [deployment] = world.s.terms.deployments
    ids = [submitted(world) for _ in range(4)]
    for one in ids:
        look(world.s, one)
    before = dict(world.s.pacer.look(deployment).turns)
    for one in ids[1:3]:
        look(world.s, one)

    assert len(before) == 3 and world.s.pacer.look(deployment).turns == before


def test_a_moment_does_not_outweigh_priority() -> None:
    """The first deployment is taken also when it can begin a second after another."""
    world = world_of(1, 2)
    busy(world, 0, 1.0)
    request = request_of(ACCEPTED)
    found = choose(request, 1, breakers_of(request, world.s), world.s)

    assert isinstance(found, Chosen) and found.deployment.name == "d0"


def test_no_blocked_deployment_is_elsewhere() -> None:
    """Where the only other one is blocked, the failure is one with nowhere else to go."""
    world = world_of(1, 2)
    request = request_of(ACCEPTED)
    assert elsewhere(request, "d0", world.s)
    world.s.breakers.pause("d1", "operator")

    assert not elsewhere(request, "d0", world.s)


def test_one_probe_at_a_time() -> None:
    """Of two requests that come when a breaker has opened for long enough, one is the probe."""
    world = world_of(1)
    failed = Unknown(attempt=1, code="upstream_failed", maybe_billed=COST)
    for number in range(5):
        world.s.breakers.report("d0", f"r{number}.1", f"r{number}", "flow", failed)
    world.clock.advance(61)
    breakers = world.s.breakers

    class Raced:
        """Another worker becomes the probe between this one's look and its asking."""

        def __getattr__(self, name: str) -> Any:
            return getattr(breakers, name)

        def take_probe(self, name: str, key: str) -> bool:
            breakers.take_probe(name, "other.1")
            return breakers.take_probe(name, key)

    world.s.__dict__["breakers"] = Raced()
    request = request_of(ACCEPTED)
    found = choose(request, 1, breakers_of(request, world.s), world.s)

    assert isinstance(found, WaitUntil) and found.at > world.clock.now()
    assert breakers.look("d0").standing(world.clock.now(), f"{ID}.1").kind == "blocked"


def test_each_breaker_is_read_once() -> None:
    """Whether a caller is held and which deployment is asked follow from the same look."""
    world = world_of(1, 2)
    journal = world.s.journals.load(submitted(world))
    read = []

    class Counting:
        def __getattr__(self, name: str) -> Any:
            return getattr(world.s.blobs, name)

        def read(self, container: str, name: str) -> Any:
            read.append(name)
            return world.s.blobs.read(container, name)

    blobs: Any = Counting()
    intend(Intend(1), journal, replace(world.s, blobs=blobs))

    assert sorted(name for name in read if name.startswith("breakers/")) == [
        *("breakers/d0.json", "breakers/d1.json")
    ]
