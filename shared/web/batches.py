"""Batches: many requests as one, read as one, and cancelled as one."""

from contextlib import suppress
from typing import get_args

from shared.chain import batches
from shared.chain.batch_order import batch_order_of
from shared.chain.services import Services
from shared.domain import names
from shared.domain.batch import OPEN, REFUSED, WAITING, Batch
from shared.domain.batch_views import BatchList, BatchSummary, BatchView
from shared.domain.transitions import FINAL
from shared.errors import NotFound
from shared.security.callers import Role
from shared.web.bodies import json_of
from shared.web.continuation import DEFAULT_LIMIT, Place, limit_of, read_place, written_place
from shared.web.exchange import Answer, Call, all_read, answer
from shared.web.origins import origin_of
from shared.web.shelf import Shelf, page, whose

DETAILS = ("status",)
ROW_STATUSES = (WAITING, OPEN, *sorted(map(str, FINAL)), REFUSED)
STATUSES = get_args(BatchSummary.model_fields["status"].annotation)


def submit_batch(call: Call, s: Services) -> Answer:
    """
    Without a `Location`: an engine would follow it without the key, and a batch takes hours.
    """
    raw, (origin, faults) = json_of(call), origin_of(call.headers)
    caller = call.known_caller
    batch = None if faults else batches.taken_before(raw, caller, origin, s)
    if batch is None:
        batch = batches.accept(batch_order_of(raw, caller, origin, faults, s), s)
    return answer(202, _view(batch, 0, DEFAULT_LIMIT, False, s))


def get_batch(call: Call, s: Services) -> Answer:
    batch = _visible(call, s)
    readers = (
        lambda: limit_of(call),
        lambda: call.chosen("detail", DETAILS),
        lambda: call.chosen("status", ROW_STATUSES),
        lambda: read_place(call, _list_of(batch), s),
    )
    limit, detail, status, place = all_read(readers)
    first = int(place.after or "0")
    return answer(200, _view(batch, first, limit, detail is not None, s, status))


def list_batches(call: Call, s: Services) -> Answer:
    readers = (
        lambda: whose(call),
        lambda: call.chosen("status", STATUSES),
        lambda: limit_of(call),
    )
    caller, status, limit = all_read(readers)
    shelf = _shelf(caller, status, s)
    found, rest = page(shelf, read_place(call, shelf.label, s), limit, s)
    items = tuple(_summary(batch, s) for batch in found)
    continuation = written_place(rest, shelf.label, s) if rest else None
    return answer(200, BatchList(items=items, continuation=continuation))


def _shelf(caller: str | None, status: str | None, s: Services) -> Shelf[Batch]:
    """Named before they are taken: what a door that died has named is passed over."""
    folder = f"{names.BATCH_INDEX_OF}{caller}/" if caller else names.BATCH_INDEX

    def found(name: str) -> Batch | None:
        with suppress(NotFound):
            batch = batches.load(names.newest_first(name.removeprefix(folder)), s)
            return batch if status in (None, batch.status) else None
        return None

    return Shelf(folder, folder, lambda _: True, found)


def _summary(batch: Batch, s: Services) -> BatchSummary:
    view = batches.view_of(batch, 0, 0, False, s)
    return BatchSummary(**{name: getattr(view, name) for name in BatchSummary.model_fields})


def cancel_batch(call: Call, s: Services) -> Answer:
    batch = batches.cancel(_visible(call, s).id, call.known_caller, s)
    return answer(200, _view(batch, 0, DEFAULT_LIMIT, False, s))


def _visible(call: Call, s: Services) -> Batch:
    """
    Raises:
        NotFound: there is no such batch, or it is none of this caller's business.
    """
    if not names.is_ulid(call.id):
        raise NotFound
    batch, caller = batches.load(call.id, s), call.known_caller
    if batch.accepted.caller != caller.name and Role.READ_ALL not in caller.roles:
        raise NotFound
    return batch


def _view(
    batch: Batch, first: int, limit: int, detail: bool, s: Services, status: str | None = None
) -> BatchView:
    """One row more is asked for, to know whether there is another page."""
    view = batches.view_of(batch, first, limit + 1, detail, s, status)
    if len(view.items) <= limit:
        return view
    rest = written_place(Place(after=str(view.items[limit].row)), _list_of(batch), s)
    return view.model_copy(update={"items": view.items[:limit], "continuation": rest})


def _list_of(batch: Batch) -> str:
    """A continuation is good for one list only."""
    return f"batches {batch.id}"
