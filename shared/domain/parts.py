"""The parts a request is made of, as its fold keeps them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain import facts
from shared.domain.approval_facts import Decided
from shared.domain.transitions import State
from shared.domain.values import Phase, Stage


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
    """
    A stage that was opened: who is asked now, about what, and until when.

    `manifest_sha256` is the digest of what is judged, the prompt's before generation; `images`
    are the indices asked about. `asked_at` is when these people were asked, `nudged_at` when
    they last heard of it; `delegated` has who gave their place to whom.
    """

    seq: int
    asks: Stage
    round: int
    manifest_sha256: str
    images: tuple[int, ...]
    reviewers: tuple[str, ...]
    asked_at: datetime
    nudged_at: datetime
    deadline: datetime
    reminders: int = 0
    escalated: bool = False
    delegated: tuple[tuple[str, str], ...] = ()

    @property
    def stage(self) -> str:
        return self.asks.name

    @property
    def phase(self) -> Phase:
        return self.asks.phase

    def escalated_to(
        self, others: Iterable[str], answered: Iterable[str], deadline: datetime, at: datetime
    ) -> "Opening":
        """Others are asked from now on; who has answered keeps their place and their verdict."""
        kept = tuple(answered)
        return replace(
            self,
            reviewers=(*kept, *(one for one in others if one not in kept)),
            deadline=deadline,
            asked_at=at,
            nudged_at=at,
            reminders=0,
            escalated=True,
        )


@dataclass(frozen=True, slots=True)
class Decision:
    seq: int
    at: datetime
    opening: int
    data: Decided
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Round:
    """`parent` is the image of the round before that was to be changed, if there was one."""

    number: int
    parent: int | None = None
    parent_sha256: str | None = None
    edit: bool = False
    feedback: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attention:
    seq: int
    code: str
    since: datetime
    deadline: datetime
    raised_in: State


@dataclass(frozen=True, slots=True)
class Erasure:
    """
    `id` is the erasure's, see `ErasureRequested`; `done_at` None: something may be left.

    `confirmed`: it was looked again when nobody who began before it can still be at work.
    """

    id: str
    at: datetime
    blobs: int = 0
    done_at: datetime | None = None
    confirmed: bool = False


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
