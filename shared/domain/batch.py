"""
A batch as the fold of its stream, and its rows as what their names say.

Which rows are over, how, and at what cost, stands in names, so that one listing tells all of it.
A row may have several, since money can be settled late: that of the highest `seq` holds.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from shared.domain import batch_asking, names
from shared.domain.batch_asking import Asking
from shared.domain.batch_notices import BATCH_VERDICT_NOTICES
from shared.domain.facts import Fact
from shared.domain.notices import (
    BatchAccepted,
    BatchCancelled,
    BatchCompleted,
    BatchPlaced,
    BatchStopped,
)
from shared.domain.values import BatchCost

# Rows of one batch: what people can look through, and one listing can name.
MAX_ROWS = 1000
# Of a row that is no request yet, and of one that is and not over.
WAITING, OPEN = "waiting", "open"
# Of a row that never became a request, by its batch's end or for a reason of its own.
CANCELLED, REFUSED = "cancelled", "refused"
# Why a row was refused: other people would be asked today than was agreed for the whole batch; an
# image that was sent ahead is not the one that was checked.
APPROVAL_CHANGED = "approval_changed"
UPLOAD_CHANGED = "upload_changed"
# For how long nothing went on, and how far apart it is then asked for a place: a row that waits for
# another's operator may wait for days.
_TRIES = (
    (timedelta(minutes=10), timedelta(minutes=1)),
    (timedelta(hours=2), timedelta(minutes=10)),
    (timedelta.max, timedelta(hours=1)),
)
# Of whatever was no request, so that no fact of one can come before it.
NO_REQUEST = 0
MICRO = 1_000_000
_NAME = re.compile(r"(\d{4})-(\d{6})-([A-Za-z]+)-(\d+)-(\d+)(?:-([a-z_]+))?")


@dataclass(frozen=True, slots=True)
class Batch:
    """`placed`, `stopped`: how many rows were seen to, from the first on."""

    id: str
    accepted: BatchAccepted
    created_at: datetime
    updated_at: datetime
    placed: int = 0
    stopped: int = 0
    cancelled_by: str | None = None
    completed_at: datetime | None = None
    askings: tuple[Asking, ...] = ()

    @property
    def asking(self) -> Asking | None:
        """What people were asked about all its rows, last of all."""
        return self.askings[-1] if self.askings else None

    @property
    def over(self) -> bool:
        return self.cancelled or self.completed_at is not None

    @property
    def cancelled(self) -> bool:
        return self.cancelled_by is not None

    @property
    def rows(self) -> int:
        return self.accepted.rows

    @property
    def seen_to(self) -> bool:
        """Whether each row is a request, or never will be: then it is known what to wait for."""
        return (self.stopped if self.cancelled else self.placed) >= self.rows

    @property
    def ending(self) -> Literal["completed", "cancelled"]:
        return "cancelled" if self.cancelled else "completed"

    @property
    def status(self) -> Literal["running", "completed", "cancelled"]:
        return self.ending if self.over else "running"


def fold(batch_id: str, facts: Sequence[Fact]) -> Batch | None:
    """None where nothing was accepted."""
    if not facts or not isinstance(first := facts[0].data, BatchAccepted):
        return None
    batch = Batch(batch_id, first, facts[0].at, facts[0].at)
    for fact in facts[1:]:
        batch = replace(_after(batch, fact), updated_at=fact.at)
    return batch


def _after(batch: Batch, fact: Fact) -> Batch:
    match fact.data:
        case BatchPlaced(rows=rows):
            return replace(batch, placed=max(batch.placed, rows))
        case BatchStopped(rows=rows):
            return replace(batch, stopped=max(batch.stopped, rows))
        case BatchCancelled():
            return replace(batch, cancelled_by=fact.actor)
        case BatchCompleted():
            return replace(batch, completed_at=fact.at)
        case data if isinstance(data, BATCH_VERDICT_NOTICES):
            return replace(batch, askings=batch_asking.after(batch, fact))
    return batch


@dataclass(frozen=True, slots=True)
class Row:
    """One row that is over; amounts in millionths, so that sums are exact."""

    row: int
    seq: int
    status: str
    micro: int = 0
    maybe_micro: int = 0
    code: str = ""

    @property
    def never(self) -> bool:
        """It is no request, and never will be."""
        return self.seq == NO_REQUEST

    def name(self, batch_id: str) -> str:
        text = f"{self.row:04d}-{self.seq:06d}-{self.status}-{self.micro}-{self.maybe_micro}"
        return folder_of(batch_id) + text + (f"-{self.code}" if self.code else "")


def folder_of(batch_id: str) -> str:
    return f"{names.BATCHES}{batch_id}/"


def never_of(batch_id: str, row: int) -> str:
    """How the name begins of a row that is to become no request."""
    return f"{folder_of(batch_id)}{row:04d}-{NO_REQUEST:06d}-"


def row_named(name: str) -> Row | None:
    """None for a name that is none of ours."""
    found = _NAME.fullmatch(name.rpartition("/")[2])
    if found is None:
        return None
    row, seq, status, micro, maybe, code = found.groups()
    return Row(int(row), int(seq), status, int(micro), int(maybe), code or "")


def latest(rows: Iterable[Row]) -> dict[int, Row]:
    """Of each row what holds."""
    found: dict[int, Row] = {}
    for row in sorted(rows, key=lambda one: (one.row, one.seq)):
        found[row.row] = row
    return found


def next_try(batch: Batch, now: datetime) -> datetime:
    """
    When to ask for a place again: the same time for whoever asks at about the same, so that many
    looks leave one entry.
    """
    waited = now - batch.updated_at
    step = next(step for most, step in _TRIES if waited < most)
    return batch.created_at + ((now - batch.created_at) // step + 1) * step


def counts_of(batch: Batch, over: Mapping[int, Row]) -> dict[str, int]:
    counts = Counter(row.status for row in over.values())
    for row in range(batch.rows):
        if row not in over:
            counts[status_of(batch, row)] += 1
    return dict(sorted(counts.items()))


def status_of(batch: Batch, row: int) -> str:
    """Of a row that is not over."""
    return OPEN if row < batch.placed else WAITING


def cost_of(over: Mapping[int, Row], currency: str) -> BatchCost:
    return BatchCost(
        amount=sum(row.micro for row in over.values()) / MICRO,
        currency=currency,
        maybe_billed_amount=sum(row.maybe_micro for row in over.values()) / MICRO,
    )


def micro(amount: float) -> int:
    """Amounts are told with six digits behind the point."""
    return round(amount * MICRO)
