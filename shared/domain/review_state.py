"""How a stage stands for whoever was asked: what a link to it is still good for. Pure."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.approval import Standing, effective_at, is_over
from shared.domain.parts import Opening
from shared.domain.request import Request
from shared.domain.review_views import ReviewState
from shared.domain.transitions import State
from shared.domain.values import Phase

# The verdicts are in effect.
DECIDED = (State.RELEASING, State.APPROVED, State.REJECTED)


@dataclass(frozen=True, slots=True)
class Question:
    """One opening of a stage, as a link names it; `manifest` is the digest of what is judged."""

    phase: Phase
    stage: str
    round: int
    manifest: str


def question_of(opening: Opening) -> Question:
    return Question(opening.phase, opening.stage, opening.round, opening.manifest_sha256)


def state_of(request: Request, question: Question, who: str | None, now: datetime) -> ReviewState:
    """For the reviewer `who`; None is whoever may say who they are."""
    if request.state in DECIDED:
        return "decided"
    if request.final:
        return "closed"
    if request.opening is None:
        return "notOpen"
    if not request.under_review:
        return "decided" if _has_outcome(request) else "notOpen"
    if question_of(request.opening) != question:
        return "superseded"
    return _of_open_stage(request, request.opening, who, now)


def _has_outcome(request: Request) -> bool:
    """Else an operator has been called, and people will be asked once more."""
    return request.standing.settled or bool(request.standing.images)


def _of_open_stage(
    request: Request, opening: Opening, who: str | None, now: datetime
) -> ReviewState:
    if is_over(opening, request.standing, now):
        return "decided"
    if now > opening.deadline:
        return "closed"
    asked = who is None or not opening.reviewers or who in opening.reviewers
    asked = asked and opening.asks.scope == "each"
    return "open" if asked else "notOpen"


def has_answered(request: Request, question: Question, who: str) -> bool:
    place = (question.stage, question.round)
    return any(
        one.data.reviewer == who and (one.data.stage, one.data.round) == place
        for one in request.decisions
        if not one.withdrawn
    )


def withdraw_until(request: Request, who: str, now: datetime) -> datetime | None:
    """Until when the verdict of this reviewer can be taken back; None when it cannot."""
    opening, found = request.opening, request.standing
    answered = any(one.data.reviewer == who for one in request.verdicts())
    if opening is None or not request.under_review or not answered:
        return None
    return undone_until(found, opening, now)


def undone_until(found: Standing, opening: Opening, now: datetime) -> datetime | None:
    """Of whoever has answered."""
    if not is_over(opening, found, now):
        return opening.deadline if now <= opening.deadline else None
    until = effective_at(opening, found)
    return until if now < until else None
