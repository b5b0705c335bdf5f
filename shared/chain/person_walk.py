"""A walk along a person's mentions, as far as one look gets."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from shared import logs
from shared.chain import subjects
from shared.chain.batch_erasing import is_taken, take_out
from shared.chain.due import KEPT_WITHOUT_JOURNAL
from shared.chain.erasing import remove_message, remove_unaccepted
from shared.chain.erasures import Record, erase_request
from shared.chain.journal import Journal
from shared.chain.redacting import redact
from shared.chain.services import Services
from shared.chain.subjects import Mention
from shared.domain import names
from shared.domain.parts import Erasure
from shared.domain.step import LAST_LOOK_AFTER
from shared.errors import OurError

# What one look does at most: a few storage calls for each mention, and well within 60 s.
MAX_MENTIONS = 100
MOST_TIME = timedelta(seconds=40)
# A look at a batch goes on for 45 s, and for the row that it is at.
BATCH_LOOK = timedelta(seconds=90)


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
        if what.startswith(names.BATCH_ROWS):
            return self._rows(what.removeprefix(names.BATCH_ROWS), one)
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

    def _rows(self, batch_id: str, one: Mention) -> Found | None:
        """A look at the batch may have read them before, and still make requests of them."""
        if taken := take_out(batch_id, self.record.people, self.s):
            self.waits = True
            again = one.model_copy(update={"by": self.record.id, "at": self.began})
            return Found(redacted=taken, kept=again)
        seen = one.by == self.record.id
        lately = BATCH_LOOK if seen or is_taken(batch_id, self.s) else KEPT_WITHOUT_JOURNAL
        if self.began <= one.at + lately:
            self.waits = True
            return None
        return self._and_later(one, Found)

    def _and_later(self, one: Mention, work: Callable[[], Found]) -> Found | None:
        """Whoever began to write the name before may still be about to: it is done once more."""
        young, seen = self.began <= one.at + LAST_LOOK_AFTER, one.by == self.record.id
        if young and seen:
            return None
        found = work()
        if seen:
            return Found()
        return replace(found, kept=one.model_copy(update={"by": self.record.id}) if young else None)
