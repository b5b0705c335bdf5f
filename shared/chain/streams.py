"""
Streams: what happened to deployments, budgets, messages and batches, chained as a journal is.

They lie beside the journals, under the stream's own name. A notice is told once: whoever wants
to tell it says from which records it would be a repeat. One that others are told of, or that is
work for somebody, is covered by a due entry before it is recorded, as a request's facts are.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from shared.chain import fact_log
from shared.chain.due import Covers, DueIndex
from shared.chain.journal import Event
from shared.chain.ports import AppendBlobs, Clock, Entropy, Queue
from shared.domain import names
from shared.domain.facts import Draft, Fact
from shared.domain.lines import NO_PREVIOUS, digest_of, read_line, write_line
from shared.domain.messages import Nudge
from shared.domain.notices import NOTICES, Notice
from shared.errors import Changed, StorageError

# Others can only be faster as often as they have something to tell.
MAX_RACES = 20

Facts = tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream as read: `length` in bytes, `head` the digest of its last line."""

    facts: Facts = ()
    events: tuple[Event, ...] = ()
    length: int = 0
    head: str = NO_PREVIOUS


@dataclass(frozen=True, slots=True)
class Streams:
    appends: AppendBlobs
    clock: Clock
    entropy: Entropy
    due: DueIndex
    queue: Queue

    def load(self, name: str) -> Stream:
        lines = (self.appends.read(names.REQUESTS, name) or b"").splitlines()
        facts = tuple(read_line(raw, NOTICES) for raw in lines)
        heads = [digest_of(raw) for raw in lines]
        told = (_event(fact, head) for fact, head in zip(facts, heads, strict=True))
        events = tuple(event for event in told if event)
        length = sum(len(raw) + 1 for raw in lines)
        return Stream(facts, events, length, heads[-1] if heads else NO_PREVIOUS)

    def tell(self, name: str, actor: str, notice: Notice, unless: Callable[[Facts], bool]) -> bool:
        """
        Record the notice, unless what is recorded says it already; whether it was recorded.

        Raises:
            StorageError: nobody can say; telling it again is safe.
        """
        by = self.entropy.token_bytes(16).hex()
        covers = Covers(self.due, names.subject_of(name))
        for _ in range(MAX_RACES):
            stream = self.load(name)
            if any(fact.by == by for fact in stream.facts):
                self._nudge(covers, stream)
                return True
            if unless(stream.facts):
                return False
            if notice.EVENT or notice.WORK:
                covers.before_append(len(stream.facts))
            if not stream.length:
                self.appends.create(names.REQUESTS, name)
            if self._appended(name, stream, Draft(actor=actor, data=notice), by):
                fact_log.tell_of_stream(name, len(stream.facts) + 1, notice)
                if covers.held:
                    covers.after_append(len(stream.facts))
                self._nudge(covers, stream)
                return True
        raise StorageError("The stream is changing too fast.")

    def _nudge(self, covers: Covers, stream: Stream) -> None:
        """Somebody delivers it now; where the queue is down, the entry sees to it."""
        if not covers.held:
            return
        entry = covers.held[-1]
        nudge = Nudge(request_id=entry.request_id, since=len(stream.facts), due=entry.name)
        with suppress(StorageError):
            self.queue.send(names.STEP_QUEUE, nudge.model_dump_json(by_alias=True))

    def _appended(self, name: str, stream: Stream, draft: Draft, by: str) -> bool:
        """False also when the answer was lost: the next look finds our `by`, or writes it anew."""
        line = write_line(
            draft, seq=len(stream.facts) + 1, at=self.clock.now(), by=by, prev=stream.head
        )
        try:
            self.appends.append(names.REQUESTS, name, stream.length, line + b"\n")
        except (Changed, StorageError):
            return False
        return True


def _event(fact: Fact, head: str) -> Event | None:
    told = fact.data.EVENT if isinstance(fact.data, Notice) else None
    return Event(fact.seq, told, fact.at, head) if told else None
