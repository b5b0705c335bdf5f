"""What a dry run says of turns and routes is what would happen, and changes none of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.chain.dry_run import dry_run
from shared.chain.order import order_of
from shared.chain.request_keys import Origin
from shared.domain import names
from shared.domain.breaker import Breaker
from shared.domain.dry_run_views import RoutingView
from shared.domain.facts import NotSent, Refused
from shared.domain.orchestrators import OrchestratorRates
from shared.domain.pacing import Ask
from shared.domain.submission import SubmitBody
from tests.crash.world import CALLER, World
from tests.fakes import START
from tests.unit.chain.test_router import asked, busy, world_of
from tests.unit.histories import look, submitted

BLOCKED = NotSent(attempt=1, code="upstream_blocked", not_before=START)
FORBIDDEN = NotSent(attempt=1, code="upstream_forbidden", not_before=START)
FILTERED = Refused(attempt=1, code="content_filtered")
# A worker is woken a little before its turn, and storage calls take no time here.
ON_TIME = timedelta(milliseconds=1)
CHOICES = ("free", "busy", "busier", "paused", "blocked", "halfOpen")


def routing(world: World, **fields: Any) -> RoutingView:
    order = order_of({"prompt": "a", **fields}, SubmitBody, world.caller, Origin(), world.s)
    return dry_run(order, world.s).routing


def shut(world: World, name: str, outcome: NotSent = BLOCKED) -> None:
    world.s.breakers.report(name, "r.1", "r", "somebody", outcome)


def put(world: World, name: str, state: str) -> None:
    """Bring a deployment into one of the states."""
    match state:
        case "busy":
            busy(world, int(name[1:]), 100)
        case "busier":
            busy(world, int(name[1:]), 200)
        case "paused":
            world.s.breakers.pause(name, "ops")
        case "blocked":
            shut(world, name)
        case "halfOpen":
            shut(world, name)
            world.s.breakers.resume(name, "ops")


def test_the_next_turn() -> None:
    """Where the call would go, as which in the line, and when."""
    world = world_of(1, 2)
    [first, second] = world.s.terms.deployments
    world.s.pacer.ask(first, Ask("somebody"))

    assert routing(world) == RoutingView(
        deployment="d0",
        queue_position=2,
        expected_start_at=START + timedelta(seconds=60 / first.requests_per_minute * 1.02),
    )
    assert set(world.s.pacer.look(first).turns) == {"somebody"}
    assert not world.s.pacer.look(second).turns


def test_no_turn_is_promised_to_bulk_work() -> None:
    """It takes turns only a short time ahead."""
    world = world_of(1)
    busy(world, 0, 600)

    assert routing(world, lane="bulk") == RoutingView(deployment="d0", reason="no_turn")
    assert routing(world).queue_position == 1


@pytest.mark.parametrize(
    ("first", "second", "reason", "wait_s"),
    [
        ("paused", "paused", "paused", None),
        ("paused", "blocked", "upstream_blocked", 3600),
        ("blocked", "paused", "upstream_blocked", 3600),
    ],
)
def test_nobody_may_be_called(first: str, second: str, reason: str, wait_s: int | None) -> None:
    """It says why, and of the one that may be tried first when; a pause has no end of its own."""
    world = world_of(1, 2)
    put(world, "d0", first)
    put(world, "d1", second)

    expected = START + timedelta(seconds=wait_s) if wait_s else None
    assert routing(world) == RoutingView(deployment=None, expected_start_at=expected, reason=reason)


def test_the_one_that_opens_first_is_named() -> None:
    """Two that are shut: what counts is the one that may be tried sooner."""
    world = world_of(1, 2)
    shut(world, "d0")
    shut(world, "d1", FORBIDDEN)

    found = routing(world)

    assert (found.reason, found.expected_start_at) == (
        *("upstream_forbidden",),
        START + timedelta(seconds=60),
    )


def test_a_caller_that_people_have_to_see_first() -> None:
    """After a block of a resource nothing of a suspected caller goes anywhere, free or not."""
    world = world_of(1, 2)
    world.s.breakers.report("d0", "r.1", "r", CALLER.name, FILTERED)
    shut(world, "d0")

    assert routing(world) == RoutingView(deployment=None, reason="resource_blocked")


def test_written_by_a_newer_version() -> None:
    """What this version cannot read, it does not call."""
    world = world_of(1)
    world.s.blobs.put(names.STATE, names.breaker_of("d0"), b'{"v":2}')

    assert routing(world) == RoutingView(deployment=None, reason="unreadable")


def test_a_probe_is_looked_for_and_not_taken() -> None:
    """A breaker that is half open would let it through; the next call can still be the probe."""
    world = world_of(1)
    put(world, "d0", "halfOpen")
    before = world.s.breakers.look("d0")

    assert routing(world).deployment == "d0"
    assert world.s.breakers.look("d0") == before != Breaker()


@given(states=st.tuples(*[st.sampled_from(CHOICES)] * 3), orders=st.permutations([1, 2, 2]))
@settings(max_examples=60)
def test_it_goes_where_it_was_said_to_go(states: tuple[str, ...], orders: list[int]) -> None:
    """Whatever state deployments are in: who is named first is who is asked first, and on time."""
    world = world_of(*orders)
    for number, state in enumerate(states):
        put(world, f"d{number}", state)
    said = routing(world)
    look(world.s, submitted(world))

    if said.deployment is None:
        assert not asked(world)
        return
    assert said.expected_start_at is not None
    world.run_until(said.expected_start_at + timedelta(seconds=1))
    assert asked(world) == [said.deployment]
    [called_at] = world.called_at.values()
    assert abs(called_at - said.expected_start_at) < ON_TIME


def test_the_dearest_way_is_estimated() -> None:
    """Where a chat model may be asked to draw, its share is in every amount."""
    plain, through = world_of(1), world_of(1)
    [one] = through.s.terms.deployments
    asking = replace(one, api="responses", orchestrator="o", orchestrator_model="chat")
    rates = {"chat": OrchestratorRates(text_in=1, text_out=10)}
    prices = through.s.terms.prices.model_copy(update={"orchestrators": rates})
    terms = replace(through.s.terms, deployments=(one, asking), prices=prices)
    through.s = replace(through.s, terms=terms)
    order = order_of({"prompt": "a"}, SubmitBody, CALLER, Origin(), plain.s)
    cheap, dear = (dry_run(order, world.s).estimate for world in (plain, through))

    assert [one.quality for one in dear.per_quality] == ["low", "medium", "high", "auto"]
    assert {one.quality: one.amount for one in dear.per_quality}["medium"] == dear.amount
    less, more = (
        [found.amount, *(one.amount for one in found.per_quality)] for found in (cheap, dear)
    )
    assert {round(b - a, 6) for a, b in zip(less, more, strict=True)} == {0.007011}
