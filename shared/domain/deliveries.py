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
from shared.errors import CorruptJournal

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
        found = (d for d in self.deliveries if d.seq == seq and d.sink == sink)
        return next(found, Delivery(seq, sink))

    def with_line(self, raw: bytes) -> "DeliveryLog":
        line = _read(raw)
        delivery = Delivery(
            line.seq, line.sink, line.attempt, line.outcome, line.at, line.next_at, line.status
        )
        others = tuple(d for d in self.deliveries if (d.seq, d.sink) != (line.seq, line.sink))
        return replace(
            self,
            deliveries=(*others, delivery),
            lines=(*self.lines, line),
            length=self.length + len(raw) + 1,
        )


def parse(data: bytes) -> DeliveryLog:
    log = DeliveryLog()
    for raw in data.splitlines():
        log = log.with_line(raw)
    return log


def _read(raw: bytes) -> Line:
    try:
        return Line.model_validate_json(raw)
    except ValidationError as exc:
        raise CorruptJournal("A line of the delivery log is not one of ours.") from exc


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
