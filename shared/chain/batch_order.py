"""From the body of a batch to its order: every row checked, nothing stored yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, cast

from shared.chain.admission import most
from shared.chain.order import Order, callback_faults, digest_of, order_of
from shared.chain.policing import judge
from shared.chain.ports import Blobs, Page
from shared.chain.request_keys import Origin
from shared.chain.services import Services
from shared.domain import names
from shared.domain.batch import UPLOAD_CHANGED
from shared.domain.batch_body import BatchBody, ParsedBatch, parse_batch
from shared.domain.batch_notices import BatchAsked, BatchEscalated, BatchReminded
from shared.domain.batch_stages import of_batch, stage_faults
from shared.domain.content import Content
from shared.domain.notices import BatchCompleted
from shared.domain.submission import SubmitBody, one_each
from shared.domain.values import Stage
from shared.errors import Conflict, Fault, InvalidRequest, PolicyRejected
from shared.security.callers import Caller

# Beside the fields of a row that was taken; none of them is called so.
UPLOADS = "uploads"


@dataclass(frozen=True, slots=True)
class BatchOrder:
    """
    `rows` as they will be asked for; `most`: what all of them may cost; `stages`: in which people
    are asked about all of them at once.
    """

    caller: Caller
    origin: Origin
    body_sha256: str
    most: Decimal
    callback_events: tuple[str, ...]
    stages: tuple[Stage, ...]
    content: Content = field(repr=False)
    rows: tuple[Mapping[str, Any], ...] = field(repr=False)


def batch_order_of(
    raw: object, caller: Caller, origin: Origin, beside: list[Fault], s: Services
) -> BatchOrder:
    """
    `beside`: what is wrong with what came beside the body.

    Raises:
        InvalidRequest: with the faults of the batch and of every row.
        PolicyRejected: nothing else is wrong.
        PolicyUnavailable: there is no policy to ask.
    """
    s = once_each(s)
    parsed = parse_batch(raw)
    body, faults = parsed.body, [*parsed.faults, *beside]
    faults += callback_faults(body.callback_url, body.callback_secret, s.terms)
    orders, wrong, forbidden = _checked(parsed, caller, s)
    whole = body.approval_scope == "batch"
    if whole and len(orders) == len(parsed.rows):
        stages = [order.stages for order in orders]
        wrong += stage_faults(stages, parsed.at, s.terms.max_wait_days)
    if faults := one_each([*faults, *wrong]):
        raise InvalidRequest([*faults, *forbidden])
    if forbidden:
        raise PolicyRejected(forbidden)
    return BatchOrder(
        caller=caller,
        origin=origin,
        body_sha256=digest_of(raw),
        most=sum((most(order, s) for order in orders), Decimal(0)),
        callback_events=_events(whole) if body.callback_url else (),
        stages=of_batch(orders[0].stages) if whole else (),
        content=_content(body, origin, orders[0].content.people if whole else {}),
        rows=tuple(_settled(parsed.whole(row), order) for row, order in enumerate(orders)),
    )


def _checked(
    parsed: ParsedBatch, caller: Caller, s: Services
) -> tuple[list[Order], list[Fault], list[Fault]]:
    """What the rows come to, what is wrong with them, and what the policy does not allow."""
    orders: list[Order] = []
    wrong: list[Fault] = []
    forbidden: list[Fault] = []
    for row in range(len(parsed.rows)):
        try:
            order = row_order_of(parsed.whole(row), caller, Origin(), s)
            orders.append(judge(order, s).allowed())
        except InvalidRequest as error:
            found = forbidden if isinstance(error, PolicyRejected) else wrong
            if parsed.sound(row):
                found += [parsed.placed(row, fault) for fault in error.faults]
    return orders, wrong, forbidden


def _settled(row: Mapping[str, Any], order: Order) -> Mapping[str, Any]:
    """
    With the version and the digests of the uploads that were checked: a newer version must not
    change half of a batch, nor may anybody put other images in place of those.
    """
    settled = dict(row)
    if (used := order.content.template) is not None:
        settled["template"] = {**row["template"], "version": used.version}
    if uploads := _uploads(order):
        settled[UPLOADS] = uploads
    return settled


def _uploads(order: Order) -> Mapping[str, str | None]:
    """By the places of the inputs, as JSON has names."""
    given = (one for one in order.inputs if one.blob is not None)
    return {str(one.ref.index): one.ref.sha256 for one in given}


@dataclass(frozen=True, slots=True)
class Once:
    """Blobs of which the templates are listed once, however many rows are made with them."""

    blobs: Blobs
    _pages: dict[tuple[object, ...], Page] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.blobs, name)

    def page(
        self, container: str, prefix: str, limit: int, continuation: str | None = None
    ) -> Page:
        asked = (container, prefix, limit, continuation)
        if container != names.TEMPLATES:
            return self.blobs.page(*asked)
        if asked not in self._pages:
            self._pages[asked] = self.blobs.page(*asked)
        return self._pages[asked]


def once_each(s: Services) -> Services:
    """For checking many rows at a time."""
    return replace(s, blobs=cast(Blobs, Once(s.blobs)))


def taken_row_order_of(
    taken: Mapping[str, Any], caller: Caller, origin: Origin, s: Services
) -> Order:
    """
    The order of one of a batch's `rows`.

    Raises:
        Conflict: an upload is gone, or is not what it was when the batch was taken.
        InvalidRequest: with every other fault of the row.
    """
    raw = {name: value for name, value in taken.items() if name != UPLOADS}
    changed = Conflict("An upload of the row is not there as it was.", code=UPLOAD_CHANGED)
    try:
        order = row_order_of(raw, caller, origin, s)
    except InvalidRequest as error:
        if any(fault.pointer.endswith("/blob") for fault in error.faults):
            raise changed from None
        raise
    if _uploads(order) != taken.get(UPLOADS, {}):
        raise changed
    return order


def row_order_of(raw: Mapping[str, Any], caller: Caller, origin: Origin, s: Services) -> Order:
    """
    Raises:
        InvalidRequest: with every fault of the row.
    """
    return order_of(dict(raw), SubmitBody, caller, origin, s)


def _events(whole: bool) -> tuple[str, ...]:
    """What the callback is told of: that people are asked, only where the batch itself asks."""
    asking = (BatchAsked.EVENT, BatchReminded.EVENT, BatchEscalated.EVENT) if whole else ()
    return (*asking, BatchCompleted.EVENT)


def _content(body: BatchBody, origin: Origin, people: Mapping[str, str]) -> Content:
    """A batch has no prompt of its own; its name is what it is for. `people`: whom it asks."""
    return Content(
        salt="",
        prompt="",
        purpose=body.name,
        idempotency_key=origin.key,
        callback_url=body.callback_url,
        callback_secret=body.callback_secret,
        people=people,
    )
