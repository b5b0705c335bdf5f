"""
A batch that is decided on as one: its rows are waited for, people asked, and rows told.

A look records what is next, and what it records is held against the newest stream, so two looks
ask once. What was settled stands in the batch's stream; each row takes it over by itself, so a
nudge that is lost is only late: whoever is still on the way is nudged again.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from shared.chain.batch_rows import marks_of
from shared.chain.nudges import nudge_quietly
from shared.chain.services import Services
from shared.domain import names
from shared.domain.batch import Batch, fold, next_try
from shared.domain.facts import Fact
from shared.domain.next_batch_review import (
    Mark,
    is_void,
    next_of,
    next_question,
    voided,
    waits_for_answer,
)
from shared.domain.notice import Notice
from shared.domain.notices import batch_stream
from shared.errors import StorageError

ACTOR = "darkroom"
# Notices one look may record: far above what it needs, so a fault cannot spin.
MAX_STEPS = 20


def go_on(batch: Batch, over: Collection[int], s: Services) -> datetime | None:
    """
    Do what can be done now; when somebody has to go on, None when a row brings the next look.

    Raises:
        StorageError: look again; nothing changes by repeating.
    """
    marks = marks_of(batch.id, s)
    for _ in range(MAX_STEPS):
        if batch.over:
            return None
        found = _next(batch, over, marks, s)
        if not isinstance(found, Notice):
            return found
        _record(batch, found, s)
        batch = _known(batch.id, s) or batch
    raise StorageError("The batch is changing too fast.")


def _next(
    batch: Batch, over: Collection[int], marks: Mapping[int, Mark], s: Services
) -> Notice | datetime | None:
    asking, now = batch.asking, s.clock.now()
    if asking is None or asking.settled:
        question = next_question(batch, over, marks, now)
        return question or _tell_rows(batch, over, marks, s)
    return voided(asking) if is_void(asking, over, marks) else next_of(batch, asking, now)


def _tell_rows(
    batch: Batch, over: Collection[int], marks: Mapping[int, Mark], s: Services
) -> datetime | None:
    """Nudge those who have an answer and are not known to have moved on."""
    waiting = [
        one for row, one in marks.items() if row not in over and not waits_for_answer(batch, one)
    ]
    for one in waiting:
        member = names.member_of(batch.id, one.asked.row)
        nudge_quietly(s, member, one.asked.opening, None)
    return next_try(batch, s.clock.now()) if waiting else None


def _record(batch: Batch, notice: Notice, s: Services) -> None:
    """Unless anything was said of the batch meanwhile: then what is next is found anew."""

    def changed(facts: tuple[Fact, ...]) -> bool:
        known = fold(batch.id, facts)
        return known is None or known.over or known.askings != batch.askings

    s.streams.tell(batch_stream(batch.id), ACTOR, notice, changed)


def _known(batch_id: str, s: Services) -> Batch | None:
    return fold(batch_id, s.streams.load(batch_stream(batch_id)).facts)
