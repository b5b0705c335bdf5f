"""Reconciling: money that is held for long is compared with what it is held for."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.chain import reconcile as module
from shared.chain.doors import cancel
from shared.chain.reconcile import reconcile
from shared.chain.sweep import sweep
from shared.domain import ledger, names
from shared.domain.budget import NOTHING, REMEMBERED, cell_of, key_of
from shared.errors import ModelUnknown, StorageError
from shared.security.callers import CallerBook
from tests.crash.test_money import ESTIMATE
from tests.crash.world import CALLER, World
from tests.fakes import START, Blob, Plays, ScriptedModel
from tests.unit.chain.test_budgets import MONTH, budget, poor, settled_of, submit, told
from tests.unit.domain.test_ledger import line
from tests.unit.histories import ID, failing, look

LATER_S = REMEMBERED.total_seconds() + 1


def held(world: World) -> set[str]:
    return set(budget(world).open)


def without_books(world: World, request_id: str) -> None:
    """Look at the request as a worker that dies whenever it comes to the cell."""
    broken = failing(world.s, "blobs.put", StorageError(), name="budgets/")
    with pytest.raises(StorageError):
        look(broken, request_id)


def test_a_door_that_died() -> None:
    """What it held is let go after an hour."""
    world = poor(10)
    world.s.budgets.reserve(world.caller, MONTH, key_of(ID, 1), ESTIMATE)
    reconcile(world.s)
    assert held(world) == {key_of(ID, 1)}
    world.clock.advance(LATER_S)
    reconcile(world.s)

    assert held(world) == set()


def test_a_settlement_that_was_lost() -> None:
    """It is made up for, with what the call cost."""
    world = poor(10)
    request_id = submit(world)
    without_books(world, request_id)
    world.clock.advance(LATER_S)
    assert held(world) == {key_of(request_id, 1)}
    reconcile(world.s)
    reconcile(world.s)

    assert (held(world), budget(world).spent) == (set(), settled_of(world, request_id))


def test_a_request_that_ended_without_a_call() -> None:
    """Nothing is held for it any more."""
    world = poor(10)
    request_id = submit(world)
    cancel(request_id, CALLER, world.s)
    world.clock.advance(LATER_S)
    reconcile(world.s)

    assert (len(held(world)), budget(world).settled) == (0, NOTHING)


def test_what_still_waits_is_held_on_to() -> None:
    """A request that was not called for yet, and a call under way, even of a final request."""
    world = poor(10)
    waiting = submit(world)
    world.clock.advance(LATER_S)
    reconcile(world.s)
    assert held(world) == {key_of(waiting, 1)}
    assert budget(world).stale(world.clock.now()) == []

    world.model = ScriptedModel(Plays(error=ModelUnknown()))
    world.during_call = lambda: _an_hour_passes(world)
    look(world.s, waiting)
    assert (held(world), set(budget(world).doubtful)) == (set(), {key_of(waiting, 1)})


def _an_hour_passes(world: World) -> None:
    world.clock.advance(LATER_S)
    reconcile(world.s)
    assert len(held(world)) == 1


def test_a_threshold_that_nobody_was_told_of() -> None:
    """A worker that settled and died before telling is made up for."""
    world = poor(1)
    request_id = submit(world)
    s = failing(world.s, "appends.append", StorageError(), name="budgets/")
    world.model = ScriptedModel(Plays(error=ModelUnknown()))
    with pytest.raises(StorageError):
        look(s, request_id)
    assert (told(world), budget(world).announced) == ([], ())
    reconcile(world.s)
    reconcile(world.s)

    assert (told(world), budget(world).announced) == ([50, 80], (50, 80))


def test_a_threshold_that_nobody_remembered() -> None:
    """Told of and then forgotten by a worker that died, it is not told of again."""
    world = poor(1)
    request_id = submit(world)
    world.model = ScriptedModel(Plays(error=ModelUnknown()))
    look(world.s, request_id)
    cell = world.store.blobs["state", cell_of(MONTH, "marketing")]
    cell.data = cell.data.replace(b'"announced":[50,80]', b'"announced":[]')
    assert budget(world).announced == ()
    reconcile(world.s)

    assert (told(world), budget(world).announced) == ([50, 80], (50, 80))


def test_so_many_at_a_time() -> None:
    """Each run looks at some, and the next one goes on behind them."""
    world = poor(1000)
    for number in range(module.MAX_LOOKS + 10):
        world.s.budgets.reserve(world.caller, MONTH, f"{ID[:-2]}{number:02}.1", ESTIMATE / 1000)
    world.clock.advance(LATER_S)
    reconcile(world.s)
    left = len(held(world))
    reconcile(world.s)

    assert (left, len(held(world))) == (10, 0)


def test_last_month_is_looked_at_too() -> None:
    """What was held on the last evening of a month is let go in the next."""
    world = poor(10)
    world.s.budgets.reserve(world.caller, MONTH, key_of(ID, 1), ESTIMATE)
    world.clock.advance(timedelta(days=12).total_seconds())
    reconcile(world.s)

    assert held(world) == set()


def test_the_sweep_does_it() -> None:
    """At one minute of ten, and at no other."""
    world = poor(10)
    world.s.budgets.reserve(world.caller, MONTH, key_of(ID, 1), ESTIMATE)
    world.clock.advance(LATER_S)
    held_after = {}
    for _ in range(19):
        world.clock.advance(60)
        sweep(world.s)
        held_after[world.clock.now().minute] = len(held(world))

    assert [minute for minute, count in held_after.items() if count] == [1, 2, 3, 4, 5, 6]


def test_the_sweep_adds_days_up() -> None:
    """Once an hour those whose turn it is: after one in the morning that of 25 days ago."""
    world = World()
    day = ledger.day_of(START - timedelta(days=24))
    world.s.ledger.add(day, line("A.1"))
    world.clock.advance(3600 * 13 + 60 * 40)
    sweep(world.s)
    totals = ("usage", ledger.totals_of(day))
    assert totals not in world.store.blobs
    world.clock.advance(60)
    sweep(world.s)

    assert totals in world.store.blobs


def test_a_caller_that_is_gone() -> None:
    """A cell of somebody who is no caller any more is left as it is."""
    world = poor(10)
    world.s.blobs.put("state", cell_of(MONTH, "nobody"), b"not read")
    reconcile(world.s)

    assert world.store.blobs["state", cell_of(MONTH, "nobody")].data == b"not read"


def test_one_callers_trouble_keeps_nobody_waiting(caplog: pytest.LogCaptureFixture) -> None:
    """A journal that cannot be read costs its caller this run, and no other one."""
    world = poor(10)
    other = replace(world.caller, name="other")
    callers = CallerBook((world.caller, other))
    world.s = replace(world.s, terms=replace(world.s.terms, callers=callers))
    for caller, request_id in ((world.caller, ID), (other, "gone")):
        world.s.budgets.reserve(caller, MONTH, key_of(request_id, 1), ESTIMATE)
    world.store.blobs[names.REQUESTS, ID] = Blob(b"no journal", "e")
    world.clock.advance(LATER_S)
    reconcile(world.s)

    assert held(world) == {key_of(ID, 1)}
    assert budget(world, cell_of(MONTH, "other")).open == {}
    assert "reconcile.failed" in caplog.text
