"""
How long what is kept after a request is final: the broom's table.

The lifecycle rules of these containers are the safety net under it, MAX_WAIT_DAYS longer.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain import names

# Phase → days after the end → containers emptied of the request's blobs. The last phase takes
# the prompt and the reviewed images, so unknown outcomes are looked at a last time before it.
PHASES: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("previews", 1, (names.PREVIEWS,)),
    ("inputs", 7, (names.INPUTS, names.REJECTED)),
    ("content", 30, (names.REVIEW, names.CONTENT)),
)
LAST_PHASE = PHASES[-1][0]


@dataclass(frozen=True, slots=True)
class Due:
    phase: str
    at: datetime


def next_phase(final_at: datetime, retired: Collection[str]) -> Due | None:
    for phase, days, _ in PHASES:
        if phase not in retired:
            return Due(phase, final_at + timedelta(days=days))
    return None


def containers_of(phase: str) -> tuple[str, ...]:
    return next(containers for name, _, containers in PHASES if name == phase)
