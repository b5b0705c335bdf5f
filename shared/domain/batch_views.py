"""A batch as callers see it: a part of the public contract."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from shared.domain.batch_review_views import BatchApprovalView
from shared.domain.values import BatchCost, Instant, Value


class BatchItem(Value):
    """
    One row; the first is 0. `status`: `waiting` until it is a request, `open` until that is over,
    then how it ended; `refused` when it could become none, and `code` says why.
    """

    row: int
    id: str | None = Field(description="Of its request; null while, or where, there is none.")
    status: str
    code: str | None = None


class BatchLinks(Value):
    self: str
    cancel: str
    review: str


class BatchSummary(Value):
    """
    `cancelled` from the moment it was asked for; it is over when `completedAt` is there. `counts`
    are of all rows, `cost` is that of the rows that are over. `approval`: what people are asked
    about all rows at once, with `approvalScope` `batch`; null before they are asked.
    """

    id: str
    name: str | None
    status: Literal["running", "completed", "cancelled"]
    caller: str
    created_at: Instant
    completed_at: Instant | None
    rows: int
    counts: Mapping[str, int]
    cost: BatchCost
    approval_scope: Literal["each", "batch"]
    approval: BatchApprovalView | None
    links: BatchLinks


class BatchView(BatchSummary):
    """A batch with a page of its rows."""

    items: tuple[BatchItem, ...]
    continuation: str | None = None


class BatchList(Value):
    """One page, newest first; `continuation` asks for the next."""

    items: tuple[BatchSummary, ...]
    continuation: str | None
