"""Batches under faults: each row one request at most, its end told once, nothing left over."""

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest

from shared.chain import batches
from shared.chain.accept import place
from shared.chain.batch_order import BatchOrder, batch_order_of
from shared.chain.batch_rows import rows_over
from shared.chain.erasures import erase_request
from shared.chain.order import order_of
from shared.chain.request_keys import Origin
from shared.domain import names
from shared.domain.batch import Batch
from shared.domain.notices import BatchCompleted, batch_stream
from shared.domain.submission import SubmitBody
from shared.domain.transitions import State
from shared.domain.values import BatchRef
from shared.security.callers import Caller, Role
from tests.crash.faults import KINDS, Fault
from tests.crash.promises import check_retired
from tests.crash.scenarios import finish, retire
from tests.crash.world import CALLBACK_URL, CALLER, PROMPT, World

ROWS = 2
# Stories in which each call meets every kind of fault: 84 s of one core. In others, and where two
# workers meet, it is every so many calls: most are those of two requests, which the explorer
# visits.
WHOLE = ("plain", "cancelled_at_once", "cancelled_during_a_call")
EACH = 4
FROZEN = ("appends.append", "appends.create", "blobs.put")
# The second row waits until the first is over.
ONE_AT_A_TIME = Caller("marketing", frozenset(Role), max_open_requests=1)

# The batch, and what whoever cancelled it was answered, by then or later.
Told = tuple[Batch, list[Batch]]


def world_of(fault: Fault | None, caller: Caller = CALLER) -> World:
    """Nobody is asked."""
    world = World(fault, caller=caller)
    world.s = replace(world.s, terms=replace(world.s.terms, default_approval="none"))
    return world


def order(world: World) -> BatchOrder:
    items = [{"prompt": f"{PROMPT} {row}"} for row in range(ROWS)]
    body = {"name": "autumn", "callbackUrl": CALLBACK_URL, "items": items}
    return batch_order_of(body, world.caller, Origin(key="b1"), [], world.s)


def submitted(world: World) -> Batch:
    batch = world.insist(lambda: batches.accept(order(world), world.s))
    assert isinstance(batch, Batch)
    return batch


def plain(world: World) -> Told:
    return submitted(world), []


def cancelled_at_once(world: World) -> Told:
    """Or as soon as the caller was answered; by then all of it may be over."""
    batch = submitted(world)
    found = world.insist(lambda: batches.cancel(batch.id, world.caller, world.s))
    return batch, [found] if isinstance(found, Batch) else []


def cancelled_during_a_call(world: World) -> Told:
    batch = submitted(world)
    told: list[Batch] = []
    world.during_call = lambda: told.append(batches.cancel(batch.id, world.caller, world.s))
    world.run_for(600)
    return batch, told


def erased_during_a_call(world: World) -> Told:
    """The first row, while the other waits for its place."""
    batch = submitted(world)

    def now() -> None:
        member = names.member_of(batch.id, 0)
        erase_request(member, member, CALLER.name, world.s)

    world.during_call = now
    return batch, []


STORIES: dict[str, tuple[Callable[[World], Told], Caller]] = {
    "plain": (plain, CALLER),
    "cancelled_at_once": (cancelled_at_once, CALLER),
    "cancelled_during_a_call": (cancelled_during_a_call, ONE_AT_A_TIME),
    "erased_during_a_call": (erased_during_a_call, ONE_AT_A_TIME),
}


def explore(story: str, fault: Fault | None = None) -> World:
    """One history, told to its end, and held against what is promised of a batch."""
    tell, caller = STORIES[story]
    world = world_of(fault, caller)
    batch, told = tell(world)
    finish(world)
    world.gate.open = False
    check(world, batch.id, cancelled=bool(told))
    retire(world)
    check_retired_all(world, batch.id)
    return world


