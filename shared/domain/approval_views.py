"""The approval within a request as callers see it: a part of the public contract."""

from typing import Literal

from shared.domain.values import BatchVerdict, Instant, Phase, Rule, Value

Word = Literal["approve", "reject", "revise"]


class ImageVerdictView(Value):
    index: int
    decision: Word
    comment: str | None = None


class DecisionView(Value):
    """
    `reviewer` is the address while it may be kept, then a pseudonym; `comment` has all that was
    said as one text, what was said of one image too. A text of `checklist` that is not kept any
    more is null. `via` `batch`: it was said of the whole batch, in the line of its record that
    `batch` names.
    """

    stage: str
    round: int
    reviewer: str
    decision: Word
    images: tuple[ImageVerdictView, ...]
    checklist: tuple[str | None, ...]
    withdrawn: bool
    at: Instant
    comment: str | None
    via: Literal["token", "caller", "batch"]
    batch: BatchVerdict | None = None


class DelegationView(Value):
    reviewer: str
    to: str


class StageView(Value):
    phase: Phase
    name: str


class ApprovalView(Value):
    """
    The stage that was opened last; `stages` are all that were agreed, `decisions` all there were.

    `images` are the indices asked about, none before generation. `verdict` is what the answers
    come to so far; while it is `open`, `waitingFor` has who has not answered. `askedAt`: since
    when these reviewers are asked.
    """

    phase: Phase
    stage: str
    asked_at: Instant
    deadline: Instant
    reviewers: tuple[str, ...] = ()
    rule: Rule
    veto: bool
    checklist: tuple[str | None, ...]
    images: tuple[int, ...]
    verdict: Literal["open", "passed", "rejected", "revise"]
    waiting_for: tuple[str, ...]
    reminders: int
    escalated: bool
    delegations: tuple[DelegationView, ...]
    stages: tuple[StageView, ...]
    decisions: tuple[DecisionView, ...]
