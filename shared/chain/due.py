"""
Due entries: the only cover a request has. Queue messages are only speed.

An entry is a small blob `state/due/<time>-<id>-<nonce>`. The first letter of the nonce tells
its kind: a `c`over is put before an append by whoever appends; a `s`uccessor says when
somebody must look again, a `n`udged one too, and its nudge is under way; a `m`oved one was
overdue, and the sweep gave it a later time.
While an entry stands, somebody will look at the request, whatever else was lost.
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import ValidationError

from shared.chain.ports import Blobs, Clock, Entropy
from shared.domain import names
from shared.domain.values import Instant, Value
from shared.errors import AlreadyThere, Changed

# A cover is trusted for this long by storage's clock; an append takes at most about 65 s …
FRESH_FOR = timedelta(seconds=60)
# … and it falls due only after both are surely over.
COVER_LEAD = timedelta(seconds=150)
# A cover whose door died before it made the journal: the caller may still repeat.
KEPT_WITHOUT_JOURNAL = timedelta(hours=1)
MAX_BACKOFF = timedelta(minutes=60)
FOLDER = "due/"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry by its name, which says everything but what it covers."""

    at: datetime
    request_id: str
    nonce: str

    @property
    def name(self) -> str:
        return f"{FOLDER}{names.stamp(self.at)}-{self.request_id}-{self.nonce}"

    @property
    def moved(self) -> bool:
        return self.nonce.startswith("m")

    @property
    def nudged(self) -> bool:
        return self.nonce.startswith("n")

    def covers_appends_until(self) -> datetime:
        """Only a cover tells by its name when it was put; the others never count as fresh."""
        if self.nonce.startswith("c"):
            return self.at - COVER_LEAD + FRESH_FOR
        return datetime.min.replace(tzinfo=self.at.tzinfo)


def entry_of(name: str) -> Entry | None:
    """None for a name that is none of ours."""
    try:
        time, request_id, nonce = name.removeprefix(FOLDER).split("-")
        return Entry(datetime.strptime(time + "+0000", "%Y%m%dT%H%M%S%fZ%z"), request_id, nonce)
    except ValueError:
        return None


class Body(Value):
    """
    `since`: position before the oldest fact whose event may be undelivered; `tries`: looks
    that began since the journal had `length` facts; `unread`: looks in a row that could not
    read it; `looked`: the last of them is counted; `put`: when the cover was first put.
    """

    since: int
    tries: int = 0
    unread: int = 0
    length: int = 0
    looked: bool = False
    put: Instant


def backoff(tries: int) -> timedelta:
    return min(timedelta(minutes=2.0 ** max(0, min(tries, 10) - 1)), MAX_BACKOFF)


