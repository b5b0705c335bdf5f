"""Budgets in storage: who is let through, what is told, and what an operator may say to it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from shared.chain.accept import accept
from shared.chain.doors import cancel
from shared.chain.order import order_of
from shared.chain.reconcile import reconcile
from shared.chain.request_keys import Origin
from shared.chain.services import Services
from shared.domain import names
from shared.domain.budget import NOTHING, Budget, cell_of, key_of
from shared.domain.notices import BudgetThreshold, budget_stream
from shared.domain.submission import SubmitBody
from shared.domain.transitions import State
from shared.errors import (
    BudgetExhausted,
    Changed,
    KeyReused,
    ModelThrottled,
    ModelUnknown,
    NewerFact,
    StorageError,
)
from tests.crash.test_money import ESTIMATE, frugal
from tests.crash.world import CALLER, World
from tests.fakes import Plays, ScriptedModel
from tests.unit.histories import failing, look

MONTH = "2026-11"
CELL = cell_of(MONTH, "marketing")


def poor(calls: float, **changed: object) -> World:
    """A world whose caller has money for so many calls."""
    caller = frugal(ESTIMATE * Decimal(str(calls)))
    return World(caller=replace(caller, max_open_requests=None, **changed))  # type: ignore[arg-type]


def submit(world: World, key: str | None = None) -> str:
    body = {"prompt": "canary-prompt: a lighthouse at dusk"}
    order = order_of(body, SubmitBody, world.caller, Origin(key=key), world.s)
    return accept(order, world.s).id


def budget(world: World, cell: str = CELL) -> Budget:
    return Budget.model_validate_json(world.store.blobs[names.STATE, cell].data)


def told(world: World, month: str = MONTH) -> list[int]:
    stream = world.s.streams.load(budget_stream(month, "marketing"))
    return [fact.data.percent for fact in stream.facts if isinstance(fact.data, BudgetThreshold)]


def settled_of(world: World, request_id: str) -> Decimal:
    completed = world.request(request_id).attempts[-1].completed
    assert completed is not None
    return Decimal(str(completed.cost.amount))


def test_money_is_held_at_the_door_and_spent_by_the_outcome() -> None:
    """An estimate until the call has ended, then what it cost."""
    world = poor(10)
    request_id = submit(world)
    assert {key: one.amount for key, one in budget(world).open.items()} == {
        key_of(request_id, 1): ESTIMATE
    }
    world.run_for(30)

    assert world.request(request_id).state is State.REVIEWING
    assert budget(world).open == {}
    assert budget(world).spent == settled_of(world, request_id) > 0


def test_no_money_no_request() -> None:
    """Nothing is stored of a refused request but its key; money that is held is not spent yet."""
    world = poor(1.5)
    submit(world)
    before = set(world.store.blobs)
    with pytest.raises(BudgetExhausted):
        submit(world, key="k1")

    new = {"/".join(place) for place in world.store.blobs.keys() - before}
    assert [name.split("/")[1] for name in sorted(new)] == ["keys"]
    assert told(world) == []


def test_a_refused_request_may_come_again() -> None:
    """The same key is answered with a request as soon as there is money, and only for its body."""
    world = poor(1.5)
    first = submit(world)
    for _ in range(2):
        with pytest.raises(BudgetExhausted):
            submit(world, key="k1")
    cancel(first, CALLER, world.s)
    look(world.s, first, since=1)
    again = submit(world, key="k1")

    assert submit(world, key="k1") == again
    assert set(budget(world).open) == {key_of(again, 1)}
    order = order_of({"prompt": "b"}, SubmitBody, world.caller, Origin(key="k1"), world.s)
    with pytest.raises(KeyReused):
        accept(order, world.s)


def test_an_accepted_request_is_answered_whatever_the_budget_says() -> None:
    """Only a new request needs money; its repeat is the same request."""
    world = poor(1)
    first = submit(world, key="k1")
    with pytest.raises(BudgetExhausted):
        submit(world, key="k2")

    assert submit(world, key="k1") == first


def test_callers_without_a_budget_have_no_cell() -> None:
    """Nothing is counted that nobody limits; the ledger is written all the same."""
    world = World()
    submit(world)
    world.run_for(30)

    assert world.store.names(names.STATE, names.BUDGETS) == []
    assert len(world.s.ledger.lines(MONTH, "marketing")) == 1


def test_the_month_of_acceptance_counts() -> None:
    """An outcome that comes in December is November's."""
    world = poor(10, approval="none")
    world.clock.advance(11 * 86_400 - 12 * 3600 - 1)
    request_id = submit(world)
    world.run_for(600)

    assert world.clock.now().month == 12
    assert budget(world).spent == settled_of(world, request_id)
    assert world.store.names(names.STATE, f"{names.BUDGETS}2026-12/") == []
    assert [name[:10] for name in world.store.names(names.USAGE)] == ["2026-11/30"]


