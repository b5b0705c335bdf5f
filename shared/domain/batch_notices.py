"""
The facts of one verdict for a whole batch: who was asked about which rows, and what they said.

`asking` is the number of the question within its batch, the first is 1. `reviewer` and `note` are
as in `approval_facts.py`.
"""

import hashlib
from collections.abc import Iterable
from typing import Literal

from shared.domain import names
from shared.domain.approval_facts import Via
from shared.domain.notice import Notice
from shared.domain.transitions import REQUESTED
from shared.domain.values import Instant, Value


class AskedRow(Value):
    """
    One row as it is asked about: this opening of its stage, these images.

    `opening` is the seq of the fact in the row's own journal, so that the same images, asked about
    once more, are another question.
    """

    row: int
    round: int
    opening: int
    manifest_sha256: str


def root_of(batch_id: str, stage: str, rows: Iterable[AskedRow]) -> str:
    """
    What a verdict is bound to: SHA-256 over a line for each row, in the order of rows.

    A line is `row request round opening manifest stage`, and ends with a newline.
    """
    digest = hashlib.sha256()
    for one in sorted(rows, key=lambda one: one.row):
        member = names.member_of(batch_id, one.row)
        line = f"{one.row} {member} {one.round} {one.opening} {one.manifest_sha256} {stage}\n"
        digest.update(line.encode())
    return digest.hexdigest()


class BatchAsking(Notice):
    """People are told that they are asked about a batch, by the same events as of a request."""

    WORK = True
    caller: str
    asking: int


class BatchAsked(BatchAsking):
    """Every row that was not over stood at this stage; `root` is over those `asked` about."""

    TYPE = "batch.asked"
    EVENT = REQUESTED
    stage: str
    root: str
    asked: tuple[AskedRow, ...]
    deadline: Instant


class BatchReminded(BatchAsking):
    TYPE = "batch.reminded"
    EVENT = "darkroom.approval.reminded"


class BatchEscalated(BatchAsking):
    """`reviewers` take the places of those who have not answered in time."""

    TYPE = "batch.escalated"
    EVENT = "darkroom.approval.escalated"
    reviewers: tuple[str, ...]
    deadline: Instant


class BatchDecided(Notice):
    """A verdict on every row that was asked about: `decision`, but the rows `rejected`."""

    TYPE = "batch.decided"
    WORK = True
    asking: int
    root: str
    reviewer: str
    via: Via
    decision: Literal["approve", "reject"]
    rejected: tuple[int, ...] = ()
    checklist: tuple[str, ...] = ()
    note: str | None = None

    def approves(self, row: int) -> bool:
        return self.decision == "approve" and row not in self.rejected


class BatchWithdrawn(Notice):
    """The reviewer's verdict does not count any more; they may give another."""

    TYPE = "batch.withdrawn"
    WORK = True
    asking: int
    reviewer: str
    via: Via


class BatchSettled(Notice):
    """
    What the question came to, from now on: these rows are `approved`, of the others none.

    `expired`: nobody has approved anything in time. `void`: no row waits for this answer any more.
    """

    TYPE = "batch.settled"
    WORK = True
    asking: int
    root: str
    outcome: Literal["decided", "expired", "void"]
    approved: tuple[int, ...] = ()


BATCH_VERDICT_NOTICES = (
    *(BatchAsked, BatchReminded, BatchEscalated),
    *(BatchDecided, BatchWithdrawn, BatchSettled),
)
