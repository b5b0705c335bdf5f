"""
Delivers events to the request's callback, one attempt at a time.

An attempt is claimed in the delivery log before it is made, so of two workers only one sends.
What fails is tried again by a queue message when that is soon, else by the due entry.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared import logs
from shared.chain.events import post_of
from shared.chain.journal import Event, Journal
from shared.chain.ports import WebhookAnswer
from shared.chain.services import Services
from shared.domain import deliveries, names
from shared.domain.deliveries import Delivery, DeliveryLog, Line
from shared.domain.messages import EventMessage
from shared.errors import AddressRefused, Changed, SinkError, StorageError

CALLBACK = "callback"
# A queue message waits this long at most; longer waits are due entries.
MAX_HOP = timedelta(seconds=90)
# Of one line with others; where none can be written, the attempt counts as abandoned.
MAX_RACES = 20
# The due entry looks this long after an attempt for which there is a message.
LOOK_AFTER = timedelta(seconds=60)


def wanted(journal: Journal) -> tuple[Event, ...]:
    """The events that the request's callback asked for, in order."""
    asked = journal.request.callback_events if journal else ()
    return tuple(event for event in journal.events if event.type in asked)


@dataclass(slots=True)
class Desk:
    """The delivery of one request's events during one invocation; keeps the log it has read."""

    s: Services
    log: DeliveryLog | None = None

    def dispatch(self, journal: Journal, since: int, *, inline: bool) -> None:
        """
        See to every undelivered event of a fact after `since`.

        A first attempt is made at once if `inline`, else and from the second on it is queued.
        """
        for event in wanted(journal):
            if event.seq <= since:
                continue
            delivery = self._read(journal.id).of(event.seq, CALLBACK)
            if delivery.settled:
                continue
            if inline and delivery.attempt == 0 and self._free_at(journal, event) is None:
                self.attempt(journal, event, 1, deliveries.INLINE_TIMEOUT_S)
                delivery = self._read(journal.id).of(event.seq, CALLBACK)
            if not delivery.settled:
                self._queue(journal, event, delivery)

    def undelivered(self, journal: Journal) -> list[Event]:
        events = wanted(journal)
        if not events:
            return []
        log = self._read(journal.id)
        return [event for event in events if not log.of(event.seq, CALLBACK).settled]

    def look_again(self, journal: Journal) -> datetime | None:
        """When somebody has to see whether the undelivered events got on; None if all did."""
        now = self.s.clock.now()
        times = [self._next(journal, event) for event in self.undelivered(journal)]
        if not times:
            return None
        first = max(min(times), now)
        return first if first - now > MAX_HOP else first + LOOK_AFTER

    def attempt(self, journal: Journal, event: Event, number: int, timeout_s: float) -> None:
        """Make attempt `number`, unless it was made, or somebody is making it."""
        delivery = self._read(journal.id).of(event.seq, CALLBACK)
        started = delivery.outcome == "started"
        if delivery.settled or number <= delivery.attempt or (started and not self._over(delivery)):
            return
        by = self.s.entropy.token_bytes(8).hex()
        claim = Line(
            at=self.s.clock.now(),
            seq=event.seq,
            sink=CALLBACK,
            attempt=number,
            outcome="started",
            by=by,
        )
        if not self._write(journal.id, claim):
            return
        self._record(journal, claim, self._send(journal, event, timeout_s))

    def _send(self, journal: Journal, event: Event, timeout_s: float) -> WebhookAnswer | None:
        """None when nobody answered; status 410 also when there is nobody to send to."""
        content = self.s.contents.read(journal.id)
        if content is None or content.callback_url is None:
            return WebhookAnswer(410)
        post = post_of(journal, event, content, self.s)
        try:
            return self.s.webhooks.post(post.url, post.headers, post.body, timeout_s)
        except AddressRefused:
            return WebhookAnswer(410)
        except SinkError:
            return None

    def _record(self, journal: Journal, claim: Line, answer: WebhookAnswer | None) -> None:
        status = answer.status if answer else None
        outcome, next_at = "failed", None
        if status is not None and 200 <= status < 300:
            outcome = "delivered"
        elif status == 410:
            outcome = "gone"
        else:
            asked_s = answer.retry_after_s if answer else None
            spread = self.s.entropy.token_bytes(1)[0] / 127.5 - 1
            pause = deliveries.retry_after(claim.attempt, asked_s, spread)
            outcome = "failed" if pause else "dead"
            next_at = self.s.clock.now() + pause if pause else None
        known = {"at": self.s.clock.now(), "outcome": outcome, "status": status}
        line = claim.model_copy(update=known | {"next_at": next_at})
        for _ in range(MAX_RACES):
            overtaken = self._read(journal.id).of(line.seq, CALLBACK).attempt > line.attempt
            if overtaken or self._write(journal.id, line):
                break
        logs.event(
            *("event.attempted",),
            request_id=journal.id,
            seq=line.seq,
            attempt=line.attempt,
            outcome=outcome,
            status=status,
        )

    def _queue(self, journal: Journal, event: Event, delivery: Delivery) -> None:
        now = self.s.clock.now()
        wait = max(self._next(journal, event) - now, timedelta(0))
        if wait <= MAX_HOP:
            send_event(self.s, journal.id, event.seq, delivery.attempt + 1, wait.total_seconds())

    def _next(self, journal: Journal, event: Event) -> datetime:
        """The earliest time of the next attempt."""
        due = self._read(journal.id).of(event.seq, CALLBACK).due
        return max(time for time in (due, self._free_at(journal, event), event.at) if time)

    def _free_at(self, journal: Journal, event: Event) -> datetime | None:
        """Until when earlier events hold this one up; None when they do not."""
        earlier = [other.seq for other in wanted(journal)]
        until = deliveries.held_until(
            *(self._read(journal.id), event.seq, event.at, earlier, CALLBACK)
        )
        return until if until and until > self.s.clock.now() else None

    def _over(self, delivery: Delivery) -> bool:
        return delivery.due is None or self.s.clock.now() >= delivery.due

    def _read(self, request_id: str) -> DeliveryLog:
        if self.log is None:
            data = self.s.appends.read(names.DELIVERIES, names.stream_of(request_id))
            self.log = deliveries.parse(data or b"")
        return self.log

    def _write(self, request_id: str, line: Line) -> bool:
        """False when somebody else wrote first: the log is read anew then."""
        log = self._read(request_id)
        raw = line.model_dump_json(by_alias=True, exclude_none=True).encode()
        stream = names.stream_of(request_id)
        if not log.length:
            self.s.appends.create(names.DELIVERIES, stream)
        try:
            self.s.appends.append(names.DELIVERIES, stream, log.length, raw + b"\n")
        except (Changed, StorageError):
            self.log = None
            lines = self._read(request_id).lines
            return any((one.by, one.outcome) == (line.by, line.outcome) for one in lines)
        self.log = log.with_line(raw)
        return True


def send_event(s: Services, request_id: str, seq: int, attempt: int, wait_s: float) -> None:
    stream = names.stream_of(request_id)
    message = EventMessage(stream=stream, seq=seq, sink=CALLBACK, attempt=attempt)
    s.queue.send(names.EVENT_QUEUE, message.model_dump_json(by_alias=True), wait_s)


def deliver(message: EventMessage, s: Services) -> None:
    """What an `image-events` message asks for; one that comes too late or twice does nothing."""
    journal = s.journals.load(message.stream.removeprefix("images/"))
    event = next((one for one in wanted(journal) if one.seq == message.seq), None)
    if event is None:
        return
    desk = Desk(s)
    if (free_at := desk._free_at(journal, event)) is not None:
        wait = min(free_at - s.clock.now(), MAX_HOP).total_seconds()
        send_event(s, journal.id, event.seq, message.attempt, wait)
        return
    desk.attempt(journal, event, message.attempt, deliveries.TIMEOUT_S)
    desk.dispatch(journal, event.seq - 1, inline=False)
