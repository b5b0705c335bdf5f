"""Batches at work: rows become requests, wait for places, are refused, and are told of once."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared.chain import batches
from shared.chain.batch_order import batch_order_of
from shared.chain.batch_rows import end_without_request, rows_over
from shared.chain.batch_work import MAX_ROWS, go_on
from shared.chain.request_keys import Origin
from shared.domain import names
from shared.domain.batch import (
    REFUSED,
    Batch,
    Row,
    cost_of,
    latest,
    micro,
    row_named,
)
from shared.domain.batch_views import BatchView
from shared.domain.notices import BatchCompleted, BatchPlaced, batch_stream
from shared.errors import BudgetExhausted, Conflict, ModelRefused, TooManyOpenRequests
from shared.security.callers import Caller, CallerBook, Role
from tests.crash.world import CALLBACK_URL, CALLER, PROMPT, World
from tests.fakes import MemoryBlobs, Plays, ScriptedModel, small_png
from tests.unit.histories import JPEG

A_DAY_S = 86_400.0
PNG = small_png(3)


def world_of(caller: Caller = CALLER, **changed: Any) -> World:
    """Nobody is asked, unless a row says so."""
    world = World(caller=caller, **changed)
    return settings(world, default_approval="none")


def settings(world: World, **changed: Any) -> World:
    world.s = replace(world.s, terms=replace(world.s.terms, **changed))
    return world


def submitted(world: World, rows: int | Iterable[dict[str, Any]] = 3, **fields: Any) -> Batch:
    items = [{"prompt": f"{PROMPT} {k}"} for k in range(rows)] if isinstance(rows, int) else rows
    body = {"items": list(items), **fields}
    order = batch_order_of(body, world.caller, Origin(key="b1"), [], world.s)
    return batches.accept(order, world.s)


def seen(world: World, batch: Batch, detail: bool = False) -> BatchView:
    return batches.view_of(batches.load(batch.id, world.s), 0, 100, detail, world.s)


def members(world: World) -> list[str]:
    return [one for one in world.store.names(names.REQUESTS) if "/" not in one]


def test_rows_become_requests() -> None:
    """Each row is a bulk request of its own, in the order of the rows, that says which it is."""
    world = world_of()
    batch = submitted(world, name="autumn")

    world.run_for(A_DAY_S)

    wanted = [names.member_of(batch.id, row) for row in range(3)]
    assert members(world) == wanted == sorted(wanted)
    assert all(names.is_ulid(one) for one in wanted)
    for row, one in enumerate(wanted):
        terms = world.request(one).terms
        assert terms.lane == "bulk"
        assert terms.batch is not None
        assert (terms.batch.id, terms.batch.row, terms.batch.rows) == (batch.id, row, 3)
    view = seen(world, batch)
    assert (view.status, view.name, view.counts) == ("completed", "autumn", {"approved": 3})
    assert [(one.row, one.id, one.status) for one in view.items] == [
        (row, one, "approved") for row, one in enumerate(wanted)
    ]


def test_the_end_is_told_once() -> None:
    """The callback of the batch is told of its end alone, with counts and what it cost."""
    world = world_of()
    batch = submitted(world, callbackUrl=CALLBACK_URL)

    world.run_for(A_DAY_S)

    [event] = world.arrived
    assert event["ce-type"] == "darkroom.batch.completed"
    assert event["ce-subject"] == f"batches/{batch.id}"
    assert event["ce-id"].startswith(f"batches/{batch.id}-")
    costs = [world.s.journals.load(one) for one in members(world)]
    amounts = [
        Decimal(str(a.completed.cost.amount))
        for j in costs
        for a in j.request.attempts
        if a.completed
    ]
    told = [fact.data for fact in world.s.streams.load(batch_stream(batch.id)).facts]
    [end] = [one for one in told if isinstance(one, BatchCompleted)]
    assert (end.counts, end.rows, end.status) == ({"approved": 3}, 3, "completed")
    assert Decimal(str(end.cost.amount)) == sum(amounts) > 0


def test_same_key_same_batch() -> None:
    """Asked again with its key, before or after its rows are requests, it is the same batch."""
    world = world_of()
    first = submitted(world)
    again = submitted(world)
    world.run_for(A_DAY_S)
    late = submitted(world)

    assert first.id == again.id == late.id
    assert len(members(world)) == 3


def test_what_rows_ask_for_goes_once_they_are_requests() -> None:
    """Bodies wait beside the batch no longer than they have to; its name stays as prompts do."""
    world = world_of()
    batch = submitted(world)
    assert names.batch_rows_of(batch.id) in world.store.names(names.CONTENT)

    world.run_for(60)
    assert names.batch_rows_of(batch.id) not in world.store.names(names.CONTENT)
    assert names.content_of(batch.id) in world.store.names(names.CONTENT)

    world.run_for(31 * A_DAY_S)
    assert world.store.names(names.CONTENT) == []
    assert world.store.names(names.STATE, "due/") == []
    assert seen(world, batch).counts == {"approved": 3}


def test_one_look_does_so_much() -> None:
    """A large batch is made into requests by several looks, each of which says how far it came."""
    world = world_of()
    batch = submitted(world, MAX_ROWS + 30)

    again = go_on(batch.id, world.s)

    assert again == world.clock.now()
    assert batches.load(batch.id, world.s).placed == MAX_ROWS == len(members(world))
    assert go_on(batch.id, world.s) is None
    assert batches.load(batch.id, world.s).placed == MAX_ROWS + 30 == len(members(world))


def test_a_look_repeats_little_of_another() -> None:
    """Each 25 rows it is recorded how far a look came."""
    world = world_of()
    batch = submitted(world, 60)
    go_on(batch.id, world.s)

    facts = world.s.streams.load(batch_stream(batch.id)).facts
    placed = [fact.data.rows for fact in facts if isinstance(fact.data, BatchPlaced)]
    assert placed == [25, 50, 60]


def test_rows_wait_for_a_place() -> None:
    """With a limit of open requests the rows go through it, and none is refused for it."""
    caller = Caller("marketing", frozenset(Role), max_open_requests=2)
    world = world_of(caller)
    batch = submitted(world, 5)

    go_on(batch.id, world.s)
    assert len(members(world)) == 2
    assert seen(world, batch).counts == {"open": 2, "waiting": 3}
    with pytest.raises(TooManyOpenRequests):
        world.submit_once("other")

    world.run_for(A_DAY_S)
    assert seen(world, batch).counts == {"approved": 5}
    assert world.store.names(names.STATE, names.OPEN) == []


def test_asked_less_often_the_longer_it_waits() -> None:
    """Whoever waits for a place behind an approval of days does not ask each minute for days."""
    caller = Caller("marketing", frozenset(Role), max_open_requests=1)
    world = world_of(caller)
    asked = {"after": [{"name": "brand", "deadline": "PT72H"}]}
    batch = submitted(world, [{"prompt": "a", "approval": asked}, {"prompt": "b"}])
    world.run_for(A_DAY_S)
    world.gate.log.clear()

    world.run_for(A_DAY_S)

    assert seen(world, batch).counts == {"open": 1, "waiting": 1}
    assert world.gate.log.count("queue.send") == 24
    [entry] = [one for one in world.store.names(names.STATE, "due/") if "batches~" in one]
    assert entry


def test_the_next_row_comes_at_once() -> None:
    """When a row is over, the one that waits for its place need not wait for the next minute."""
    caller = Caller("marketing", frozenset(Role), max_open_requests=1)
    world = world_of(caller)
    batch = submitted(world, 3)

    world.run_for(30)

    assert seen(world, batch).counts == {"approved": 3}


def test_a_place_that_never_comes() -> None:
    """A row that has waited as long as anything may wait is refused, and the batch ends."""
    caller = Caller("marketing", frozenset(Role), max_open_requests=1)
    world = settings(world_of(caller), max_wait_days=2)
    asked = {"after": [{"name": "brand", "deadline": "PT47H"}]}
    batch = submitted(world, [{"prompt": "a", "approval": asked}, {"prompt": "b"}])
    world.run_for(3600)
    for one in (f"k{k}" for k in range(3)):
        world.s.blobs.put(names.STATE, f"open/marketing/{one}", b'{"at":"2099-01-01T00:00:00Z"}')

    world.run_for(5 * A_DAY_S)

    view = seen(world, batch)
    assert (view.status, view.counts) == ("completed", {"expired": 1, "refused": 1})
    assert (view.items[1].id, view.items[1].code) == (None, "too_many_open_requests")


def test_no_place_for_even_one() -> None:
    """Where no row could begin, the batch is refused as one request would be."""
    caller = Caller("marketing", frozenset(Role), max_open_requests=1)
    world = settings(world_of(caller), default_approval={"after": [{"name": "brand"}]})
    world.submit()

    with pytest.raises(TooManyOpenRequests):
        submitted(world)
    assert world.store.names(names.CONTENT) == [names.content_of(members(world)[0])]


def test_more_than_the_budget() -> None:
    """A batch that would cost more than is left of the month is refused; nothing is stored."""
    caller = Caller("marketing", frozenset(Role), monthly_budget_usd=Decimal("0.10"))
    world = world_of(caller)

    submitted(world, 1)
    with pytest.raises(BudgetExhausted, match="less than that is left"):
        batches.accept(
            batch_order_of({"items": [{"prompt": "x"}] * 2}, caller, Origin(key="b2"), [], world.s),
            world.s,
        )


def test_settings_that_changed_meanwhile() -> None:
    """A row that nobody may ask for any more ends refused, with its code; the others go on."""
    world = world_of()
    batch = submitted(world)
    world.s = replace(
        world.s,
        terms=replace(world.s.terms, callers=CallerBook((replace(CALLER, models=("other",)),))),
    )

    world.run_for(A_DAY_S)

    view = seen(world, batch)
    assert (view.status, view.counts) == ("completed", {"refused": 3})
    assert [(one.id, one.code) for one in view.items] == [(None, "invalid_request")] * 3
    assert members(world) == []


def test_a_caller_who_is_gone() -> None:
    """Rows of a caller who may not submit any more are refused."""
    world = world_of()
    batch = submitted(world, 1)
    settings(world, callers=CallerBook((replace(CALLER, roles=frozenset({Role.READ})),)))

    world.run_for(A_DAY_S)

    assert seen(world, batch).items[0].code == "forbidden"


def test_bodies_that_are_gone() -> None:
    """Rows whose bodies are not kept any more are refused: the batch does not wait for ever."""
    world = world_of()
    batch = submitted(world, 1)
    world.s.blobs.delete(names.CONTENT, names.batch_rows_of(batch.id))

    world.run_for(A_DAY_S)

    assert seen(world, batch).items[0].code == "content_retired"


@pytest.mark.parametrize("becomes", [None, b"no image", PNG, JPEG])
def test_uploads_that_change(becomes: bytes | None) -> None:
    """A row is made with the very bytes that were checked, or it is refused."""
    world = world_of(replace(CALLER, max_open_requests=1))
    for name in ("a", "b"):
        world.s.blobs.put(names.UPLOADS, f"marketing/{name}", PNG)
    later = [
        {"prompt": PROMPT, "inputImages": [{"blob": f"uploads/marketing/{name}"}]}
        for name in ("b", "a")
    ]
    asked = {"prompt": PROMPT, "approval": {"after": [{"name": "x", "deadline": "P1D"}]}}
    batch = submitted(world, [asked, *later])
    world.run_for(3600)
    if becomes is None:
        world.s.blobs.delete(names.UPLOADS, "marketing/b")
    else:
        world.s.blobs.put(names.UPLOADS, "marketing/b", becomes)

    world.run_for(2 * A_DAY_S)

    _, row, other = [(one.status, one.code) for one in seen(world, batch).items]
    assert row == (("approved", None) if becomes == PNG else ("refused", "upload_changed"))
    assert other == ("approved", None)


def test_how_rows_end() -> None:
    """Each row has its own end, and why; what it cost counts although it failed."""
    world = world_of(model=ScriptedModel(Plays(error=ModelRefused(code="content_filtered"))))
    batch = submitted(world, 2)

    world.run_for(A_DAY_S)

    view = seen(world, batch)
    assert view.counts == {"approved": 1, "failed": 1}
    assert [(one.status, one.code) for one in view.items] == [
        ("failed", "content_filtered"),
        ("approved", None),
    ]


def test_cancel_before_anything() -> None:
    """Of a batch that is cancelled at once no row becomes a request, and its end is told."""
    world = world_of()
    batch = submitted(world, callbackUrl=CALLBACK_URL)
    cancelled = batches.cancel(batch.id, CALLER, world.s)

    world.run_for(A_DAY_S)

    assert cancelled.status == "cancelled"
    view = seen(world, batch)
    assert (view.status, view.counts) == ("cancelled", {"cancelled": 3})
    assert view.completed_at is not None
    assert (members(world), world.model.calls) == ([], [])
    assert [one["ce-type"] for one in world.arrived] == ["darkroom.batch.completed"]
    assert batches.cancel(batch.id, CALLER, world.s).cancelled


def test_a_row_that_has_a_request_ends_with_it() -> None:
    """Where somebody made a request of a row meanwhile, the row is not over before that one is."""
    world = world_of()
    batch = submitted(world, 2)
    go_on(batch.id, world.s)

    assert not end_without_request(batch.id, 0, REFUSED, "budget_exhausted", world.s)
    assert rows_over(batch.id, world.s) == {}
    other = names.member_of(batch.id, 7)
    assert not world.s.journals.load(other)
    assert end_without_request(batch.id, 7, REFUSED, "budget_exhausted", world.s)
    assert rows_over(batch.id, world.s)[7].code == "budget_exhausted"


def test_the_latest_cost_of_a_row_counts() -> None:
    """What is settled after the end takes the place of what was known then."""
    early = Row(3, 5, "failed", 0, 67_001).name("B")
    late = Row(3, 9, "failed", 67_000, 0, "outcome_unknown").name("B")
    found = latest(row for name in (late, early, "batches/B/other") if (row := row_named(name)))

    cost = cost_of(found, "USD")
    assert (cost.amount, cost.maybe_billed_amount) == (0.067, 0.0)
    assert found[3].code == "outcome_unknown"
    assert micro(0.29) == 290_000


def test_cancel_while_people_are_asked() -> None:
    """Requests that are there are cancelled in the name of whoever cancelled the batch."""
    world = settings(world_of(), default_approval={"after": [{"name": "brand"}]})
    batch = submitted(world, 2)
    world.run_for(3600)
    assert seen(world, batch).counts == {"open": 2}
    assert [one.status for one in seen(world, batch, detail=True).items] == ["awaitingApproval"] * 2

    batches.cancel(batch.id, CALLER, world.s)
    world.run_for(3600)

    assert seen(world, batch).counts == {"cancelled": 2}
    facts = [fact for one in members(world) for fact in world.s.journals.load(one).facts]
    assert {f.actor for f in facts if f.type == "request.cancelled"} == {"caller:marketing"}


def test_too_late_to_cancel() -> None:
    """A batch of which every row is over cannot be cancelled any more."""
    world = world_of()
    batch = submitted(world)
    world.run_for(A_DAY_S)

    with pytest.raises(Conflict) as error:
        batches.cancel(batch.id, CALLER, world.s)
    assert error.value.code == "already_final"
    assert seen(world, batch).status == "completed"


def over_and_untold(world: World) -> Batch:
    """A batch of one row, which is over; no message has come that says so."""
    batch = submitted(world, 1, callbackUrl=CALLBACK_URL)
    go_on(batch.id, world.s)
    world.queue.messages[names.STEP_QUEUE] = [
        one for one in world.queue.messages[names.STEP_QUEUE] if "batches~" not in one.text
    ]
    send = world.queue.send

    def losing(queue: str, text: str, visible_after_s: float = 0) -> None:
        if "batches~" not in text:
            send(queue, text, visible_after_s)

    world.queue.send = losing  # type: ignore[method-assign]
    while not rows_over(batch.id, world.s):
        world.run_for(1)
    world.queue.send = send  # type: ignore[method-assign]
    return batch


def test_cancelled_while_its_end_is_told() -> None:
    """Whoever was answered that the batch is cancelled hears of no other end."""
    world = world_of()
    batch = over_and_untold(world)
    page, s = MemoryBlobs.page, world.s
    answers: list[Batch] = []

    class Meanwhile(MemoryBlobs):
        def page(self, container: str, *args: Any, **kwargs: Any) -> Any:
            if not answers:
                answers.append(batches.cancel(batch.id, CALLER, s))
            return page(self, container, *args, **kwargs)

    go_on(batch.id, replace(s, blobs=Meanwhile(world.store)))
    world.run_for(600)

    assert answers[0].cancelled
    facts = [fact.data for fact in s.streams.load(batch_stream(batch.id)).facts]
    ends = [fact.status for fact in facts if isinstance(fact, BatchCompleted)]
    assert ends == ["cancelled"]


def test_every_nudge_about_the_end_is_lost() -> None:
    """The batch is told of as over by its due entry, if the message about it is lost."""
    world = world_of()
    over_and_untold(world)

    world.run_for(600)
    assert [one["ce-type"] for one in world.arrived] == ["darkroom.batch.completed"]


def test_one_person_beside_a_batch() -> None:
    """
    A request of a person goes after three calls at most, while two hundred rows wait for hours.

    One call each ten seconds, so that the one worker of this world is not what is waited for.
    """
    world, person, asked_at = world_of(), [], []
    slow = tuple(replace(one, requests_per_minute=6.0) for one in world.s.terms.deployments)
    settings(world, deployments=slow)

    def come() -> None:
        asked_at.append(world.clock.now())
        person.append(world.submit_once("person"))

    submitted(world, 200)
    world.during_call = come
    world.run_for(3 * 3600)

    called = [call.client_request_id for call in world.model.calls]
    assert len(called) == 201
    assert called.index(f"{person[0]}-1") <= 3
    assert world.called_at[f"{person[0]}-1"] - asked_at[0] <= timedelta(seconds=35)
    assert world.called_at[called[-1]] - asked_at[0] > timedelta(seconds=1900)
