"""What next: a pure function of the request and the time. No I/O, no clock, no settings."""

from datetime import datetime

from shared.domain import facts
from shared.domain.alt_texts import AltTextDraft
from shared.domain.approval_facts import ReleaseStarted
from shared.domain.next_review import next_of_review
from shared.domain.parts import Erasure
from shared.domain.request import Request
from shared.domain.retention import next_phase
from shared.domain.reuse_changes import may_reuse
from shared.domain.screening import REJECTED, UNAVAILABLE
from shared.domain.step import (
    GRACE,
    LAST_LOOK_AFTER,
    MAX_WAITING,
    MOMENT,
    Call,
    Choose,
    Done,
    DraftAltText,
    Erase,
    FetchInputs,
    GiveUp,
    Intend,
    IntendAltText,
    Next,
    OpenStage,
    RaiseAttention,
    Release,
    Retire,
    Reuse,
    Salvage,
    Screen,
    Settle,
    SettleAltText,
    Step,
    WaitUntil,
)
from shared.domain.transitions import State

# Failures before anything was bought: 5 s, 10 s, 20 s … 10 min apart, about 16 min in all.
MAX_UNSENT = 8
# A full quota is no failure, nor is a turn that came too early: they take as long as it takes,
# up to MAX_WAITING.
PATIENT = frozenset({"throttled", "turn_lost"})


def next_step(request: Request, now: datetime, holder: str | None = None) -> Next:
    """`holder` is the `by` of the caller's last append: it may hold the open intent."""
    if (attempt := request.open_attempt) is not None:
        if attempt.by == holder and request.state in (State.GENERATING, State.CANCELLING):
            return Call(attempt.number)
        return _when(attempt.lease_until + GRACE, now, Settle(attempt.number))
    if (draft := request.drafts.open) is not None:
        return _drafting(request, draft, now, holder)
    if request.erasure is not None:
        return _erasing(request, request.erasure, now)
    if request.final:
        return _after_the_end(request, now)
    return _OF_STATE[request.state](request, now)


def _drafting(request: Request, draft: AltTextDraft, now: datetime, holder: str | None) -> Next:
    """Whoever else looks has to wait: the outcome is money, whatever becomes of the request."""
    if draft.by == holder and request.state is State.GENERATED:
        return DraftAltText(draft.number)
    return _when(draft.asked.lease_until + GRACE, now, SettleAltText(draft.number))


def _when(at: datetime, now: datetime, step: Step) -> Next:
    return step if now > at else WaitUntil(at + MOMENT)


def _erasing(request: Request, erasure: Erasure, now: datetime) -> Next:
    """It ends first, and a release that has begun ends as one; then nothing but erasing."""
    if not request.final:
        releasing = request.state is State.RELEASING
        return Release() if releasing else Choose(facts.Cancelled())
    if erasure.done_at is None:
        return Erase()
    return Done() if erasure.confirmed else _when(erasure.at + LAST_LOOK_AFTER, now, Erase())


def _generate(request: Request, now: datetime) -> Next:
    if missing := _preparation(request, now):
        return missing
    if may_reuse(request):
        return Reuse()
    if len(request.attempts) > request.patience_from and request.attempts[-1].unknown:
        return _unsettled(request, now)
    if request.spare:
        return Choose(facts.Adopted(attempt=request.spare.number))
    if gate := request.upcoming("before"):
        return OpenStage(gate)
    unsent = unsent_in_a_row(request)
    if unsent and now < unsent[-1].not_before:
        return WaitUntil(unsent[-1].not_before)
    if _worn_out(request, now):
        return RaiseAttention("model_unavailable")
    return Intend(len(request.attempts) + 1)


def _preparation(request: Request, now: datetime) -> Next | None:
    """What stands before everything else in a round: its inputs, then its text."""
    if not all(one.here for one in request.inputs):
        return FetchInputs()
    if request.cleared:
        return None
    if request.screening:
        return Choose(facts.Failed(code=REJECTED))
    if (trouble := request.trouble) is None:
        return Screen()
    if trouble.too_long:
        return RaiseAttention(UNAVAILABLE)
    again_at = trouble.last.not_before
    return WaitUntil(again_at) if now < again_at else Screen()


def unsent_in_a_row(request: Request) -> list[facts.NotSent]:
    """The latest attempts that bought nothing, since a person or an operator last asked."""
    unsent: list[facts.NotSent] = []
    for attempt in reversed(request.attempts[request.patience_from :]):
        if not isinstance(attempt.outcome, facts.NotSent):
            break
        unsent.insert(0, attempt.outcome)
    return unsent


def _worn_out(request: Request, now: datetime) -> bool:
    unsent = unsent_in_a_row(request)
    if len(failures(unsent)) >= MAX_UNSENT:
        return True
    first = len(request.attempts) - len(unsent)
    return bool(unsent) and now - request.attempts[first].at > MAX_WAITING


def failures(unsent: list[facts.NotSent]) -> list[facts.NotSent]:
    """Those after which there was nowhere else to go."""
    return [one for one in unsent if not one.elsewhere and one.code not in PATIENT]


def _unsettled(request: Request, now: datetime) -> Next:
    if request.spare:
        return Choose(facts.Adopted(attempt=request.spare.number))
    of_round = [attempt for attempt in request.attempts if attempt.round == request.round]
    unknown = sum(1 for attempt in of_round if attempt.unknown)
    if request.terms.on_unknown == "retry_once" and unknown == 1:
        return Intend(len(request.attempts) + 1)
    return RaiseAttention("outcome_unknown")


def _salvage(request: Request, now: datetime) -> Next:
    if request.spare:
        return Choose(facts.Adopted(attempt=request.spare.number))
    unknown = [attempt.number for attempt in request.attempts if attempt.unknown]
    return Salvage(unknown[-1]) if unknown else RaiseAttention("outcome_unknown")


def _generated(request: Request, now: datetime) -> Next:
    if request.lacks_provenance:
        return Choose(facts.Failed(code="provenance_missing"))
    if (index := _undescribed(request, now)) is not None:
        return IntendAltText(index)
    if stage := request.upcoming("after"):
        return OpenStage(stage)
    return Choose(ReleaseStarted(images=request.candidates))


def _undescribed(request: Request, now: datetime) -> int | None:
    """An image without a draft that is to have one; who is asked sees it with the image."""
    chosen = request.chosen
    if not request.terms.draft_alt_texts or chosen is None:
        return None
    return request.drafts.next_image(chosen, (one.index for one in request.images), now)


def _attention(request: Request, now: datetime) -> Next:
    assert request.attention is not None
    if request.spare:
        return Choose(facts.Adopted(attempt=request.spare.number))
    return _when(request.attention.deadline + GRACE, now, GiveUp(request.attention.code))


def _after_the_end(request: Request, now: datetime) -> Next:
    assert request.final_at is not None
    due = next_phase(request.final_at, request.retired)
    return _when(due.at, now, Retire(due.phase)) if due else Done()


_OF_STATE = {
    State.ACCEPTED: _generate,
    State.QUEUED: _generate,
    State.UNSETTLED: _unsettled,
    State.SALVAGING: _salvage,
    State.GENERATED: _generated,
    State.ASKING: next_of_review,
    State.REVIEWING: next_of_review,
    State.RELEASING: lambda request, now: Release(),
    State.ATTENTION: _attention,
}
