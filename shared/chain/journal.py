"""
The journal of a request: read, folded, and appended to by whoever was first.

One append is one block, written only if the journal still has the length that was read. The
random `by` on its lines tells afterwards, when the answer was lost or the storage SDK
reported its own success as a conflict, whose block it is.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.chain.ports import AppendBlobs, Clock, Entropy
from shared.domain import names
from shared.domain.facts import Draft, Fact
from shared.domain.lines import NO_PREVIOUS, digest_of, read_line, write_line
from shared.domain.request import Request
from shared.domain.transitions import move
from shared.errors import Changed, CorruptJournal, StorageError

# Journals that a process remembers; each is a few kilobytes.
MOST_KEPT = 64


class LostRace(Exception):
    """Somebody else's facts stand where ours were to go: read again and decide anew."""


@dataclass(frozen=True, slots=True)
class Event:
    """A fact that others are told of; `seq` is the fact's."""

    seq: int
    type: str
    at: datetime
    journal_head: str


@dataclass(frozen=True, slots=True)
class Journal:
    """
    A journal as read: `length` in bytes, `head` the digest of its last line, `folds` the request
    after each fact.
    """

    request: Request
    facts: tuple[Fact, ...] = ()
    events: tuple[Event, ...] = ()
    length: int = 0
    head: str = NO_PREVIOUS
    folds: tuple[Request, ...] = ()

    @staticmethod
    def empty(request_id: str) -> "Journal":
        return Journal(Request(request_id))

    def __bool__(self) -> bool:
        """An empty journal is no request."""
        return bool(self.facts)

    @property
    def id(self) -> str:
        return self.request.id

    @property
    def seq(self) -> int:
        return self.request.seq

    def with_line(self, raw: bytes) -> "Journal":
        """
        Raises:
            CorruptJournal: the line does not continue the chain.
            IllegalMove: its fact does not fit the request.
        """
        fact = read_line(raw)
        if fact.prev != self.head:
            raise CorruptJournal(f"Line {self.seq + 1} does not continue the chain.")
        event = move(self.request.state, self.request.kind_of(fact)).event
        head = digest_of(raw)
        told = (Event(fact.seq, event, fact.at, head),) if event else ()
        request = self.request.apply(fact)
        return replace(
            self,
            request=request,
            folds=(*self.folds, request),
            facts=(*self.facts, fact),
            events=(*self.events, *told),
            length=self.length + len(raw) + 1,
            head=head,
        )

    def as_of(self, seq: int) -> Request:
        """The request as the journal up to that fact gives it."""
        return self.folds[min(seq, self.seq) - 1] if self.folds and seq else Request(self.id)


def parse(request_id: str, data: bytes) -> Journal:
    return continued(Journal.empty(request_id), data)


def continued(journal: Journal, data: bytes) -> Journal:
    """With the lines that follow it."""
    if data and not data.endswith(b"\n"):
        raise CorruptJournal("The journal ends within a line.")
    for raw in data.splitlines():
        journal = journal.with_line(raw)
    return journal


@dataclass(frozen=True, slots=True)
class Appended:
    """The journal after an append, and the `by` that marks the lines as ours."""

    journal: Journal
    by: str


@dataclass(frozen=True, slots=True)
class Journals:
    """One look reads a journal several times; lines that were folded once are not folded again."""

    appends: AppendBlobs
    clock: Clock
    entropy: Entropy
    _recent: OrderedDict[str, tuple[bytes, Journal]] = field(
        default_factory=OrderedDict, compare=False, repr=False
    )

    def create(self, request_id: str) -> None:
        self.appends.create(names.REQUESTS, names.journal_of(request_id))

    def load(self, request_id: str) -> Journal:
        """The journal, empty when there is none."""
        data = self.raw(request_id)
        known, journal = self._recent.pop(request_id, (b"", Journal.empty(request_id)))
        if not data.startswith(known):
            known, journal = b"", Journal.empty(request_id)
        journal = continued(journal, data[len(known) :])
        self._recent[request_id] = data, journal
        if len(self._recent) > MOST_KEPT:
            self._recent.popitem(last=False)
        return journal

    def raw(self, request_id: str) -> bytes:
        return self.appends.read(names.REQUESTS, names.journal_of(request_id)) or b""

    def append(self, journal: Journal, drafts: Sequence[Draft]) -> Appended:
        """
        Raises:
            LostRace: nothing of ours was written.
            IllegalMove: a draft does not fit; nothing was tried.
        """
        by = self.entropy.token_bytes(16).hex()
        longer, block = self._written(journal, drafts, by)
        name = names.journal_of(journal.id)
        try:
            self.appends.append(names.REQUESTS, name, journal.length, block)
        except (Changed, StorageError) as exc:
            found = self.load(journal.id)
            if found.seq > journal.seq and found.facts[journal.seq].by == by:
                return Appended(found, by)
            raise LostRace from exc
        return Appended(longer, by)

    def _written(self, journal: Journal, drafts: Iterable[Draft], by: str) -> tuple[Journal, bytes]:
        at = self.clock.now()
        if journal.facts:
            at = max(at, journal.facts[-1].at)
        block = b""
        for draft in drafts:
            raw = write_line(draft, seq=journal.seq + 1, at=at, by=by, prev=journal.head)
            journal = journal.with_line(raw)
            block += raw + b"\n"
        return journal, block