def test_accepted_just_after_the_month_ended() -> None:
    """Held in November by the door, the money is held again in December before the call."""
    world = poor(10)
    world.clock.advance(11 * 86_400 - 12 * 3600 - 1)
    blobs: Any = Slow(world)
    world.s = replace(world.s, blobs=blobs)
    request_id = submit(world)
    assert set(budget(world).open) == {key_of(request_id, 1)}
    world.run_for(3700)
    reconcile(world.s)

    december = budget(world, cell_of("2026-12", "marketing"))
    assert december.spent == settled_of(world, request_id)
    assert (len(budget(world).open), budget(world).settled) == (0, NOTHING)


class Slow:
    """Blobs that take two seconds to store content."""

    def __init__(self, world: World) -> None:
        self._blobs, self._clock = world.s.blobs, world.clock

    def __getattr__(self, method: str) -> Any:
        return getattr(self._blobs, method)

    def put(self, container: str, *args: Any, **kwargs: Any) -> str:
        if container == names.CONTENT:
            self._clock.advance(2)
        return self._blobs.put(container, *args, **kwargs)


def test_every_next_call_needs_money() -> None:
    """A call that was not sent gives its money back, and the next one holds its own."""
    world = poor(1.2)
    world.model = ScriptedModel(*[Plays(error=ModelThrottled(retry_after_s=5))] * 3)
    request_id = submit(world)
    world.run_for(60)

    assert len(world.request(request_id).attempts) == 4
    assert world.request(request_id).state is State.REVIEWING
    assert budget(world).settled == settled_of(world, request_id)


def test_no_money_for_the_second_call() -> None:
    """What was perhaps spent is not there for a repeat: an operator is asked."""
    world = poor(1.5)
    world.s = replace(world.s, terms=replace(world.s.terms, on_unknown="retry_once"))
    world.model = ScriptedModel(Plays(error=ModelUnknown()))
    request_id = submit(world)
    world.run_for(60)

    attention = world.request(request_id).attention
    assert attention is not None and attention.code == "budget_exhausted"
    assert len(world.model.calls) == 1
    assert budget(world).settled > 0
    assert told(world) == [50]


def test_thresholds_are_told_once() -> None:
    """A half, four fifths, and that there is no room for more: once each in a month."""
    world = poor(5)
    cost = Decimal("0")
    while True:
        try:
            request_id = submit(world)
        except BudgetExhausted:
            break
        world.run_for(60)
        cost += settled_of(world, request_id)
    with pytest.raises(BudgetExhausted):
        submit(world)

    assert told(world) == [50, 80, 100]
    assert budget(world).announced == (50, 80, 100)


def test_a_budget_that_is_set_within_a_month() -> None:
    """It begins with what the ledger says was spent, and perhaps spent, by then."""
    world = World(model=ScriptedModel(Plays(), Plays(error=ModelUnknown())))
    spent = submit(world)
    doubtful = submit(world)
    world.run_for(60)
    cost = settled_of(world, spent)
    world.s.budgets.reserve(frugal(ESTIMATE * 10), MONTH, "new.1", ESTIMATE)

    assert budget(world).spent == cost
    assert set(budget(world).doubtful) == {key_of(doubtful, 1)}


def test_lost_races_are_run_again() -> None:
    """A cell that others change is read anew, for as long as it takes, but not for ever."""
    world = poor(10)
    caller = world.caller
    busy = _busy(world, 5)
    assert busy.budgets.reserve(caller, MONTH, "a.1", ESTIMATE)
    assert set(budget(world).open) == {"a.1"}
    with pytest.raises(StorageError):
        _busy(world, -1).budgets.reserve(caller, MONTH, "b.1", ESTIMATE)


def test_a_cell_of_somebody_else() -> None:
    """What a newer version wrote is left to it; what nobody can read begins with the ledger."""
    world = poor(1.5)
    world.s.blobs.put(names.STATE, CELL, b'{"v": 2}')
    with pytest.raises(NewerFact):
        submit(world)
    world.s.blobs.put(names.STATE, CELL, b"{}x")
    first = submit(world)
    look(world.s, first)
    world.s.blobs.put(names.STATE, CELL, b'["v"]')
    second = submit(world)

    assert budget(world).spent == settled_of(world, first) > 0
    assert set(budget(world).open) == {key_of(second, 1)}


def _busy(world: World, times: int) -> Services:
    return failing(world.s, "blobs.put", Changed(), times=times, name=names.BUDGETS)
