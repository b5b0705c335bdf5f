"""Whatever goes wrong around a paid call, its outcome stays, and the request goes on."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from shared.chain import books
from shared.chain.journal import parse
from shared.chain.services import Services, Terms
from shared.chain.steps.call import call
from shared.domain import facts, names
from shared.domain.pacing import Ask
from shared.domain.step import LEASE_S, Call
from shared.domain.transitions import State
from shared.errors import (
    ModelNotSent,
    ModelUnknown,
    StorageError,
)
from tests.crash.faults import Died
from tests.crash.world import World
from tests.fakes import Plays, ScriptedModel
from tests.unit.chain.test_budgets import CELL, budget, poor, submit
from tests.unit.histories import failing, look, submitted

HUGE = 10**400


def with_tokens(count: int) -> Mapping[str, object]:
    return {"input_tokens": 18, "output_tokens": count}


@pytest.mark.parametrize("count", [10**10, 10**307, HUGE])
def test_a_count_that_makes_no_sense(count: int) -> None:
    """The images are kept; what they cost is estimated, as without any count."""
    world = World(model=ScriptedModel(Plays(usage=with_tokens(count))))
    request_id = submitted(world)
    look(world.s, request_id)

    completed = world.request(request_id).attempts[0].completed
    assert completed is not None and completed.cost.estimated
    assert completed.cost.amount < 1


def test_a_model_that_left_the_price_book() -> None:
    """A call that was under way when its model's price was taken away ends all the same."""
    world = World()
    request_id = submitted(world)
    world.during_call = dying
    with pytest.raises(Died):
        look(world.s, request_id)
    world.s = replace(world.s, terms=unpriced(world.s))
    world.clock.advance(LEASE_S + 60)
    look(world.s, request_id)

    assert world.request(request_id).state is State.ATTENTION


def dying() -> None:
    raise Died


def unpriced(s: Services) -> Terms:
    prices = s.terms.prices.model_copy(update={"models": {}})
    return replace(s.terms, deployments=(), prices=prices)


def test_content_that_cannot_be_read() -> None:
    """Before the call it costs nothing but a pause, whatever is wrong with it."""
    world = World()
    request_id = submitted(world)
    name = names.content_of(request_id)
    good = world.store.blobs[names.CONTENT, name].data
    world.store.blobs[names.CONTENT, name].data = b'{"newer": 1}'
    look(world.s, request_id)
    first = world.request(request_id).attempts[0].outcome
    world.store.blobs[names.CONTENT, name].data = good
    world.run_for(60)

    assert isinstance(first, facts.NotSent)
    assert world.request(request_id).state is State.REVIEWING


def test_a_budget_that_cannot_be_read() -> None:
    """It begins anew, with what the ledger says; requests of its caller go on."""
    world = poor(10)
    spent = submit(world)
    world.run_for(60)
    request_id = submit(world)
    world.store.blobs[names.STATE, CELL].data = b"not a budget"
    world.run_for(60)
    assert world.request(request_id).state is State.REVIEWING
    assert world.request(spent).state is State.REVIEWING
    assert budget(world).spent > 0


def test_swapped_input_and_a_look_that_fails() -> None:
    """That nothing was sent is recorded, also when nobody can be asked about it yet."""
    error = ModelNotSent(code="digest_mismatch")
    world = World(model=ScriptedModel(Plays(error=ModelUnknown())), on_unknown="retry_once")
    request_id = submitted(world)
    look(world.s, request_id)
    raw = world.s.journals.raw(request_id).splitlines(keepends=True)
    intents = [at for at, line in enumerate(raw, start=1) if b"generation.intended" in line]
    journal = parse(request_id, b"".join(raw[: intents[1]]))
    manifest = names.manifest_of(request_id, 1, 1)
    s = failing(world.s, "blobs.read", StorageError(), name=manifest)
    s = replace(s, model=ScriptedModel(Plays(error=error)))
    world.s.pacer.ask(world.s.terms.deployments[0], Ask(request_id))
    [found] = call(Call(2), journal, s)

    assert isinstance(found, facts.NotSent) and found.code == "digest_mismatch"


def test_books_without_readable_content() -> None:
    """The line has no cost center; it is written, and so is what follows."""
    world = World()
    request_id = submitted(world)
    look(world.s, request_id)
    world.store.blobs[names.CONTENT, names.content_of(request_id)].data = b"not ours"
    before = len(world.store.blobs[names.USAGE, world.store.names(names.USAGE)[0]].data)
    books.post(world.s.journals.load(request_id), 0, world.s)

    assert len(world.store.blobs[names.USAGE, world.store.names(names.USAGE)[0]].data) > before
