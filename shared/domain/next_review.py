"""What next while people are asked: what they said takes effect, or time does."""

from datetime import datetime, timedelta

from shared.domain import approval_facts, facts
from shared.domain.approval import MAX_ROUNDS, Standing, effective_at
from shared.domain.parts import Opening
from shared.domain.request import Request
from shared.domain.step import (
    GRACE,
    MOMENT,
    Choose,
    Escalate,
    HearBatch,
    Next,
    OpenStage,
    Reject,
    Revise,
    SeeIfHeard,
    WaitUntil,
)
from shared.domain.transitions import REQUESTED

# Nobody reads more, and a journal is no place for them.
MAX_REMINDERS = 100
# Of the time there is to answer: whoever was not reached by then is hardly going to answer.
HEARD_WITHIN = 0.25


def next_of_review(request: Request, now: datetime) -> Next:
    opening, found = request.opening, request.standing
    assert opening is not None
    if found.settled:
        at = effective_at(opening, found)
        return WaitUntil(at) if now < at else _verdict(request, found)
    if opening.asks.scope == "batch":
        return HearBatch(opening.deadline + GRACE + MOMENT)
    if now > opening.deadline + GRACE:
        return _in_default(request, opening, now)
    return _meanwhile(request, opening, now)


def _verdict(request: Request, found: Standing) -> Next:
    if found.images:
        return _passed(request, found.images)
    if found.outcome == "revise" and request.round < MAX_ROUNDS:
        return Revise()
    return Reject()


def _passed(request: Request, images: tuple[int, ...]) -> Next:
    assert request.opening is not None
    phase = request.opening.phase
    stage = request.upcoming(phase)
    if stage is not None:
        return OpenStage(stage)
    if phase == "before":
        return Choose(facts.Queued())
    return Choose(approval_facts.ReleaseStarted(images=images))


def _in_default(request: Request, opening: Opening, now: datetime) -> Next:
    """What enough people have approved by then has passed; else others are asked, once."""
    stage, found = opening.asks, request.standing
    if found.images:
        at = effective_at(opening, found)
        return WaitUntil(at) if now < at else _passed(request, found.images)
    if stage.on_deadline == "escalate" and not opening.escalated:
        return Escalate()
    return Choose(facts.Expired())


def _meanwhile(request: Request, opening: Opening, now: datetime) -> Next:
    ends_at = opening.deadline + GRACE + MOMENT
    reminded_at = remind_at(opening)
    if reminded_at is not None and now >= reminded_at:
        return Choose(approval_facts.Reminded(stage=opening.stage))
    next_at = min(reminded_at or ends_at, ends_at)
    if not _announced(request) or request.verdicts():
        return WaitUntil(next_at)
    heard_by = opening.asked_at + HEARD_WITHIN * (opening.deadline - opening.asked_at)
    return SeeIfHeard(next_at) if now >= heard_by else WaitUntil(min(heard_by, next_at))


def remind_at(opening: Opening) -> datetime | None:
    """Counted from the last word, so that what was missed is not made up for."""
    every_s = opening.asks.remind_every_s
    if every_s is None or opening.reminders >= MAX_REMINDERS:
        return None
    at = opening.nudged_at + timedelta(seconds=every_s)
    return at if at < opening.deadline else None


def _announced(request: Request) -> bool:
    """Who asked for no such event polls, or has told the reviewers in another way."""
    return REQUESTED in request.callback_events
