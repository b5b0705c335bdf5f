"""
The delivery log of a stream, folded; and the rules of when an event may be sent.

One attempt at a time per event and sink: an attempt begins with a line that claims its number.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from pydantic import ValidationError

from shared.domain.values import Instant, Value

CALLBACK, EVENT_GRID = "callback", "eventgrid"
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
    """
    `outcome`: `started` claims the attempt; `gone`: the sink is no more; `redeliver`: an operator
    wants the event sent again, so a fresh series of attempts begins.
    """

    v: Literal[1] = 1
    at: Instant
    seq: int
    sink: str
    attempt: int
    outcome: Literal["started", "delivered", "failed", "dead", "gone", "redeliver"]
    status: int | None = None
    next_at: Instant | None = None
    type: str | None = None
    by: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    Where one event stands with one sink.

    `again`: an operator wanted it sent once more, after `earlier` attempts. It came out of turn,
    so it waits for no other event and none waits for it.
    """

    seq: int
    sink: str
    attempt: int = 0
    outcome: str = "pending"
    at: datetime | None = None
    next_at: datetime | None = None
    status: int | None = None
    type: str | None = None
    again: bool = False
    earlier: int = 0

    @property
    def settled(self) -> bool:
        return self.outcome in ("delivered", "dead", "gone")

    @property
    def due(self) -> datetime | None:
        """When the next attempt may begin; None means at once."""
        if self.outcome == "started" and self.at:
            return self.at + ABANDONED_AFTER
        return self.next_at

    def after(self, line: Line) -> "Delivery":
        anew = line.outcome == "redeliver"
        return Delivery(
            seq=self.seq,
            sink=self.sink,
            attempt=self.attempt if anew else line.attempt,
            outcome="pending" if anew else line.outcome,
            at=line.at,
            next_at=line.next_at,
            status=line.status,
            type=line.type or self.type,
            again=anew or self.again,
            earlier=self.attempt if anew else self.earlier,
        )

    def may_begin(self, number: int, now: datetime) -> bool:
        """Whether attempt `number` was not made yet, and nobody is making another one."""
        under_way = self.outcome == "started" and self.due is not None and now < self.due
        return not self.settled and number > self.attempt and not under_way


_Place = tuple[int, str]


@dataclass(frozen=True, slots=True)
class DeliveryLog:
    """`known`: each event and sink that has a line, the one that was written last at the end."""

    lines: tuple[Line, ...] = ()
    length: int = 0
    known: Mapping[_Place, Delivery] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        return tuple(self.of(*place) for place in self.known)

    def of(self, seq: int, sink: str) -> Delivery:
        """
        Where the event stands. Once a callback is gone, it is for every event of its request; a
        subscription is looked up anew each time, and may be back.
        """
        known = self.known.get((seq, sink)) or Delivery(seq, sink)
        lost = sink in self.gone and not known.settled and not known.again
        return replace(known, outcome="gone") if lost else known

    def with_lines(self, *raws: bytes) -> "DeliveryLog":
        length = self.length + sum(len(raw) + 1 for raw in raws)
        lines = tuple(line for raw in raws if (line := _read(raw)))
        known, gone = dict(self.known), set(self.gone)
        for line in lines:
            place = (line.seq, line.sink)
            known[place] = known.pop(place, Delivery(*place)).after(line)
            if line.outcome == "gone" and line.sink == CALLBACK:
                gone.add(line.sink)
                known |= _given_up(known, line.sink)
        return DeliveryLog((*self.lines, *lines), length, known, frozenset(gone))


def _given_up(known: Mapping[_Place, Delivery], sink: str) -> dict[_Place, Delivery]:
    """What was to be sent once more when the sink went is not sent, either."""
    return {place: replace(one, again=False) for place, one in known.items() if one.sink == sink}


def parse(data: bytes) -> DeliveryLog:
    return DeliveryLog().with_lines(*data.splitlines())


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


def waiting(
    log: DeliveryLog, events: Iterable[tuple[int, datetime]], sink: str
) -> Iterator[tuple[Delivery, datetime | None]]:
    """
    What of these events, given by `seq` and time in order, the sink has not got.

    Each with the time until which an earlier one holds it up; None when none does.
    """
    held_up = False
    for seq, at in events:
        one = log.of(seq, sink)
        if one.settled:
            continue
        yield one, at + HOLD if held_up and not one.again else None
        held_up = held_up or not one.again


def retry_after(attempt: int, asked_s: float | None, spread: float) -> timedelta | None:
    """
    The pause after a failed attempt; None when it was the last.

    `spread` in -1…1 places it within the jitter; a longer `Retry-After` wins.
    """
    if attempt > len(RETRIES_S):
        return None
    pause_s = RETRIES_S[attempt - 1] * (1 + JITTER * spread)
    return timedelta(seconds=max(pause_s, min(asked_s or 0.0, RETRIES_S[-1])))
