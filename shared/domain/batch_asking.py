"""
The question that a batch asks about all its rows, as the fold of its stream keeps it.

As for a request, each later fact is held against what was said: no stream can tell of an approval
that the verdicts in force do not give.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared.domain.approval import Standing, standing
from shared.domain.batch_notices import (
    AskedRow,
    BatchAsked,
    BatchDecided,
    BatchEscalated,
    BatchReminded,
    BatchSettled,
    BatchWithdrawn,
    root_of,
)
from shared.domain.facts import Fact
from shared.domain.parts import Opening
from shared.errors import IllegalMove

if TYPE_CHECKING:
    from shared.domain.batch import Batch


@dataclass(frozen=True, slots=True)
class GivenBallot:
    """A verdict on the rows of a batch."""

    seq: int
    at: datetime
    data: BatchDecided
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Asking:
    """
    One question; `opening` is as of a request, with rows for images and the root for a manifest.

    `settled` is what it came to, and `settled_seq` the line that says so.
    """

    number: int
    opening: Opening
    rows: Mapping[int, AskedRow] = field(repr=False)
    ballots: tuple[GivenBallot, ...] = ()
    settled: BatchSettled | None = None
    settled_seq: int = 0

    @property
    def root(self) -> str:
        return self.opening.manifest_sha256

    @property
    def in_force(self) -> tuple[GivenBallot, ...]:
        return tuple(one for one in self.ballots if not one.withdrawn)

    @property
    def standing(self) -> Standing:
        return standing(self.opening, self.in_force)

    @property
    def waiting_for(self) -> tuple[str, ...]:
        """Who is asked by name and has not answered, while an answer would count."""
        if self.settled or self.standing.settled:
            return ()
        answered = {one.data.reviewer for one in self.in_force}
        return tuple(one for one in self.opening.reviewers if one not in answered)

    def asks(self, row: AskedRow) -> bool:
        return self.rows.get(row.row) == row

    def decisive(self, row: int) -> GivenBallot:
        """Whose answer let this row through, or did not: the last one, or the first."""
        approved = self.settled is not None and row in self.settled.approved
        fitting = [one for one in self.in_force if one.data.approves(row) == approved]
        return (fitting or self.in_force)[-1 if approved else 0]


def after(batch: "Batch", fact: Fact) -> tuple[Asking, ...]:
    """
    The questions of the batch after the fact.

    Raises:
        IllegalMove: the fact does not fit.
    """
    if isinstance(fact.data, BatchAsked):
        return (*batch.askings, _asked(batch, fact, fact.data))
    open_ = batch.asking
    data: Any = fact.data
    if open_ is None or open_.settled or data.asking != open_.number:
        raise IllegalMove("This is not what the batch is asked.")
    return (*batch.askings[:-1], _CHANGES[type(fact.data)](open_, fact, data))


def _asked(batch: "Batch", fact: Fact, data: BatchAsked) -> Asking:
    stage = next((one for one in batch.accepted.stages if one.name == data.stage), None)
    numbers = [one.row for one in data.asked]
    if stage is None or (batch.asking and not batch.asking.settled) or batch.over:
        raise IllegalMove("It is not the turn of this question.")
    if data.asking != len(batch.askings) + 1 or numbers != sorted(set(numbers)) or not numbers:
        raise IllegalMove("A question is about each of its rows once, and has its own number.")
    if data.root != root_of(batch.id, data.stage, data.asked):
        raise IllegalMove("The root is not that of the rows.")
    if any(earlier.asks(row) for earlier in batch.askings for row in data.asked):
        raise IllegalMove("A row has had its answer to this.")
    opening = Opening(
        seq=fact.seq,
        asks=stage,
        round=data.asking,
        manifest_sha256=data.root,
        images=tuple(numbers),
        reviewers=stage.reviewers,
        asked_at=fact.at,
        nudged_at=fact.at,
        deadline=data.deadline,
    )
    return Asking(data.asking, opening, {one.row: one for one in data.asked})


def _decided(asking: Asking, fact: Fact, data: BatchDecided) -> Asking:
    if data.root != asking.root:
        raise IllegalMove("A verdict on other images than those that were asked about.")
    if asking.opening.reviewers and data.reviewer not in asking.opening.reviewers:
        raise IllegalMove("A verdict of somebody who was not asked.")
    if any(one.data.reviewer == data.reviewer for one in asking.in_force):
        raise IllegalMove("A second verdict of the same reviewer.")
    if not asking.rows.keys() >= set(data.rejected):
        raise IllegalMove("A verdict on a row that was not asked about.")
    return replace(asking, ballots=(*asking.ballots, GivenBallot(fact.seq, fact.at, data)))


def _withdrawn(asking: Asking, fact: Fact, data: BatchWithdrawn) -> Asking:
    own = [one for one in asking.in_force if one.data.reviewer == data.reviewer]
    if not own:
        raise IllegalMove("There is no verdict to take back.")
    kept = (replace(one, withdrawn=one.withdrawn or one in own) for one in asking.ballots)
    return replace(asking, ballots=tuple(kept))


def _reminded(asking: Asking, fact: Fact, data: BatchReminded) -> Asking:
    one = asking.opening
    return replace(asking, opening=replace(one, nudged_at=fact.at, reminders=one.reminders + 1))


def _escalated(asking: Asking, fact: Fact, data: BatchEscalated) -> Asking:
    if asking.opening.escalated:
        raise IllegalMove("A stage is escalated once.")
    answered = [one.data.reviewer for one in asking.in_force]
    opening = asking.opening.escalated_to(data.reviewers, answered, data.deadline, fact.at)
    return replace(asking, opening=opening)


def _settled(asking: Asking, fact: Fact, data: BatchSettled) -> Asking:
    """What enough people have approved by the deadline has passed, settled or not."""
    found = asking.standing
    fits = {
        "decided": data.approved == found.images and (found.settled or bool(found.images)),
        "expired": not data.approved and not found.settled and not found.images,
        "void": not data.approved,
    }
    if data.root != asking.root or not fits[data.outcome]:
        raise IllegalMove("The verdicts do not come to this.")
    return replace(asking, settled=data, settled_seq=fact.seq)


_CHANGES: dict[type, Any] = {
    BatchDecided: _decided,
    BatchWithdrawn: _withdrawn,
    BatchReminded: _reminded,
    BatchEscalated: _escalated,
    BatchSettled: _settled,
}
