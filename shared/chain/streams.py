"""
Streams: what happened to deployments and budgets, chained line by line as a journal is.

They lie beside the journals, under the stream's own name. A notice is told once: whoever wants
to tell it says from which records it would be a repeat.
"""

from collections.abc import Callable
from dataclasses import dataclass

from shared.chain import fact_log
from shared.chain.ports import AppendBlobs, Clock, Entropy
from shared.domain import names
from shared.domain.facts import Draft, Fact
from shared.domain.lines import NO_PREVIOUS, digest_of, read_line, write_line
from shared.domain.notices import NOTICES, Notice
from shared.errors import Changed, StorageError

# Others can only be faster as often as they have something to tell.
MAX_RACES = 20

Facts = tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream as read: `length` in bytes, `head` the digest of its last line."""

    facts: Facts = ()
    length: int = 0
    head: str = NO_PREVIOUS


@dataclass(frozen=True, slots=True)
class Streams:
    appends: AppendBlobs
    clock: Clock
    entropy: Entropy

    def load(self, name: str) -> Stream:
        lines = (self.appends.read(names.REQUESTS, name) or b"").splitlines()
        facts = tuple(read_line(raw, NOTICES) for raw in lines)
        head = digest_of(lines[-1]) if lines else NO_PREVIOUS
        return Stream(facts, sum(len(raw) + 1 for raw in lines), head)

    def tell(self, name: str, actor: str, notice: Notice, unless: Callable[[Facts], bool]) -> bool:
        """
        Record the notice, unless what is recorded says it already; whether it was recorded.

        Raises:
            StorageError: nobody can say; telling it again is safe.
        """
        by = self.entropy.token_bytes(16).hex()
        for _ in range(MAX_RACES):
            stream = self.load(name)
            if any(fact.by == by for fact in stream.facts):
                return True
            if unless(stream.facts):
                return False
            if not stream.length:
                self.appends.create(names.REQUESTS, name)
            if self._appended(name, stream, Draft(actor=actor, data=notice), by):
                fact_log.tell_of_stream(name, len(stream.facts) + 1, notice)
                return True
        raise StorageError("The stream is changing too fast.")

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
