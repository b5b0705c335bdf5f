"""
One look at a person's erasure: so many of their mentions, then say when somebody looks again.

A mention is done when its request is erased, or the person is taken out of it; then it goes, and
so the list grows shorter until a whole pass over it finds nothing to do. An hour later everything
is looked at once more, for whoever was under way with a name when the erasure began.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from shared import logs
from shared.chain import cells, subjects
from shared.chain.due import KEPT_WITHOUT_JOURNAL, Entry, entry_of
from shared.chain.erasing import remove_message, remove_unaccepted
from shared.chain.erasures import Record, erase_request, name_of, stored, subject_of
from shared.chain.journal import Journal
from shared.chain.nudges import nudge
from shared.chain.redacting import redact
from shared.chain.services import Services
from shared.chain.subjects import Mention
from shared.domain import names
from shared.domain.messages import Nudge
from shared.domain.parts import Erasure
from shared.domain.step import LAST_LOOK_AFTER, MOMENT
from shared.errors import Changed, OurError

# What one look does at most: a few storage calls for each mention, and well within 60 s.
MAX_MENTIONS = 100
MOST_TIME = timedelta(seconds=40)
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
    entry = s.due.later(subject_of(record.id), 0, at)
    nudge(s, subject_of(record.id), 0, entry.name, (at - now).total_seconds())
    return entry


@dataclass(frozen=True, slots=True)
class Found:
    """What a mention came to; `kept`: it is looked at again when nobody can be under way."""

    requests: int = 0
    redacted: int = 0
    blobs: int = 0
    kept: Mention | None = None

    @property
    def counts(self) -> bool:
        return bool(self.requests or self.redacted or self.blobs)


class Walk:
    """The mentions that one look gets through."""

    def __init__(self, record: Record, s: Services) -> None:
        self.record, self.s = record, s
        self.began = s.clock.now()
        self.settled: dict[str, Found] = {}
        self.waits = False

    def run(self) -> Record:
        """The record as it is afterwards; nothing that it counts is taken away yet."""
        for count, name in enumerate(self._ahead()):
            if count == MAX_MENTIONS or self.s.clock.now() - self.began > MOST_TIME:
                return self._counted(name)
            self._look_at(name)
        return self._over(self._counted(""))

    def _ahead(self) -> Iterator[str]:
        """From where the last look stopped; what it stopped at may be gone by now."""
        for name in subjects.mentions(self.record.people, self.s):
            if not self.record.after or self._place(name) >= self._place(self.record.after):
                yield name

    def _place(self, name: str) -> tuple[int, str]:
        who = name.removeprefix(names.SUBJECTS).partition("/")[0]
        return self.record.people.index(who), name

    def _counted(self, after: str) -> Record:
        fresh = [one for name, one in self.settled.items() if name not in self.record.counted]
        busy = self.waits or any(one.counts for one in self.settled.values())
        return self.record.model_copy(
            update={
                "requests": self.record.requests + sum(one.requests for one in fresh),
                "redacted": self.record.redacted + sum(one.redacted for one in fresh),
                "blobs": self.record.blobs + sum(one.blobs for one in fresh),
                "counted": tuple(self.settled),
                "after": after,
                "clean": self.record.clean and not busy,
                "done_at": None if busy else self.record.done_at,
            }
        )

    def _over(self, record: Record) -> Record:
        """A whole pass is behind us: it was the last one, or there is another."""
        if not record.clean:
            return record.model_copy(update={"clean": True})
        again = record.done_at is not None
        at = record.done_at or self.s.clock.now()
        return record.model_copy(update={"done_at": at, "confirmed": again})

    def settle(self) -> None:
        for name, found in self.settled.items():
            if found.kept is not None:
                subjects.write(name, found.kept, self.s)
            else:
                self.s.blobs.delete(names.STATE, name)

    def _look_at(self, name: str) -> None:
        """One request's trouble is not to keep the others waiting."""
        try:
            found = self._found(name)
        except OurError as error:
            self.waits = True
            failure = logs.failure(error)
            request_id = name.rpartition("/")[2]
            logs.event(
                *("erasure.stuck",),
                level=logging.ERROR,
                erasure=self.record.id,
                request_id=request_id,
                error=failure,
            )
            return
        if found is not None:
            self.settled[name] = found

    def _found(self, name: str) -> Found | None:
        """None when there is nothing to do, or nothing yet."""
        one = subjects.read(name, self.s)
        if one is None or self._is_later(one):
            return None
        what = name.rpartition("/")[2]
        if what.startswith(names.DEAD_BODY):
            return self._and_later(one, partial(self._put_aside, what))
        journal = self.s.journals.load(what)
        if not journal:
            return self._without_journal(journal.id, one)
        if one.submitted:
            return self._submitted(journal, journal.request.erasure)
        return self._and_later(one, partial(self._asked, journal))

    def _is_later(self, one: Mention) -> bool:
        """After the erasure was done the person came again: that is for another one."""
        return self.record.done_at is not None and one.at > self.record.done_at

    def _without_journal(self, request_id: str, one: Mention) -> Found | None:
        if self.began <= one.at + KEPT_WITHOUT_JOURNAL:
            self.waits = True
            return None
        return Found(blobs=remove_unaccepted(request_id, self.s))

    def _submitted(self, journal: Journal, erasure: Erasure | None) -> Found | None:
        if erasure is None:
            erase_request(journal.id, self.record.id, self.record.caller, self.s)
        if erasure is None or erasure.done_at is None:
            self.waits = True
            return None
        mine = erasure.id == self.record.id
        return Found(requests=1, blobs=erasure.blobs) if mine else Found()

    def _asked(self, journal: Journal) -> Found:
        redact(journal, self.record.people, self.s)
        return Found(redacted=1)

    def _put_aside(self, body: str) -> Found:
        return Found(blobs=remove_message(body, self.s))

    def _and_later(self, one: Mention, work: Callable[[], Found]) -> Found | None:
        """Whoever began to write the name before may still be about to: it is done once more."""
        young, seen = self.began <= one.at + LAST_LOOK_AFTER, one.by == self.record.id
        if young and seen:
            return None
        found = work()
        if seen:
            return Found()
        return replace(found, kept=one.model_copy(update={"by": self.record.id}) if young else None)
