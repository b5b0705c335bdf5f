"""
What there can be to do for a request; `next_step.py` says which of it is next.

A step names one outside effect at most; `chain/steps/` performs it. Steps are looked for anew
after every fact, so nothing is planned ahead and nothing planned can go stale.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain import facts
from shared.domain.alt_texts import DRAFT_S, DRAFTING_S
from shared.domain.values import Stage

# The one inequality (tests/rules/test_time_limits.py): call < lease < functionTimeout.
CALL_DEADLINE_S = 600
LEASE_S = 720
# One input from its address, and all that one look fetches; the next look takes up the rest.
FETCH_S = 60.0
ALL_FETCHES_S = 240.0
# All calls of one screening; a text of the greatest length takes a handful.
SCREENING_S = 30.0
# All calls for alt texts of one round: the last may begin when the time for beginning is over.
ALL_DRAFTS_S = DRAFTING_S + DRAFT_S
# Leases and deadlines get this much: clocks of two workers may differ by about a second.
GRACE = timedelta(seconds=5)
# Strictly after a time, as far as storage tells times apart.
MOMENT = timedelta(milliseconds=1)
# Whoever began to work on a request before its erasure was asked for has ended by then: the host
# ends every invocation after 30 minutes (`functionTimeout`).
LAST_LOOK_AFTER = timedelta(hours=1)
# A wait for a turn, or for a quota: upstream was seen to say 86,400 s.
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
class Screen(Step):
    """Find out what the text of this round holds, before anybody sees it."""


@dataclass(frozen=True, slots=True)
class Reuse(Step):
    """Take a copy of images that were approved for the very same thing, if there are some."""


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
class IntendAltText(Step):
    """Record that a model may be asked to describe this image, where there is money for it."""

    index: int


@dataclass(frozen=True, slots=True)
class DraftAltText(Step):
    """Ask it; only ever offered to the worker whose intent it is."""

    draft: int


@dataclass(frozen=True, slots=True)
class SettleAltText(Step):
    """The lease ran out: there is no draft."""

    draft: int


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
class Escalate(Step):
    """Ask others instead of those who did not answer in time."""


@dataclass(frozen=True, slots=True)
class SeeIfHeard(Step):
    """Whether anybody was told that they are asked; when so, there is time until then."""

    until: datetime


@dataclass(frozen=True, slots=True)
class HearBatch(Step):
    """Take over what was said of the whole batch; while nothing was, there is time until then."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Revise(Step):
    """Open the round that was wished for."""


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


@dataclass(frozen=True, slots=True)
class Erase(Step):
    """Delete everything that people wrote or made with the request, or see that nothing is left."""


Next = Step | WaitUntil | Done
