"""The books under every fault: budgets, ledger and places of open requests."""

import itertools
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from shared.domain.budget import money
from shared.domain.transitions import State
from shared.domain.upper_bound import bound_of
from shared.domain.values import Options
from shared.security.callers import Caller, Role
from tests.crash import promises, scenarios
from tests.crash.faults import KINDS, Fault
from tests.crash.world import PRICES, PROMPT, World

OPTIONS = Options(model="gpt-image-2", n=1, size="1024x1024", quality="medium", output_format="png")
# What is held for one call.
ESTIMATE = money(bound_of(PRICES, OPTIONS, PROMPT, None))


def frugal(budget: Decimal) -> Caller:
    everything = frozenset(Role)
    return Caller("marketing", everything, monthly_budget_usd=budget, max_open_requests=3)


def budgeted(
    fault: Fault | None = None,
    on_unknown: str = "hold",
    scenario: Callable[[World], str] = scenarios.budgeted,
) -> World:
    """One request of a caller with money for three calls, told to its end."""
    world = World(fault, caller=frugal(3 * ESTIMATE), on_unknown=on_unknown)
    request_id = scenario(world)
    scenarios.finish(world)
    scenarios.put_right(world)
    promises.check(world, request_id)
    promises.check_money(world)
    return world


def rivals(fault: Fault | None = None) -> tuple[World, list[str]]:
    """Two requests for the money of one, told to their ends."""
    world = World(fault, caller=frugal(Decimal("1.5") * ESTIMATE))
    accepted = scenarios.rivals(world)
    scenarios.finish(world)
    scenarios.put_right(world)
    promises.check_money(world)
    return world, accepted


@pytest.mark.parametrize("on_unknown", ["hold", "retry_once"])
@pytest.mark.parametrize("kind", KINDS)
def test_one_fault_anywhere(kind: str, on_unknown: str) -> None:
    """Whatever happens at one port call, the books say in the end what the journal says."""
    assert list(broken(kind, on_unknown, scenarios.budgeted)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_one_fault_before_a_request_is_taken_back(kind: str) -> None:
    """Likewise where the request ends before what its call has cost is in the books."""
    assert list(broken(kind, "hold", scenarios.withdrawn)) == []


def broken(
    kind: str, on_unknown: str, scenario: Callable[[World], str]
) -> Iterator[tuple[int, str, str]]:
    calls = budgeted(scenario=scenario).gate.log
    for at, what in enumerate(calls, start=1):
        try:
            budgeted(Fault(kind, at), on_unknown, scenario)
        except Exception as error:
            yield at, what, f"{type(error).__name__}: {error}"


def test_frozen_and_then_dead() -> None:
    """A worker that wakes up late and dies on the way leaves books that can be put right."""
    writes = ("model.generate", "appends.append", "appends.add", "blobs.put")
    frozen_at = [at for at, what in enumerate(budgeted().gate.log, start=1) if what in writes]
    for at, at2 in itertools.product(frozen_at, range(1, 12)):
        budgeted(Fault("freeze_then_die", at, at2))


@pytest.mark.parametrize("at2", [None, 1, 2, 3, 4, 5, 6, 8, 11])
def test_two_requests_for_the_last_money(at2: int | None) -> None:
    """However they interleave, one is accepted, one refused, and the budget holds."""
    log = rivals()[0].gate.log
    for at in range(1, len(log) + 1):
        fault = Fault("twice_before", at) if at2 is None else Fault("interleaved", at, at2)
        world, accepted = rivals(fault)
        assert len(accepted) == 1, (at, at2)
        assert world.request(accepted[0]).state is State.APPROVED


def test_explorer_visits_the_books() -> None:
    """The explorer would notice if ledger and budget were no port calls."""
    log = budgeted().gate.log

    assert "appends.add" in log
    assert len(log) > 90
