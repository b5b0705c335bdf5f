"""
One look at a person's erasure: so many of their mentions, then say when somebody looks again.

A mention is done when its request is erased, or the person is taken out of it; then it goes, and
so the list grows shorter until a whole pass over it finds nothing to do. An hour later everything
is looked at once more, for whoever was under way with a name when the erasure began.
"""

from datetime import datetime, timedelta

from shared import logs
from shared.chain import cells
from shared.chain.due import Entry, entry_of
from shared.chain.erasures import Record, name_of, stored, subject_of
from shared.chain.nudges import nudge
from shared.chain.person_walk import Walk
from shared.chain.services import Services
from shared.domain import names
from shared.domain.messages import Nudge
from shared.domain.step import LAST_LOOK_AFTER, MOMENT
from shared.errors import Changed

# While it is young a caller may wait for it, and within a pass there is more to do; later it waits
# for calls, or for doors that died.
SOON, YOUNG, LATER = timedelta(seconds=3), timedelta(minutes=5), timedelta(seconds=60)


def is_person(subject: str) -> bool:
    return (names.stream_named(subject) or "").startswith(names.ERASURES)


def look_at_person(message: Nudge, s: Services) -> None:
    """
    Raises:
        DarkroomError: something failed; the due entry brings another look.
    """
    stream = names.stream_named(message.request_id)
    assert stream is not None
    named = entry_of(message.due) if message.due else None
    found = stored(stream.removeprefix(names.ERASURES), s)
    if found is None:
        s.due.drop_abandoned(named)
        return
    record = _looked(*found, s)
    successor = _successor(record, s)
    if named is not None and (successor is None or named.name != successor.name):
        s.due.delete(named)


def _looked(record: Record, etag: str, s: Services) -> Record:
    """
    As many passes as have something to do and nothing to wait for.

    Of several workers only one gets its counts in; the rest has changed nothing by looking.
    """
    while not record.confirmed and s.clock.now() >= _next_at(record):
        walk = Walk(record, s)
        after = walk.run()
        try:
            etag = cells.put(s.blobs, name_of(record.id), after, etag)
        except Changed:
            return record
        walk.settle()
        _tell(record, after)
        record = after
        if walk.waits or record.after:
            break
    return record


def _tell(before: Record, after: Record) -> None:
    if after.done_at and not before.done_at:
        logs.event("erasure.done", erasure=after.id, requests=after.requests, blobs=after.blobs)


def _next_at(record: Record) -> datetime:
    return record.done_at + LAST_LOOK_AFTER if record.done_at else record.at


def _successor(record: Record, s: Services) -> Entry | None:
    """At round times: two looks that end at once make one entry of it."""
    if record.confirmed:
        return None
    now = s.clock.now()
    if record.done_at is not None:
        return s.due.later(subject_of(record.id), 0, _next_at(record) + MOMENT)
    pace = SOON if record.after or now - record.at < YOUNG else LATER
    at = now + pace - (now - record.at) % pace
    entry = s.due.later(subject_of(record.id), 0, at, nudged=True)
    nudge(s, subject_of(record.id), 0, entry.name, (at - now).total_seconds())
    return entry
