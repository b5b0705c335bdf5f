"""The books follow the facts: at least once, by whoever looks next, in whatever order."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from shared.chain import books
from shared.chain.accept import accept
from shared.chain.doors import cancel, resume
from shared.domain import names
from shared.domain.budget import NOTHING, money
from shared.errors import ModelUnknown, StorageError
from shared.security.callers import CallerBook
from tests.crash.test_money import ESTIMATE
from tests.crash.world import CALLER, World
from tests.fakes import Plays, ScriptedModel
from tests.unit.chain.test_budgets import MONTH, budget, poor, settled_of, submit, told
from tests.unit.histories import failing, look, order


def ledger(world: World) -> list[dict[str, Any]]:
    """Every line as it stands there."""
    found = world.store.names(names.USAGE)
    data = b"".join(world.store.blobs[names.USAGE, name].data for name in found)
    return [json.loads(raw) for raw in data.splitlines()]


@pytest.mark.parametrize("port", ["appends.add", "blobs.put"])
@pytest.mark.parametrize("done", [False, True])
def test_a_worker_that_dies_over_the_books(port: str, done: bool) -> None:
    """The next look posts again what it left; the due entry stands until then."""
    world = poor(10)
    request_id = submit(world)
    where = names.USAGE if port == "appends.add" else names.BUDGETS
    dying = failing(world.s, port, StorageError(), times=1, name=where, done=done)
    with pytest.raises(StorageError):
        look(dying, request_id)
    assert world.store.names(names.STATE, "due/")
    world.run_for(600)

    lines = world.s.ledger.lines(MONTH, "marketing")
    assert [line.amount for line in lines] == [settled_of(world, request_id)]
    assert (budget(world).spent, len(budget(world).open)) == (settled_of(world, request_id), 0)


def test_what_was_posted_long_ago() -> None:
    """A worker that knows only the beginning posts after the end, and changes nothing."""
    world = poor(10)
    request_id = submit(world)
    world.model = ScriptedModel(Plays(error=ModelUnknown()))
    look(world.s, request_id)
    early = world.s.journals.load(request_id)
    [doubt] = budget(world).doubtful.values()
    outcome = early.request.attempts[0].unknown
    assert outcome is not None and doubt.amount == money(outcome.maybe_billed)
    _complete(world, request_id)
    known = budget(world)
    books.post(early, 0, world.s)

    assert budget(world) == known
    assert (known.spent, known.settled) == (settled_of(world, request_id), known.spent)
    assert [line["kind"] for line in ledger(world)] == ["unknown", "completed", "unknown"]
    [row] = world.s.ledger.rows(MONTH)
    assert (row.figures.amount, row.figures.maybe_billed_amount) == (known.spent, NOTHING)


def _complete(world: World, request_id: str) -> None:
    """The manifest of the unknown call turns up, and the next look finds it."""
    donor = World()
    look(donor.s, submit(donor))
    [manifest] = [name for name in donor.store.names(names.REVIEW) if name.endswith(".json")]
    data = donor.store.blobs[names.REVIEW, manifest].data
    world.s.blobs.put(names.REVIEW, names.manifest_of(request_id, 1, 1), data)
    attention = world.request(request_id).attention
    assert attention is not None
    resume(request_id, "retry", attention.seq, CALLER, world.s)
    look(world.s, request_id, since=4)


def test_a_line_says_whose_and_for_what() -> None:
    """Caller, model, deployment and cost center, and no word of what was asked for."""
    world = World()
    request_id = accept(order(world, costCenter="MKT-42"), world.s).id
    look(world.s, request_id)

    [line] = ledger(world)
    assert line["key"] == f"{request_id}.1"
    assert (line["caller"], line["model"], line["deployment"]) == (
        "marketing",
        "gpt-image-2",
        "img",
    )
    assert (line["costCenter"], line["template"], line["currency"]) == ("MKT-42", None, "USD")
    assert "lighthouse" not in json.dumps(line)


def test_a_line_after_the_content_is_gone() -> None:
    """It has no cost center; the one that was written before has."""
    world = World()
    request_id = submit(world)
    look(world.s, request_id)
    world.s.blobs.delete(names.CONTENT, names.content_of(request_id))
    books.post(world.s.journals.load(request_id), 0, world.s)

    assert [line["costCenter"] for line in ledger(world)] == [None, None]
    assert len(world.s.ledger.lines(MONTH, "marketing")) == 1


def test_a_cancelled_request_gives_its_money_back() -> None:
    """A door appends that; the look that its nudge asks for keeps the books."""
    world = poor(10)
    request_id = submit(world)
    cancel(request_id, CALLER, world.s)
    assert budget(world).committed == ESTIMATE
    world.run_for(5)

    assert budget(world).committed == NOTHING
    assert ledger(world) == []


def test_a_call_under_way_when_the_request_ends() -> None:
    """Its money is held until its outcome is in, and then spent."""
    world = poor(10)
    request_id = submit(world)

    def cancelled() -> None:
        cancel(request_id, CALLER, world.s)

    world.during_call = cancelled
    look(world.s, request_id)

    assert world.request(request_id).status == "cancelled"
    assert budget(world).committed == budget(world).spent == settled_of(world, request_id)


def test_a_request_that_is_cancelled_before_its_call_is_booked() -> None:
    """The end of a request does not close what its call has cost: the outcome does, later."""
    world = poor(10)
    request_id = submit(world)
    dying = failing(world.s, "appends.add", StorageError(), times=1, name=names.USAGE, done=False)
    with pytest.raises(StorageError):
        look(dying, request_id)
    known = world.s.journals.load(request_id)
    assert known is not None
    cancel(request_id, CALLER, world.s)
    look(world.s, request_id, since=known.seq)
    world.run_for(600)

    assert world.request(request_id).status == "cancelled"
    assert budget(world).committed == budget(world).spent == settled_of(world, request_id) > 0


def test_a_caller_that_is_no_more() -> None:
    """Its outcomes are in the ledger, and in no budget."""
    world = poor(10)
    request_id = submit(world)
    nobody = replace(world.s, terms=replace(world.s.terms, callers=CallerBook()))
    look(nobody, request_id)
    cancel(request_id, CALLER, world.s)
    look(nobody, request_id)

    assert {line["caller"] for line in ledger(world)} == {"marketing"}
    assert len(budget(world).open) == 1


def test_thresholds_follow_the_books() -> None:
    """Told by whoever settles the money that reaches them."""
    world = poor(1)
    request_id = submit(world)
    world.model = ScriptedModel(Plays(error=ModelUnknown()))
    look(world.s, request_id)

    assert told(world) == [50, 80]
    assert Decimal("0.9") * ESTIMATE < budget(world).settled < ESTIMATE
