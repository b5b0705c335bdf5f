"""
One attempt to tell one sink of one event: claimed in the delivery log, made, recorded.

Claimed first, so that of two workers only one sends, however many messages ask for it.
"""

from dataclasses import dataclass

from shared import logs
from shared.chain import delivery_index
from shared.chain.delivery_log import LogBook
from shared.chain.events import batch_of, post_of
from shared.chain.journal import Event
from shared.chain.services import Services
from shared.chain.sinks import Sink, address_of
from shared.chain.sources import Source
from shared.domain import deliveries
from shared.domain.deliveries import EVENT_GRID, Delivery, Line
from shared.errors import SinkError

GONE = 410


@dataclass(frozen=True, slots=True)
class Sent:
    """`status` None: nobody answered. `lost`: there is nobody to send to."""

    status: int | None = None
    retry_after_s: float | None = None
    lost: bool = False

    @property
    def worked(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(slots=True)
class Attempt:
    source: Source
    event: Event
    sink: Sink
    number: int
    host: str
    book: LogBook
    s: Services

    def make(self, timeout_s: float) -> bool:
        """False when it was made already, or somebody is making it."""
        claim = self._claim()
        if claim is None:
            return False
        sent = self._send(timeout_s)
        self.s.standing.note(self.host, worked=sent.worked or sent.lost)
        self._record(claim, sent)
        return True

    def _claim(self) -> Line | None:
        by = self.s.entropy.token_bytes(8).hex()

        def claim_on(standing: Delivery) -> Line | None:
            now = self.s.clock.now()
            if not standing.may_begin(self.number, now):
                return None
            return Line(
                at=now,
                seq=self.event.seq,
                sink=self.sink.name,
                attempt=self.number,
                outcome="started",
                type=self.event.type,
                by=by,
            )

        return self.book.write_on(self.event.seq, self.sink.name, claim_on)[1]

    def _send(self, timeout_s: float) -> Sent:
        content_id = self.source.content_id
        content = self.s.contents.read(content_id) if content_id else None
        try:
            if self.sink.name == EVENT_GRID:
                body = batch_of(self.source, self.event, content, self.s)
                assert self.s.topic is not None
                answer = self.s.topic.publish(body, timeout_s)
                return Sent(answer.status, answer.retry_after_s)
            address = address_of(self.sink, self.source, self.event, content, self.s)
            if address is None:
                return Sent(lost=True)
            post = post_of(self.source, self.event, content, address, self.s)
            answer = self.s.webhooks.post(post.url, post.headers, post.body, timeout_s)
        except SinkError:
            # An address that may not be called today may be tomorrow.
            return Sent()
        if answer.status == GONE and self.sink.subscription is not None:
            self.s.subscriptions.remove(self.sink.subscription.id)
        return Sent(answer.status, answer.retry_after_s, lost=answer.status == GONE)

    def _record(self, claim: Line, sent: Sent) -> None:
        line = self._line(claim, sent)
        if line.outcome == "dead":
            delivery_index.mark_dead(self.source, self.s)

        def not_overtaken(standing: Delivery) -> Line | None:
            return None if standing.attempt > line.attempt else line

        # Where it cannot be written the attempt counts as abandoned.
        known, _ = self.book.write_on(line.seq, line.sink, not_overtaken)
        if known.again and line.outcome in ("delivered", "gone"):
            self._forget_the_dead()
        logs.event(
            "event.attempted",
            request_id=self.source.named if self.source.journal else None,
            stream=self.source.stream,
            sink=line.sink,
            seq=line.seq,
            attempt=line.attempt,
            outcome=line.outcome,
            status=sent.status,
        )

    def _forget_the_dead(self) -> None:
        if not any(one.outcome == "dead" for one in self.book.read().deliveries):
            delivery_index.none_dead(self.source, self.s)

    def _line(self, claim: Line, sent: Sent) -> Line:
        now = self.s.clock.now()
        known = {"at": now, "status": sent.status}
        if sent.worked or sent.lost:
            outcome = "gone" if sent.lost else "delivered"
            return claim.model_copy(update=known | {"outcome": outcome})
        earlier = self.book.read().of(claim.seq, claim.sink).earlier
        spread = self.s.entropy.token_bytes(1)[0] / 127.5 - 1
        pause = deliveries.retry_after(claim.attempt - earlier, sent.retry_after_s, spread)
        outcome = "failed" if pause else "dead"
        next_at = now + pause if pause else None
        return claim.model_copy(update=known | {"outcome": outcome, "next_at": next_at})
