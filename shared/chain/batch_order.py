"""From the body of a batch to its order: every row checked, nothing stored yet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from shared.chain.admission import most
from shared.chain.order import Order, Origin, callback_faults, digest_of, order_of
from shared.chain.services import Services
from shared.domain.batch_body import BatchBody, ParsedBatch, first_of, parse_batch
from shared.domain.content import Content
from shared.domain.notices import BatchCompleted
from shared.domain.submission import SubmitBody, one_each
from shared.errors import Fault, InvalidRequest
from shared.security.callers import Caller


@dataclass(frozen=True, slots=True)
class BatchOrder:
    """`rows` as they will be asked for; `most`: what all of them may cost."""

    caller: Caller
    origin: Origin
    body_sha256: str
    most: Decimal
    callback_events: tuple[str, ...]
    content: Content = field(repr=False)
    rows: tuple[Mapping[str, Any], ...] = field(repr=False)


def batch_order_of(
    raw: object, caller: Caller, origin: Origin, beside: list[Fault], s: Services
) -> BatchOrder:
    """
    `beside`: what is wrong with what came beside the body.

    Raises:
        InvalidRequest: with the faults of the batch and of every row.
    """
    parsed = parse_batch(raw)
    body, orders, faults = parsed.body, [], [*parsed.faults, *beside]
    faults += callback_faults(body.callback_url, body.callback_secret, s.terms)
    for found, wrong in _checked(parsed, caller, s):
        faults += wrong
        orders.append(found)
    if faults := one_each(faults):
        raise InvalidRequest(first_of(faults))
    return BatchOrder(
        caller=caller,
        origin=origin,
        body_sha256=digest_of(raw),
        most=sum(orders, Decimal(0)),
        callback_events=(BatchCompleted.EVENT,) if body.callback_url else (),
        content=_content(body, origin),
        rows=tuple(parsed.whole(row) for row in range(len(parsed.rows))),
    )


def _checked(
    parsed: ParsedBatch, caller: Caller, s: Services
) -> Iterator[tuple[Decimal, list[Fault]]]:
    """Of each row what it may cost; the order itself is made anew when its turn comes."""
    for row in range(len(parsed.rows)):
        try:
            yield most(row_order_of(parsed.whole(row), caller, Origin(), s), s), []
        except InvalidRequest as error:
            wrong = [] if parsed.shapeless(row) else error.faults
            yield Decimal(0), [parsed.placed(row, fault) for fault in wrong]


def row_order_of(raw: Mapping[str, Any], caller: Caller, origin: Origin, s: Services) -> Order:
    """
    Raises:
        InvalidRequest: with every fault of the row.
    """
    return order_of(dict(raw), SubmitBody, caller, origin, s)


def _content(body: BatchBody, origin: Origin) -> Content:
    """A batch has no prompt of its own; its name is what it is for."""
    return Content(
        salt="",
        prompt="",
        purpose=body.name,
        idempotency_key=origin.key,
        callback_url=body.callback_url,
        callback_secret=body.callback_secret,
    )
