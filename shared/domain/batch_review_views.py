"""One verdict for a whole batch as callers and reviewers see it: a part of the public contract."""

from typing import Literal

from pydantic import Field

from shared.domain.event_views import OwnLinks
from shared.domain.image_views import ImageView
from shared.domain.review_views import ReviewerView, ReviewState
from shared.domain.values import Instant, Rule, Value


class BatchDecisionView(Value):
    """`rejected` are the rows that it does not let through; all others it does."""

    round: int
    reviewer: str
    decision: Literal["approve", "reject"]
    rejected: tuple[int, ...]
    checklist: tuple[str | None, ...]
    withdrawn: bool
    at: Instant
    comment: str | None
    via: Literal["token", "caller"]


class BatchApprovalView(Value):
    """
    What people were asked about the whole batch, last of all; `decisions` are all there were.

    `round` counts the questions, `root` is the digest over the rows of this one: their requests,
    rounds and manifests. `verdict` is what the answers come to so far; `outcome` what came of it:
    `void` where no row waits for an answer any more.
    """

    stage: str
    round: int
    root: str
    rows: int
    asked_at: Instant
    deadline: Instant
    reviewers: tuple[str, ...]
    rule: Rule
    veto: bool
    checklist: tuple[str | None, ...]
    verdict: Literal["open", "passed", "rejected", "revise"]
    outcome: Literal["decided", "expired", "void"] | None
    waiting_for: tuple[str, ...]
    reminders: int
    escalated: bool
    decisions: tuple[BatchDecisionView, ...]


class AskedItem(Value):
    """
    One row that was asked about. `standing`: it still waits for the answer; else it was cancelled,
    erased, or has gone on. `images` are those that the root names, and no others.
    """

    row: int
    id: str
    standing: bool
    status: str
    purpose: str | None
    prompt: str | None = Field(repr=False, description="Where the request has `includePrompt`.")
    images: tuple[ImageView, ...]


class BatchReviewView(Value):
    """A batch as whoever decides on it sees it; `state` as of a request's review."""

    id: str
    name: str | None
    caller: str
    rows: int
    state: ReviewState
    reviewer: ReviewerView
    approval: BatchApprovalView | None
    items: tuple[AskedItem, ...]
    continuation: str | None = None
    now: Instant


class BatchAskingData(Value):
    """
    What is told where people are asked about a whole batch, as of the event.

    The first two links are good for whoever holds them; `reviewers` are those who have not
    answered. `items` are as many of the rows as there is room for: `reviewUrl` shows all of them.
    """

    name: str
    title: str | None
    status: Literal["running", "completed", "cancelled"]
    caller: str
    rows: int
    approval: BatchApprovalView
    decision_url: str = Field(repr=False)
    review_url: str = Field(repr=False)
    reviewers: tuple[OwnLinks, ...] = ()
    items: tuple[AskedItem, ...] = ()
