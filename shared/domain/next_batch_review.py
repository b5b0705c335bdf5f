"""
What next while people are asked about a whole batch, and when they are: data in, verdict out.

The rules of a stage are those of a request: what was said takes effect, or time does.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.domain import names
from shared.domain.approval import effective_at, longest
from shared.domain.approval_facts import StageOpened
from shared.domain.batch import Batch
from shared.domain.batch_asking import Asking
from shared.domain.batch_notices import (
    AskedRow,
    BatchAsked,
    BatchEscalated,
    BatchReminded,
    BatchSettled,
    root_of,
)
from shared.domain.next_review import remind_at
from shared.domain.notice import Notice
from shared.domain.step import GRACE, MOMENT
from shared.domain.values import Stage

_MARK = re.compile(r"(\d{4})-(\d{6})-(\d{2})-(\d{2})-(\d{1,11})-([0-9a-f]{64})")
# Before a row's own time ends its batch has to be through with it, a slow look included.
MARGIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Mark:
    """
    That a row stands at a stage, as its name in storage says; stages by their place.

    `until`: when it expires by itself, whatever became of its batch.
    """

    asked: AskedRow
    stage: int
    until: datetime

    def name(self, batch_id: str) -> str:
        one = self.asked
        text = f"{one.row:04d}-{one.opening:06d}-{one.round:02d}-{self.stage:02d}"
        until = int(self.until.timestamp())
        return f"{standing_of(batch_id)}{text}-{until}-{one.manifest_sha256}"


def standing_of(batch_id: str) -> str:
    """The folder of the marks of a batch."""
    return f"{names.STANDING}{batch_id}/"


def mark_of(row: int, seq: int, data: StageOpened, stages: Iterable[Stage]) -> Mark:
    """`stages`: those after generation."""
    asked = AskedRow(row=row, round=data.round, opening=seq, manifest_sha256=data.manifest_sha256)
    return Mark(asked, [one.name for one in stages].index(data.stage), data.deadline)


def mark_named(name: str) -> Mark | None:
    """None for a name that is none of ours."""
    found = _MARK.fullmatch(name.rpartition("/")[2])
    if found is None:
        return None
    row, opening, round_, stage, until_s = map(int, found.groups()[:5])
    asked = AskedRow(row=row, round=round_, opening=opening, manifest_sha256=found[6])
    return Mark(asked, stage, datetime.fromtimestamp(until_s, UTC))


def latest_marks(names_: Iterable[str]) -> dict[int, Mark]:
    """Of each row the stage that it stood at last."""
    found = sorted(
        (mark for name in names_ if (mark := mark_named(name))),
        key=lambda one: (one.asked.row, one.asked.opening),
    )
    return {one.asked.row: one for one in found}


def waits_for_answer(batch: Batch, mark: Mark | None) -> bool:
    """Whether the row stands where nobody was asked about it yet."""
    return mark is not None and not any(one.asks(mark.asked) for one in batch.askings)


def next_question(
    batch: Batch, over: Collection[int], marks: Mapping[int, Mark], now: datetime
) -> BatchAsked | None:
    """
    The question to ask now; None while a row is on its way.

    All rows that are not over have to stand at a stage; asked is about the first of these stages.
    A row whose own time would end before that question's is left out: it expires by itself.
    """
    rows = [row for row in range(batch.rows) if row not in over]
    if not rows or not all(waits_for_answer(batch, marks.get(row)) for row in rows):
        return None
    stages = batch.accepted.stages
    standing = [one for row in rows if _has_time(one := marks[row], stages[one.stage], now)]
    if not standing:
        return None
    first = min(one.stage for one in standing)
    asked = tuple(one.asked for one in standing if one.stage == first)
    stage = stages[first]
    return BatchAsked(
        caller=batch.accepted.caller,
        asking=len(batch.askings) + 1,
        stage=stage.name,
        root=root_of(batch.id, stage.name, asked),
        asked=asked,
        deadline=now + timedelta(seconds=stage.deadline_s),
    )


def _has_time(mark: Mark, stage: Stage, now: datetime) -> bool:
    return now + longest_wait(stage) + MARGIN < mark.until


def longest_wait(stage: Stage) -> timedelta:
    """From the question to its effect."""
    deadline, delay = (timedelta(seconds=s) for s in (stage.deadline_s, stage.release_delay_s))
    return longest(deadline, delay, stage.on_deadline == "escalate")


def is_void(asking: Asking, over: Collection[int], marks: Mapping[int, Mark]) -> bool:
    """None of its rows waits for the answer: each is over, or is asked about anew."""
    return not any(
        row not in over and row in marks and marks[row].asked == asked
        for row, asked in asking.rows.items()
    )


def next_of(batch: Batch, asking: Asking, now: datetime) -> Notice | datetime:
    """What is to be recorded now, or when there will be something."""
    found, opening = asking.standing, asking.opening
    if found.settled:
        at = effective_at(opening, found)
        return at if now < at else _settled(asking)
    if now > opening.deadline + GRACE:
        return _in_default(batch, asking, now)
    ends_at, reminded_at = opening.deadline + GRACE + MOMENT, remind_at(opening)
    if reminded_at is not None and now >= reminded_at:
        return BatchReminded(caller=batch.accepted.caller, asking=asking.number)
    return min(reminded_at or ends_at, ends_at)


def _settled(asking: Asking) -> BatchSettled:
    found = asking.standing
    outcome = "decided" if found.settled or found.images else "expired"
    return BatchSettled(
        asking=asking.number, root=asking.root, outcome=outcome, approved=found.images
    )


def voided(asking: Asking) -> BatchSettled:
    return BatchSettled(asking=asking.number, root=asking.root, outcome="void")


def _in_default(batch: Batch, asking: Asking, now: datetime) -> Notice | datetime:
    """What enough people have approved by then has passed; else others are asked, once."""
    stage, found = asking.opening.asks, asking.standing
    if found.images and now < (at := effective_at(asking.opening, found)):
        return at
    again = stage.on_deadline == "escalate" and not asking.opening.escalated
    if found.images or not again:
        return _settled(asking)
    return BatchEscalated(
        caller=batch.accepted.caller,
        asking=asking.number,
        reviewers=stage.escalate_to,
        deadline=now + timedelta(seconds=stage.deadline_s),
    )