@dataclass(frozen=True, slots=True)
class DueIndex:
    blobs: Blobs
    clock: Clock
    entropy: Entropy

    def cover(self, request_id: str, since: int) -> Entry:
        """A new entry, good for appends during the next FRESH_FOR."""
        now = self.clock.now()
        nonce = "c" + self.entropy.token_bytes(8).hex()
        return self._put(Entry(_whole_ms(now + COVER_LEAD), request_id, nonce), since, now)

    def later(self, request_id: str, since: int, at: datetime, *, nudged: bool = False) -> Entry:
        """
        The entry for a wait; its name depends on nothing else, so twice makes one.

        `nudged`: whoever puts it sends the nudge for that time as well.
        """
        nonce = f"{'n' if nudged else 's'}{since}"
        return self._put(Entry(_whole_ms(at), request_id, nonce), since, self.clock.now())

    def move(self, entry: Entry, body: Body) -> Entry:
        """Give an overdue entry a later time: put the new one, then delete the old."""
        at = max(entry.at, self.clock.now()) + backoff(max(body.tries, body.unread))
        nonce = "m" + hashlib.sha256(entry.name.encode()).hexdigest()[:16]
        moved = Entry(_whole_ms(at), entry.request_id, nonce)
        self._write(moved, body.model_copy(update={"looked": False}))
        self.delete(entry)
        return moved

    def body(self, entry: Entry) -> tuple[Body, str] | None:
        """What it covers, and its ETag; None when it is gone or unreadable."""
        stored = self.blobs.read(names.STATE, entry.name)
        if stored is None:
            return None
        try:
            return Body.model_validate_json(stored.data), stored.etag
        except ValidationError:
            return Body(since=0, put=entry.at), stored.etag

    def count_try(self, entry: Entry, seq: int) -> Body | None:
        """
        Note that a look begins; None when the entry is gone.

        Counted here and not by the sweep, or an outage of the queue would condemn requests
        that nobody has looked at; and once for each time the sweep moved the entry, or the
        host's quick redeliveries of one nudge would use all tries up within minutes.
        """
        if (found := self.body(entry)) is None:
            return None
        body, etag = found
        if body.looked and body.length == seq:
            return body
        tries = body.tries if body.length == seq else 0
        counted = {"tries": tries + 1, "unread": 0, "length": seq, "looked": True}
        body = body.model_copy(update=counted)
        try:
            self._write(entry, body, if_match=etag)
        except Changed:
            return None
        return body

    def count_unread(self, entry: Entry) -> None:
        """
        Note that a look could not read the journal: the next one comes later.

        No try: once the journal can be read again, nothing speaks against the request.
        """
        body, etag = self.body(entry) or (None, None)
        if body is not None and not body.looked:
            counted = {"unread": body.unread + 1, "looked": True}
            with suppress(Changed):
                self._write(entry, body.model_copy(update=counted), if_match=etag)

    def drop_abandoned(self, named: Entry | None) -> None:
        """The door died on its way, or is still on it: its caller may repeat within the hour."""
        found = self.body(named) if named else None
        if named and found and self.clock.now() > found[0].put + KEPT_WITHOUT_JOURNAL:
            self.delete(named)

    def due(self, until: datetime, limit: int) -> list[Entry]:
        """The entries that fall due until then, the oldest first, at most `limit`."""
        found: list[Entry] = []
        continuation: str | None = None
        while len(found) < limit:
            page = self.blobs.page(names.STATE, FOLDER, min(limit, 500), continuation)
            entries = [entry for name in page.names if (entry := entry_of(name))]
            found += [entry for entry in entries if entry.at <= until]
            continuation = page.continuation
            if continuation is None or (entries and entries[-1].at > until):
                break
        return found[:limit]

    def delete(self, entry: Entry) -> None:
        self.blobs.delete(names.STATE, entry.name)

    def _put(self, entry: Entry, since: int, now: datetime) -> Entry:
        with suppress(AlreadyThere):
            self._write(entry, Body(since=since, put=now), if_absent=True)
        return entry

    def _write(
        self, entry: Entry, body: Body, *, if_absent: bool = False, if_match: str | None = None
    ) -> None:
        data = body.model_dump_json(by_alias=True).encode()
        self.blobs.put(names.STATE, entry.name, data, if_absent=if_absent, if_match=if_match)


@dataclass(slots=True)
class Covers:
    """The due entries that cover the appends of one invocation."""

    due: DueIndex
    request_id: str
    held: list[Entry] = field(default_factory=list)

    def before_append(self, seq: int) -> None:
        """Make sure that an entry stands which nobody takes away during the append."""
        while not self._fresh():  # a worker may freeze while it puts one, too
            self.held.append(self.due.cover(self.request_id, seq))

    def _fresh(self) -> bool:
        now = self.due.clock.now()
        return any(now < entry.covers_appends_until() for entry in self.held)

    # A process frozen between the check and the append appended uncovered: look again.
    after_append = before_append


def _whole_ms(at: datetime) -> datetime:
    """As the name will tell it when it is read back."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
