"""Admission: what is taken for a request that is not accepted after all is given back."""

from dataclasses import replace
from decimal import Decimal

import pytest

from shared.chain.accept import accept
from shared.chain.admission import withdraw
from shared.chain.costs import hold_of
from shared.chain.order import Order, order_of
from shared.chain.request_keys import Origin
from shared.domain import names
from shared.domain.submission import SubmitBody
from shared.errors import BudgetExhausted, Conflict
from tests.crash.test_money import ESTIMATE, frugal
from tests.crash.world import World
from tests.fakes import small_png
from tests.unit.chain.test_budgets import budget
from tests.unit.chain.test_open_requests import places

UPLOAD = "marketing/a.png"


def limited(calls: int) -> World:
    return World(caller=replace(frugal(calls * ESTIMATE), max_open_requests=2))


def placed(world: World) -> Order:
    world.s.blobs.put(names.UPLOADS, UPLOAD, small_png(1))
    body = {"prompt": "a", "inputImages": [{"blob": f"uploads/{UPLOAD}"}]}
    return order_of(body, SubmitBody, world.caller, Origin(key="k"), world.s)


def test_a_request_that_is_refused_after_it_was_admitted() -> None:
    """Its place and its money are free at once."""
    world = limited(5)
    order = placed(world)
    world.s.blobs.put(names.UPLOADS, UPLOAD, small_png(2))
    with pytest.raises(Conflict):
        accept(order, world.s)

    assert places(world) == []
    assert budget(world).committed == Decimal(0)


def test_who_has_no_money_takes_no_place() -> None:
    """The place that was taken first is given back; the answer says what money was missing."""
    world = limited(0)
    with pytest.raises(BudgetExhausted) as refused:
        accept(placed(world), world.s)

    assert places(world) == []
    most = hold_of(placed(world).options, "a", world.s.terms).amount
    limit = world.caller.monthly_budget_usd
    assert str(refused.value) == (
        f"It may cost up to {most:f} USD; less than that is left of this month's {limit:f} USD."
    )


def test_what_another_door_has_accepted_is_not_given_back() -> None:
    """Two doors may have the same key, and only one of them a fault to tell of."""
    world = limited(5)
    order = placed(world)
    request_id = accept(order, world.s).id
    withdraw(request_id, order, world.s)

    assert places(world) == [request_id]
    assert len(budget(world).open) == 1
