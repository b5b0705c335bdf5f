"""
The delivery desk: what of a stream is owed to whom, and when it goes out.

Each sink has an order and retries of its own. A first attempt may be made inside the chain, for
one sink only and only where nothing speaks against its host; everything else goes by message,
and the due entry sees to it that somebody comes again.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.chain import delivery_index
from shared.chain.attempts import Attempt
from shared.chain.delivery_log import LogBook
from shared.chain.journal import Event
from shared.chain.services import Services
from shared.chain.sinks import Sink, host_at, listening, wants
from shared.chain.sources import Source, load
from shared.domain import deliveries, names
from shared.domain.deliveries import Delivery
from shared.domain.messages import EventMessage

# A queue message waits this long at most; longer waits are due entries.
MAX_HOP = timedelta(seconds=90)
# The due entry looks this long after an attempt for which there is a message.
LOOK_AFTER = timedelta(seconds=60)
# Events of one sink that one look sends on: after an outage, each of them brings the next.
MOST_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Owed:
    """An event that a sink has not got; `held`: until when an earlier one holds it up."""

    event: Event
    sink: Sink
    delivery: Delivery
    held: datetime | None

    def next_at(self) -> datetime:
        """The earliest time of the next attempt."""
        return max(time for time in (self.event.at, self.delivery.due, self.held) if time)


@dataclass(slots=True)
class Desk:
    """The delivery of one stream's events during one invocation; keeps the log it has read."""

    stream: str
    s: Services
    book: LogBook = field(init=False)
    _hosts: dict[str, str] = field(default_factory=dict)
    _marked: bool = False
    _patient: bool = True

    def __post_init__(self) -> None:
        self.book = LogBook(self.s.appends, self.stream)

    def dispatch(self, source: Source, since: int, *, inline: bool) -> None:
        """
        See to what is owed of facts after `since`.

        One first attempt is made at once if `inline`, after everything else was queued. Where
        nothing is owed, storage is not asked: between intent and call every failure costs.
        """
        if not any(event.seq > since for event in source.events):
            return
        known = list(self.owed(source))
        if any(one.event.seq <= since for one in known):
            # Whoever delivers an earlier event meanwhile may not know of the later ones yet; it
            # reads the journal after writing the log, so here the log is read after the journal.
            self.book.forget()
            known = list(self.owed(source))
        owed = [one for one in known if one.event.seq > since]
        able = (one for one in owed if inline and self._may_go_inline(one, source))
        first = next(able, None)
        self._queue(source, [one for one in owed if one is not first])
        if first is not None:
            self._attempt(source, first, 1, deliveries.INLINE_TIMEOUT_S)
            now = self.book.read().of(first.event.seq, first.sink.name)
            self._patient = now.outcome == "delivered"
            self._follow(source, first, list(self.owed(source)))

    def deliver(self, source: Source, message: EventMessage) -> None:
        """Make the attempt that a message asks for, and see to what comes after it."""
        asked, owed = (message.seq, message.sink), list(self.owed(source))
        one = next((one for one in owed if (one.event.seq, one.sink.name) == asked), None)
        if one is None:
            if not owed:
                self.settled(source)
            return
        held = one.held - self.s.clock.now() if one.held else timedelta(0)
        if held > timedelta(0):
            # Whoever settles the earlier event brings this one, and so does the due entry.
            if held <= MAX_HOP:
                self._send(one, message.attempt, held)
            return
        with self.s.standing.place(self._host(one, source)) as free:
            if not free:
                self._send(one, message.attempt, self._a_while())
                return
            made = self._attempt(source, one, message.attempt, deliveries.TIMEOUT_S)
        source = load(self.stream, self.s) if made else source
        if made and not self._follow(source, one, list(self.owed(source))):
            self.settled(source)

    def owed(self, source: Source) -> Iterator[Owed]:
        """Sink by sink, each in order."""
        for sink in listening(source, self.s):
            events = [one for one in source.events if wants(sink, one, source, self.s)]
            if not events:
                continue
            by_seq = {event.seq: event for event in events}
            times = [(event.seq, event.at) for event in events]
            for delivery, held in deliveries.waiting(self.book.read(), times, sink.name):
                yield Owed(by_seq[delivery.seq], sink, delivery, held)

    def look_again(self, owed: Sequence[Owed]) -> datetime | None:
        """When somebody has to see whether these got on; None when there are none."""
        if not owed:
            return None
        now = self.s.clock.now()
        first = max(min(one.next_at() for one in owed), now)
        return first if first - now > MAX_HOP else first + LOOK_AFTER

    def settled(self, source: Source) -> None:
        """Nothing is owed any more."""
        delivery_index.none_pending(source, self.s)
        self._marked = False

    def _follow(self, source: Source, one: Owed, owed: list[Owed]) -> list[Owed]:
        """After an attempt: its repetition, or its sink's next event. One message, not two."""
        mine = [o for o in owed if o.sink.name == one.sink.name and o.event.seq >= one.event.seq]
        self._queue(source, mine[:1])
        return owed

    def _may_go_inline(self, one: Owed, source: Source) -> bool:
        fresh = one.delivery.attempt == 0 and one.next_at() <= self.s.clock.now()
        return self._patient and fresh and not self.s.standing.doubted(self._host(one, source))

    def _host(self, one: Owed, source: Source) -> str:
        name = one.sink.name
        if name not in self._hosts:
            self._hosts[name] = host_at(one.sink, source, self.s)
        return self._hosts[name]

    def _attempt(self, source: Source, one: Owed, number: int, timeout_s: float) -> bool:
        host = self._host(one, source)
        return Attempt(source, one.event, one.sink, number, host, self.book, self.s).make(timeout_s)

    def _queue(self, source: Source, owed: Sequence[Owed]) -> None:
        if owed and not self._marked:
            delivery_index.mark_pending(source, self.s)
            self._marked = True
        sent: Counter[str] = Counter()
        for one in owed:
            wait = max(one.next_at() - self.s.clock.now(), timedelta(0))
            sent[one.sink.name] += 1
            if wait <= MAX_HOP and sent[one.sink.name] <= MOST_AT_ONCE:
                self._send(one, one.delivery.attempt + 1, wait)

    def _send(self, one: Owed, attempt: int, wait: timedelta) -> None:
        message = EventMessage(
            stream=self.stream, seq=one.event.seq, sink=one.sink.name, attempt=attempt
        )
        text = message.model_dump_json(by_alias=True)
        self.s.queue.send(names.EVENT_QUEUE, text, wait.total_seconds())

    def _a_while(self) -> timedelta:
        """Spread, so that what was put back does not come back all at once."""
        return MAX_HOP * (1 + self.s.entropy.token_bytes(1)[0] / 128) / 3
