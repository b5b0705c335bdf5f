"""The parts a request is made of, as its fold keeps them."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain import facts
from shared.domain.transitions import State


@dataclass(frozen=True, slots=True)
class Attempt:
    """One intent and what became of it; `outcome` None means the call may be under way."""

    number: int
    round: int
    deployment: str
    by: str
    at: datetime
    lease_until: datetime
    outcome: facts.Outcome | None = None

    @property
    def completed(self) -> facts.Completed | None:
        return self.outcome if isinstance(self.outcome, facts.Completed) else None

    @property
    def unknown(self) -> facts.Unknown | None:
        return self.outcome if isinstance(self.outcome, facts.Unknown) else None


@dataclass(frozen=True, slots=True)
class Opening:
    """A stage that was opened, with the decisions made on it."""

    seq: int
    stage: str
    round: int
    manifest_sha256: str
    deadline: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    seq: int
    at: datetime
    opening: int
    data: facts.Decided


@dataclass(frozen=True, slots=True)
class Attention:
    seq: int
    code: str
    since: datetime
    deadline: datetime
    raised_in: State


def may_follow(attempt: Attempt, outcome: facts.Outcome) -> bool:
    """
    Whether the outcome says something that is not known yet.

    `completed` is the strongest and stays; an own `unknown` only gives way to it; an inferred
    one gives way to everything and never replaces anything.
    """
    match attempt.outcome:
        case None:
            return True
        case facts.Unknown(inferred=True):
            return not (isinstance(outcome, facts.Unknown) and outcome.inferred)
        case facts.Unknown():
            return isinstance(outcome, facts.Completed)
        case _:
            return False
