"""What events come from: a request's journal, or a stream of notices."""

from dataclasses import dataclass

from shared.chain.journal import Event, Journal
from shared.chain.services import Services
from shared.domain import names
from shared.domain.facts import Fact
from shared.domain.notices import whose


@dataclass(frozen=True, slots=True)
class Source:
    """
    A stream as its receivers know it; `seq` of its last fact, `facts` None for a request.

    Its event ids follow from `named`: the request's id, or the stream's own name.
    """

    stream: str
    named: str
    seq: int
    events: tuple[Event, ...]
    journal: Journal | None = None
    facts: tuple[Fact, ...] = ()

    @property
    def subject(self) -> str:
        return names.subject_of(self.stream)

    @property
    def callback_events(self) -> tuple[str, ...]:
        if self.journal:
            return self.journal.request.callback_events
        return getattr(self.facts[0].data, "callback_events", ()) if self.facts else ()

    @property
    def content_id(self) -> str | None:
        """Whose erasable half says where the callback is; None where there can be none."""
        if self.stream.startswith("batches/"):
            return self.stream.removeprefix("batches/")
        return self.named if self.journal else None

    def caller(self, event: Event) -> str | None:
        """Whose doing the event tells of; None for nobody's in particular."""
        if self.journal:
            return self.journal.request.terms.caller
        return whose(self.stream, self.facts[event.seq - 1].data)

    def event_id(self, seq: int) -> str:
        return f"{self.named}-{seq}"

    def event(self, seq: int) -> Event | None:
        return next((one for one in self.events if one.seq == seq), None)


def of_request(journal: Journal) -> Source:
    stream = names.stream_of(journal.id)
    return Source(stream, journal.id, journal.seq, journal.events, journal or None)


def load(stream: str, s: Services) -> Source:
    """One of no events where there is no such stream."""
    if stream.startswith("images/"):
        return of_request(s.journals.load(stream.removeprefix("images/")))
    found = s.streams.load(stream)
    return Source(stream, stream, len(found.facts), found.events, facts=found.facts)
