"""
Batches as callers meet them: taken in one answer, made into requests later, read and cancelled.

Key → room → mentions → content → rows → index → due entry → first fact → answer: each write is
idempotent by its name, as for one request, and whoever meets its own key runs the rest again.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from itertools import islice
from typing import Any

from shared import logs
from shared.chain.accept import claimed_id
from shared.chain.admission import no_room
from shared.chain.batch_erasing import mention_rows
from shared.chain.batch_order import BatchOrder
from shared.chain.batch_review import NOTHING_KEPT, approval_of
from shared.chain.batch_rows import look_at, rows_over
from shared.chain.checklists import marked
from shared.chain.doors import load as load_request
from shared.chain.order import digest_of
from shared.chain.request_keys import Origin, known_request
from shared.chain.services import Services
from shared.domain import batch as batches
from shared.domain import names
from shared.domain.batch import Batch, fold
from shared.domain.batch_views import BatchItem, BatchLinks, BatchView
from shared.domain.budget import month_of
from shared.domain.notices import BatchAccepted, BatchCancelled, batch_stream
from shared.errors import (
    AlreadyThere,
    BudgetExhausted,
    Conflict,
    KeyReused,
    NotFound,
    TooManyOpenRequests,
)
from shared.security.callers import Caller


def load(batch_id: str, s: Services) -> Batch:
    """
    Raises:
        NotFound: there is no such batch.
    """
    found = fold(batch_id, s.streams.load(batch_stream(batch_id)).facts)
    if found is None:
        raise NotFound
    return found


def accept(order: BatchOrder, s: Services) -> Batch:
    """
    The batch of this order: a new one, or the one that its key already stands for.

    Raises:
        KeyReused: the key stands for another body.
        TooManyOpenRequests: the caller has no place free, so not even a first row could begin.
        BudgetExhausted: this month's budget has no room for all of it.
        StorageError: nothing was answered for; asking again with the same key is safe.
    """
    batch_id = claimed_id(order, s)
    order = marked(order, s.terms.ring)
    if (known := _there(batch_id, s)) is not None:
        return known
    _admit(batch_id, order, s)
    mention_rows(batch_id, order, s)
    s.contents.create(batch_id, order.content)
    with suppress(AlreadyThere):
        rows = json.dumps(order.rows).encode()
        s.blobs.put(names.CONTENT, names.batch_rows_of(batch_id), rows, if_absent=True)
    for entry in names.batch_entries(batch_id, order.caller.name):
        s.blobs.put(names.STATE, entry, b"{}")
    origin = order.origin
    first = BatchAccepted(
        caller=order.caller.name,
        rows=len(order.rows),
        stages=order.stages,
        callback_events=order.callback_events,
        workflow_run_id=origin.workflow_run_id,
        client_tracking_id=origin.client_tracking_id,
        traceparent=origin.traceparent,
    )
    s.streams.tell(batch_stream(batch_id), f"caller:{order.caller.name}", first, bool)
    return load(batch_id, s)


def taken_before(raw: object, caller: Caller, origin: Origin, s: Services) -> Batch | None:
    """
    The batch that this body, with this key, was taken as. What holds now is not asked about it:
    its answer was given.
    """
    with suppress(KeyReused):  # which is said when it is accepted
        known = known_request(caller.name, origin, digest_of(raw), s)
        return _there(known, s) if known is not None else None
    return None


def _there(batch_id: str, s: Services) -> Batch | None:
    with suppress(NotFound):
        known = load(batch_id, s)
        if not known.seen_to:
            look_at(batch_id, s)
        return known
    return None


def _admit(batch_id: str, order: BatchOrder, s: Services) -> None:
    """Only asked: each row takes its place and its money when it becomes a request."""
    caller = order.caller
    if not s.open_requests.has_room(batch_id, caller):
        raise TooManyOpenRequests
    budget = s.budgets.standing(caller, month_of(s.clock.now()))
    if budget is None or caller.over_budget != "refuse":
        return
    if not budget.has_room(order.most, caller.monthly_budget_usd):
        raise BudgetExhausted(no_room(order.most, caller))


def rows_of(batch_id: str, s: Services) -> list[dict[str, Any] | None] | None:
    """What the rows ask for; None when it is not kept any more, all of it or a row's."""
    found = s.blobs.read(names.CONTENT, names.batch_rows_of(batch_id))
    rows: list[dict[str, Any] | None] | None = json.loads(found.data) if found else None
    return rows


def cancel(batch_id: str, caller: Caller, s: Services) -> Batch:
    """
    What is no request yet becomes none, and the others are cancelled.

    Raises:
        Conflict: `already_final`.
    """
    if (batch := load(batch_id, s)).cancelled:
        return batch

    def over(facts: Any) -> bool:
        known = fold(batch_id, facts)
        return known is None or known.cancelled or known.completed_at is not None

    s.streams.tell(batch_stream(batch_id), f"caller:{caller.name}", BatchCancelled(), over)
    batch = load(batch_id, s)
    if not batch.cancelled:
        raise Conflict("Every row of the batch is over.", code="already_final")
    logs.event("batch.cancelled", batch_id=batch_id, caller=caller.name)
    return batch


def view_of(
    batch: Batch, first: int, limit: int, detail: bool, s: Services, status: str | None = None
) -> BatchView:
    """
    With `limit` rows from `first` on, all or those of one status. `detail`: ask the request of
    each that is not over.
    """
    over = rows_over(batch.id, s)
    content = s.contents.read(batch.id)
    rows = (row for row in range(first, batch.rows) if status in (None, _status(batch, row, over)))
    return BatchView(
        id=batch.id,
        name=content.purpose if content else None,
        status=batch.status,
        caller=batch.accepted.caller,
        created_at=batch.created_at,
        completed_at=batch.completed_at,
        rows=batch.rows,
        counts=batches.counts_of(batch, over),
        cost=batches.cost_of(over, s.terms.prices.currency),
        items=tuple(_item(batch, row, over.get(row), detail, s) for row in islice(rows, limit)),
        approval_scope="batch" if batch.accepted.stages else "each",
        approval=approval_of(batch, content or NOTHING_KEPT),
        links=BatchLinks(
            self=s.links.batch(batch.id),
            cancel=s.links.batch(batch.id, "cancel"),
            review=s.links.batch(batch.id, "review"),
        ),
    )


def _status(batch: Batch, row: int, over: Mapping[int, batches.Row]) -> str:
    return over[row].status if row in over else batches.status_of(batch, row)


def _item(batch: Batch, row: int, over: batches.Row | None, detail: bool, s: Services) -> BatchItem:
    member = names.member_of(batch.id, row)
    if over is not None:
        request_id = None if over.never else member
        return BatchItem(row=row, id=request_id, status=over.status, code=over.code or None)
    status = batches.status_of(batch, row)
    if status == batches.WAITING:
        return BatchItem(row=row, id=None, status=status)
    if detail:
        with suppress(NotFound):
            status = load_request(member, s).request.status
    return BatchItem(row=row, id=member, status=status)