def check(world: World, batch_id: str, *, cancelled: bool) -> None:
    facts = world.s.streams.load(batch_stream(batch_id)).facts
    ends = [fact.data for fact in facts if isinstance(fact.data, BatchCompleted)]
    assert len(ends) == 1, f"the end was recorded {len(ends)} times"
    batch, over = batches.load(batch_id, world.s), rows_over(batch_id, world.s)
    assert (sorted(over), batch.ending) == ([0, 1], "cancelled" if cancelled else "completed")
    wanted = {names.member_of(batch_id, row) for row in range(ROWS)}
    made = {name for name in world.store.names(names.REQUESTS) if "/" not in name}
    journals = {one: world.s.journals.load(one) for one in made}
    assert made <= wanted, "a row was made into another request"
    for row, end in over.items():
        member = journals.get(names.member_of(batch_id, row))
        if member:
            assert (member.request.final, member.request.status) == (True, end.status)
        else:
            assert (end.never, end.status, cancelled) == (True, "cancelled", True)
    for call in world.model.calls:
        assert call.client_request_id[:26] in wanted
    assert sum(ends[0].counts.values()) == ROWS
    arrived = [one for one in world.arrived if one["ce-subject"] == f"batches/{batch_id}"]
    assert len({one["ce-id"] for one in arrived}) == 1, "the end was not told, or twice"


def check_retired_all(world: World, batch_id: str) -> None:
    made = [name for name in world.store.names(names.REQUESTS) if "/" not in name]
    journals = [one for one in made if world.s.journals.load(one)]
    for one in journals:
        check_retired(world, one)
    for container in (names.CONTENT, names.REVIEW):
        assert world.store.names(container) == [], container
    assert world.store.names(names.STATE, "due/") == [], "a due entry is left over"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("story", STORIES)
def test_one_fault_anywhere(story: str, kind: str) -> None:
    """Whatever happens at one port call, every row is over once and the end is told once."""
    assert broken_by(story, kind, KINDS.index(kind), 1 if story in WHOLE else EACH) == []


def broken_by(story: str, kind: str, first: int = 0, each: int = EACH) -> list[tuple[int, str]]:
    broken = []
    for at in range(1 + first % each, len(explore(story).gate.log) + 1, each):
        try:
            explore(story, Fault(kind, at))
        except Exception as error:
            broken.append((at, f"{type(error).__name__}: {error}"))
    return broken


@pytest.mark.parametrize("story", STORIES)
def test_two_workers_interleaved(story: str) -> None:
    """Two looks at one batch, or two doors with one key, make of each row one request."""
    calls = range(1, len(explore(story).gate.log) + 1, EACH)
    for at, at2 in itertools.product(calls, (2, 11)):
        explore(story, Fault("interleaved", at, at2))


def test_frozen_and_then_dead() -> None:
    """Who wakes up after the cancel, makes a request of a row and dies, comes too late."""
    story = "cancelled_at_once"
    log = explore(story).gate.log
    frozen_at = [at for at, what in enumerate(log, start=1) if what in FROZEN]
    for at, at2 in itertools.product(frozen_at, (1, 3, 5)):
        explore(story, Fault("freeze_then_die", at, at2))


def test_a_late_request_is_unwanted() -> None:
    """A row's request that is made after its row had ended without one makes no call."""
    world = world_of(None)
    batch = submitted(world)
    one = order_of({"prompt": PROMPT, "lane": "bulk"}, SubmitBody, CALLER, Origin(), world.s)
    late = replace(one, batch=BatchRef(id=batch.id, row=1, rows=ROWS))
    member = names.member_of(batch.id, 1)
    batches.cancel(batch.id, CALLER, world.s)
    finish(world)
    assert not world.s.journals.load(member)

    place(member, late, world.s)
    world.run_for(3600)

    assert world.s.journals.load(member).request.state is State.CANCELLED
    assert world.model.calls == []
    world.gate.open = False
    check(world, batch.id, cancelled=True)
