"""
The rows of a batch that are over: a name each, put by whoever ends them.

A row ends with its request, whose every look puts the name before anything else is let go of; or
without one, when none can be made of it. The latter is a race with whoever still makes one, and
each of the two looks after it has written: the name is put, then the journal is looked for; a
request that was just accepted looks for the name. So at least one of them sees the other.
"""

from collections.abc import Iterable
from datetime import timedelta

from shared.chain.journal import Journal
from shared.chain.listed import names_under
from shared.chain.nudges import nudge_quietly
from shared.chain.resource import cost_of
from shared.chain.services import Services
from shared.domain import names
from shared.domain.approval_facts import StageOpened
from shared.domain.batch import NO_REQUEST, Row, folder_of, latest, micro, never_of, row_named
from shared.domain.facts import CallbackDetached, Fact, Retired
from shared.domain.next_batch_review import Mark, latest_marks, mark_of, standing_of
from shared.domain.notices import batch_stream
from shared.domain.transitions import State
from shared.domain.values import BatchRef

# Should the nudge that a batch is over be lost, somebody looks after this.
LOOK_AFTER = timedelta(minutes=2)
# Of a request that is over these change neither how, nor what it cost.
_AFTERWARDS = (Retired, CallbackDetached)


def rows_over(batch_id: str, s: Services) -> dict[int, Row]:
    found = names_under(s.blobs, names.STATE, folder_of(batch_id))
    return latest(row for name in found if (row := row_named(name)))


def post(journal: Journal, since: int, s: Services) -> None:
    """
    Say of a member that is over that it is, and have its batch looked at if it was the last, or
    if another may take its place.

    Raises:
        StorageError: post again; nothing changes by repeating.
    """
    request = journal.request
    told = [one for one in journal.facts[since:] if not isinstance(one.data, _AFTERWARDS)]
    if not told or (batch := request.terms.batch) is None:
        return
    if marks := _marks(journal, told, batch):
        for mark in marks:
            s.blobs.put(names.STATE, mark.name(batch.id), b"{}")
        if _left_place(journal, s) or all_stand(batch, s):
            look_at(batch.id, s)
    if request.final:
        _post_end(journal, told[-1].seq, batch, s)


def _left_place(journal: Journal, s: Services) -> bool:
    """
    Who waits for all rows of a batch takes no place among a caller's open requests, or rows that
    wait for a place would be waited for by those that have all of them.
    """
    if caller := s.terms.callers.by_name(journal.request.terms.caller):
        s.open_requests.leave(journal.id, caller)
    return _place_is_free(journal, s)


def _marks(journal: Journal, told: Iterable[Fact], batch: BatchRef) -> list[Mark]:
    """Of the stages that it came to stand at until its batch is decided on."""
    stages = journal.request.after
    asked = {stage.name for stage in stages if stage.scope == "batch"}
    return [
        mark_of(batch.row, fact.seq, fact.data, stages)
        for fact in told
        if isinstance(fact.data, StageOpened) and fact.data.stage in asked
    ]


def marks_of(batch_id: str, s: Services) -> dict[int, Mark]:
    """Of each row the stage that it stood at last, for its batch to ask about."""
    return latest_marks(names_under(s.blobs, names.STATE, standing_of(batch_id)))


def all_stand(batch: BatchRef, s: Services) -> bool:
    """Whether nobody is waited for: each row is over, or has stood at a stage of its batch."""
    return len(rows_over(batch.id, s).keys() | marks_of(batch.id, s).keys()) >= batch.rows


def _post_end(journal: Journal, seq: int, batch: BatchRef, s: Services) -> None:
    request = journal.request
    cost = cost_of(request)
    row = Row(
        row=batch.row,
        seq=seq,
        status=request.status,
        micro=micro(cost.amount),
        maybe_micro=micro(cost.maybe_billed_amount),
        code=request.error or "",
    )
    s.blobs.put(names.STATE, row.name(batch.id), b"{}")
    last = len(rows_over(batch.id, s)) >= batch.rows
    awaited = _ended_unasked(journal) and all_stand(batch, s)
    if last or awaited or _place_is_free(journal, s):
        look_at(batch.id, s)


def _ended_unasked(journal: Journal) -> bool:
    """Without the verdict of its batch: others may have waited for it, or be all that is left."""
    request = journal.request
    whole = any(stage.scope == "batch" for stage in request.after)
    return whole and not request.verdicts()


def _place_is_free(journal: Journal, s: Services) -> bool:
    """Whether another row may have waited for this one's place."""
    caller = s.terms.callers.by_name(journal.request.terms.caller)
    return caller is not None and caller.max_open_requests is not None


def look_at(batch_id: str, s: Services) -> None:
    """Somebody looks at the batch now, or when its due entry says so."""
    subject = names.subject_of(batch_stream(batch_id))
    entry = s.due.later(subject, 0, s.clock.now() + LOOK_AFTER)
    nudge_quietly(s, subject, 0, entry.name)


def end_without_request(batch_id: str, row: int, status: str, code: str, s: Services) -> bool:
    """Whether it ends so; False where somebody made a request of it by now."""
    name = Row(row, NO_REQUEST, status, code=code).name(batch_id)
    s.blobs.put(names.STATE, name, b"{}")
    return not made_after_all(batch_id, row, s)


def made_after_all(batch_id: str, row: int, s: Services) -> bool:
    """Whether there is a request of a row that was to have none; then that one counts."""
    if not s.journals.load(names.member_of(batch_id, row)):
        return False
    for name in names_under(s.blobs, names.STATE, never_of(batch_id, row)):
        s.blobs.delete(names.STATE, name)
    return True


def unwanted(journal: Journal, s: Services) -> bool:
    """Whether this request was made of a row that had ended without one."""
    request = journal.request
    if request.state is not State.ACCEPTED or (batch := request.terms.batch) is None:
        return False
    prefix = never_of(batch.id, batch.row)
    return bool(s.blobs.page(names.STATE, prefix, 1).names)
