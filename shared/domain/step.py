"""
What next: a pure function of the request and the time. No I/O, no clock, no settings.

A step names one outside effect at most; `chain/steps/` performs it. Steps are looked for anew
after every fact, so nothing is planned ahead and nothing planned can go stale.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain import facts
from shared.domain.request import Request
from shared.domain.retention import next_phase
from shared.domain.transitions import State
from shared.domain.values import Stage

# The one inequality (tests/rules/test_time_limits.py): call < lease < functionTimeout.
CALL_DEADLINE_S = 600
LEASE_S = 720
# One input from its address, and all that one look fetches; the next look takes up the rest.
FETCH_S = 60.0
ALL_FETCHES_S = 240.0
# Leases and deadlines get this much: clocks of two workers may differ by about a second.
GRACE = timedelta(seconds=5)
# Failures before anything was bought: 5 s, 10 s, 20 s … 10 min apart, about 16 min in all.
MAX_UNSENT = 8
# A full quota is no failure, nor is a turn that came too early: they take as long as they take …
PATIENT = frozenset({"throttled", "turn_lost"})
# … but not for ever: upstream was seen to say 86,400 s.
MAX_WAITING = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class WaitUntil:
    at: datetime


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing will ever have to be done for this request."""


class Step:
    """Something to do now."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class FetchInputs(Step):
    """Get the inputs that were given by their address, before anything else."""


@dataclass(frozen=True, slots=True)
class Intend(Step):
    """Record that the next call may be made, unless an earlier one turns out to have worked."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Call(Step):
    """Make the paid call; only ever offered to the worker whose intent it is."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Settle(Step):
    """The lease ran out: find out what became of the call."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Salvage(Step):
    """Take the images of an attempt that has no manifest, as an operator asked."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Choose(Step):
    """A fact that needs nothing from outside."""

    data: facts.FactData


@dataclass(frozen=True, slots=True)
class RaiseAttention(Step):
    code: str


@dataclass(frozen=True, slots=True)
class GiveUp(Step):
    """Nobody answered the attention in time: the request fails with its code."""

    code: str


@dataclass(frozen=True, slots=True)
class OpenStage(Step):
    stage: Stage


@dataclass(frozen=True, slots=True)
class Release(Step):
    """Copy what was approved, byte for byte, if it still is what was approved."""


@dataclass(frozen=True, slots=True)
class Reject(Step):
    """Keep what was rejected for an appeal, then end the request."""


@dataclass(frozen=True, slots=True)
class Retire(Step):
    """Delete what the retention phase no longer allows to keep."""

    phase: str


Next = Step | WaitUntil | Done


def next_step(request: Request, now: datetime, holder: str | None = None) -> Next:
    """`holder` is the `by` of the caller's last append: it may hold the open intent."""
    if (attempt := request.open_attempt) is not None:
        if attempt.by == holder and request.state in (State.GENERATING, State.CANCELLING):
            return Call(attempt.number)
        return _when(attempt.lease_until + GRACE, now, Settle(attempt.number))
    if request.final:
        return _after_the_end(request, now)
    return _OF_STATE[request.state](request, now)


def _when(at: datetime, now: datetime, step: Step) -> Next:
    return step if now > at else WaitUntil(at + timedelta(milliseconds=1))


def _generate(request: Request, now: datetime) -> Next:
    if not all(one.here for one in request.inputs):
        return FetchInputs()
    if len(request.attempts) > request.patience_from and request.attempts[-1].unknown:
        return _unsettled(request, now)
    if request.spare:
        return Choose(facts.Adopted(attempt=request.spare.number))
    unsent = unsent_in_a_row(request)
    if unsent and now < unsent[-1].not_before:
        return WaitUntil(unsent[-1].not_before)
    if _worn_out(request, now):
        return RaiseAttention("model_unavailable")
    return Intend(len(request.attempts) + 1)


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
    unknown = sum(1 for attempt in request.attempts if attempt.unknown)
    if request.terms.on_unknown == "retry_once" and unknown == 1:
        return Intend(len(request.attempts) + 1)
    return RaiseAttention("outcome_unknown")


def _salvage(request: Request, now: datetime) -> Next:
    if request.spare:
        return Choose(facts.Adopted(attempt=request.spare.number))
    unknown = [attempt.number for attempt in request.attempts if attempt.unknown]
    return Salvage(unknown[-1]) if unknown else RaiseAttention("outcome_unknown")


def _generated(request: Request, now: datetime) -> Next:
    if request.stages_opened < len(request.terms.stages):
        return OpenStage(request.terms.stages[request.stages_opened])
    return Choose(facts.ReleaseStarted(images=tuple(image.index for image in request.images)))


def _reviewing(request: Request, now: datetime) -> Next:
    assert request.opening is not None
    if verdicts := request.verdicts():
        approved = tuple(v.index for v in verdicts[0].data.images if v.approved)
        return Choose(facts.ReleaseStarted(images=approved)) if approved else Reject()
    return _when(request.opening.deadline + GRACE, now, Choose(facts.Expired()))


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
    State.REVIEWING: _reviewing,
    State.RELEASING: lambda request, now: Release(),
    State.ATTENTION: _attention,
}
