"""
What a batch needs done: its rows made into requests, or kept from it, and its end told once.

A look does so much and says when the next has to come. Whoever dies leaves a due entry, and
whoever repeats a row meets what is there, since a row's request has an id of its own. Two looks
at a time do each other no harm.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from shared.chain import batch_asking, doors
from shared.chain.accept import place
from shared.chain.batch_agreement import asked_with_batch
from shared.chain.batch_order import once_each, taken_row_order_of
from shared.chain.batch_rows import end_without_request, made_after_all, rows_over
from shared.chain.batches import rows_of
from shared.chain.order import Order
from shared.chain.request_keys import Origin
from shared.chain.services import Services
from shared.domain import names
from shared.domain.batch import CANCELLED, REFUSED, Batch, Row, cost_of, counts_of, fold, next_try
from shared.domain.facts import Fact
from shared.domain.notices import (
    BatchCompleted,
    BatchPlaced,
    BatchStopped,
    Notice,
    batch_stream,
)
from shared.domain.retention import LAST_PHASE, PHASES
from shared.domain.values import BatchRef
from shared.errors import (
    CallerError,
    Conflict,
    Forbidden,
    TooManyOpenRequests,
)
from shared.security.callers import Role

ACTOR = "darkroom"
# What one look may take, far below an invocation's own limit; the next goes on behind it.
MAX_ROWS, MAX_LOOK = 200, timedelta(seconds=45)
# So often it is recorded how far it came: what a look repeats of another that died.
RECORDED_EACH = 25
KEPT = timedelta(days=next(days for phase, days, _ in PHASES if phase == LAST_PHASE))


def go_on(batch_id: str, s: Services) -> datetime | None:
    """
    Do what can be done now; when somebody has to go on, None when nothing is left.

    Raises:
        StorageError: look again; nothing changes by repeating.
    """
    batch = _known(batch_id, s)
    if batch is None:
        return None
    if batch.completed_at is None and not batch.seen_to:
        again = None
        if batch.cancelled:
            _stop(batch, s)
        else:
            again = _place(batch, s)
        batch = _known(batch_id, s) or batch
        if not batch.seen_to:
            return again or s.clock.now()
    if batch.completed_at is None:
        s.blobs.delete(names.CONTENT, names.batch_rows_of(batch_id))
        over = rows_over(batch_id, s)
        batch = _complete(batch, over, s)
        if batch.completed_at is None:
            return batch_asking.go_on(batch, over, s) if batch.accepted.stages else None
    return _retire(batch, s)


def _known(batch_id: str, s: Services) -> Batch | None:
    return fold(batch_id, s.streams.load(batch_stream(batch_id)).facts)


def _bounded(first: int, rows: int, s: Services) -> Iterator[int]:
    """The rows from there on, as many as one look may take."""
    until = s.clock.now() + MAX_LOOK
    for row in range(first, min(rows, first + MAX_ROWS)):
        if s.clock.now() >= until:
            return
        yield row


def _place(batch: Batch, s: Services) -> datetime | None:
    """Make requests of rows; until when to wait, where there is no place for the next one."""
    rows, over = rows_of(batch.id, s), rows_over(batch.id, s)
    checking = once_each(s)
    again, done = None, batch.placed
    for row in _bounded(batch.placed, batch.rows, s):
        asked = rows[row] if rows else None
        order = partial(_order, batch, row, asked, checking)
        if not _placed(batch, row, order, over.get(row), s):
            again = next_try(batch, s.clock.now())
            break
        done = row + 1
        if done % RECORDED_EACH == 0 and not _record(batch, BatchPlaced(rows=done), s):
            return None
    _record(batch, BatchPlaced(rows=done), s)
    return again


def _placed(
    batch: Batch, row: int, order: Callable[[], Order], over: Row | None, s: Services
) -> bool:
    """Whether the row is seen to; False while there is no place for its request."""
    if over is not None:
        if over.never:
            made_after_all(batch.id, row, s)
        return True
    try:
        place(names.member_of(batch.id, row), order(), s)
    except TooManyOpenRequests as error:
        if s.clock.now() < batch.created_at + timedelta(days=s.terms.max_wait_days):
            return False
        end_without_request(batch.id, row, REFUSED, error.code, s)
    except CallerError as error:
        end_without_request(batch.id, row, REFUSED, error.code, s)
    return True


def _order(batch: Batch, row: int, asked: Mapping[str, Any] | None, s: Services) -> Order:
    """By what holds now: settings may have changed since the batch was taken."""
    accepted = batch.accepted
    if asked is None:
        raise Conflict("What the row asks for is not kept any more.", code="content_retired")
    caller = s.terms.callers.by_name(accepted.caller)
    if caller is None or Role.SUBMIT not in caller.roles:
        raise Forbidden
    origin = Origin(
        workflow_run_id=accepted.workflow_run_id,
        client_tracking_id=accepted.client_tracking_id,
        traceparent=accepted.traceparent,
    )
    ref = BatchRef(id=batch.id, row=row, rows=batch.rows)
    order = replace(taken_row_order_of(asked, caller, origin, s), batch=ref)
    return asked_with_batch(order, accepted.stages, s) if accepted.stages else order


def _stop(batch: Batch, s: Services) -> None:
    """Cancel what are requests, and keep the other rows from becoming any."""
    over, done = rows_over(batch.id, s), batch.stopped
    for row in _bounded(batch.stopped, batch.rows, s):
        ended = over.get(row)
        if ended is None or ended.never:
            _stopped(batch, row, ended, s)
        done = row + 1
        if done % RECORDED_EACH == 0:
            _record(batch, BatchStopped(rows=done), s)
    _record(batch, BatchStopped(rows=done), s)


def _stopped(batch: Batch, row: int, ended: Row | None, s: Services) -> None:
    """Never a name for a row that has a request already: it is over when that one is."""
    member = names.member_of(batch.id, row)
    there = made_after_all(batch.id, row, s)
    if not there and ended is None:
        there = not end_without_request(batch.id, row, CANCELLED, "", s)
    if there:
        with suppress(Conflict):  # it is over, or about to be
            doors.cancel_as(batch.cancelled_by or ACTOR, member, s)


def _complete(batch: Batch, over: Mapping[int, Row], s: Services) -> Batch:
    """Tell of the end, if it has come."""
    if len(over) < batch.rows:
        return batch
    done = BatchCompleted(
        id=batch.id,
        caller=batch.accepted.caller,
        status=batch.ending,
        rows=batch.rows,
        counts=counts_of(batch, over),
        cost=cost_of(over, s.terms.prices.currency),
    )
    _record(batch, done, s)
    return _known(batch.id, s) or batch


def _retire(batch: Batch, s: Services) -> datetime | None:
    """Its name and its callback's address go when a member's prompt does."""
    assert batch.completed_at is not None
    at = batch.completed_at + KEPT
    if s.clock.now() < at:
        return at
    s.blobs.delete(names.CONTENT, names.batch_rows_of(batch.id))
    s.blobs.delete(names.CONTENT, names.content_of(batch.id))
    return None


def _record(batch: Batch, notice: Notice, s: Services) -> bool:
    """
    Whether it was news: not where another look said so, or more, nor where the batch was
    cancelled meanwhile.
    """

    def said(facts: tuple[Fact, ...]) -> bool:
        known = fold(batch.id, facts)
        if known is None or known.completed_at or known.cancelled != batch.cancelled:
            return True
        match notice:
            case BatchPlaced(rows=rows):
                return known.placed >= rows
            case BatchStopped(rows=rows):
                return known.stopped >= rows
        return False

    return s.streams.tell(batch_stream(batch.id), ACTOR, notice, said)
