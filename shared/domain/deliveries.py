"""
The delivery log of a stream, folded; and the rules of when an event may be sent.

One attempt at a time per event and sink: an attempt begins with a line that claims its number.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from pydantic import ValidationError

from shared.domain.values import Instant, Value

# Before each further attempt; after the last, the event is dead. Jitter is added by the sender.
RETRIES_S = (5, 30, 120, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400)
JITTER = 0.1
# A receiver has this long; the first attempt, made inside the chain, has less.
TIMEOUT_S = 15.0
INLINE_TIMEOUT_S = 2.0
# An attempt whose worker died is over after this: longer than any attempt can take.
ABANDONED_AFTER = timedelta(seconds=60)
# An undelivered event holds later ones of its stream up for this long, then they overtake.
HOLD = timedelta(minutes=5)


class Line(Value):
    """`outcome`: `started` claims the attempt; `gone`: the sink is no more."""

    v: Literal[1] = 1
    at: Instant
    seq: int
    sink: str
    attempt: int
    outcome: Literal["started", "delivered", "failed", "dead", "gone"]
    status: int | None = None
    next_at: Instant | None = None
    by: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where one event stands with one sink."""

    seq: int
    sink: str
    attempt: int = 0
    outcome: str = "pending"
    at: datetime | None = None
    next_at: datetime | None = None
    status: int | None = None

    @property
    def settled(self) -> bool:
        return self.outcome in ("delivered", "dead", "gone")

    @property
    def due(self) -> datetime | None:
        """When the next attempt may begin; None means at once."""
        if self.outcome == "started" and self.at:
            return self.at + ABANDONED_AFTER
        return self.next_at


@dataclass(frozen=True, slots=True)
class DeliveryLog:
    deliveries: tuple[Delivery, ...] = ()
    lines: tuple[Line, ...] = ()
    length: int = 0

    def of(self, seq: int, sink: str) -> Delivery:
        """Where the event stands; once a sink is gone, it is gone for every event."""
        found = next((d for d in self.deliveries if (d.seq, d.sink) == (seq, sink)), None)
        known = found or Delivery(seq, sink)
        gone = any(d.outcome == "gone" for d in self.deliveries if d.sink == sink)
        return replace(known, outcome="gone") if gone and not known.settled else known

    def with_line(self, raw: bytes) -> "DeliveryLog":
        length = self.length + len(raw) + 1
        if (line := _read(raw)) is None:
            return replace(self, length=length)
        delivery = Delivery(
            line.seq, line.sink, line.attempt, line.outcome, line.at, line.next_at, line.status
        )
        others = tuple(d for d in self.deliveries if (d.seq, d.sink) != (line.seq, line.sink))
        return replace(
            self,
            deliveries=(*others, delivery),
            lines=(*self.lines, line),
            length=length,
        )


def parse(data: bytes) -> DeliveryLog:
    log = DeliveryLog()
    for raw in data.splitlines():
        log = log.with_line(raw)
    return log


def _read(raw: bytes) -> Line | None:
    """
    None for a line that is none of ours, or of a newer version.

    It is passed over: the worst that follows is an event sent twice, and a log that could
    not be read would keep its request from ever ending.
    """
    try:
        return Line.model_validate_json(raw)
    except ValidationError:
        return None


def held_until(
    log: DeliveryLog, seq: int, at: datetime, earlier: Iterable[int], sink: str
) -> datetime | None:
    """Until when the event waits for earlier ones; None when none is undelivered."""
    if any(not log.of(other, sink).settled for other in earlier if other < seq):
        return at + HOLD
    return None


def retry_after(attempt: int, asked_s: float | None, spread: float) -> timedelta | None:
    """
    The pause after a failed attempt; None when it was the last.

    `spread` in -1…1 places it within the jitter; a longer `Retry-After` wins.
    """
    if attempt > len(RETRIES_S):
        return None
    pause_s = RETRIES_S[attempt - 1] * (1 + JITTER * spread)
    return timedelta(seconds=max(pause_s, min(asked_s or 0.0, RETRIES_S[-1])))
