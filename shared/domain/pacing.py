"""
When the next call to a deployment may go: evenly spaced turns, kept in one cell for all workers.

Azure judges a quota of requests per minute in slices of one to ten seconds, and counts what it
refuses as well. So calls never go in bursts, however little of the minute is used up: each turn
begins one interval after the turn before it, and a call that goes late pushes the later ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.step import LEASE_S
from shared.domain.values import Instant, Lane, Value

# Above the even spacing, for what a call's way to the service takes longer than another's.
SPACING = 1.02
# A worker is woken this long before its turn, and waits the rest in place.
HOLD = timedelta(seconds=3)
# A turn that nobody took is given up after this …
LAPSE = timedelta(seconds=2)
# … but whoever comes for it so much later is still the next to go.
FORGIVEN = timedelta(minutes=5)
# The cell stays below about 40 KB; whoever comes when it is full comes again.
MAX_TURNS = 500
# Bulk work takes turns only so far ahead: a person never waits longer behind it.
BULK_HORIZON = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Pace:
    """How a deployment may be called: one request of its quota each `interval`."""

    interval: timedelta

    @staticmethod
    def of(requests_per_minute: float) -> "Pace":
        return Pace(timedelta(seconds=60 / requests_per_minute * SPACING))


@dataclass(frozen=True, slots=True)
class Ask:
    """
    Whose turn, and how much of the quota it takes; `key` is the request's id.

    A request has one turn at most, and keeps it when a worker came too late for a call.
    `width` is 1, or the number of images where the quota counts those.
    """

    key: str
    width: int = 1
    lane: Lane = "interactive"


@dataclass(frozen=True, slots=True)
class ComeBack:
    """No turn yet: ask again then."""

    at: datetime


@dataclass(frozen=True, slots=True)
class PaceView:
    """What operators see of a cell."""

    open_calls: int
    closed_until: datetime | None
    waiting: int


class Turn(Value):
    start: Instant
    width: int = 1


class Cell(Value):
    """
    `free_at`: when the interval of the last call that went is over; `closed_until`: what the
    service asked for with a 429; `turns`: who goes when; `late`: whose turn lapsed, and when it
    was; `calls`: what is under way, by `<request id>.<attempt>`, with the end of each lease;
    `come_back`: the latest time that somebody was asked to come again.
    """

    v: int = 1
    free_at: Instant | None = None
    closed_until: Instant | None = None
    turns: Mapping[str, Turn] = {}
    late: Mapping[str, Instant] = {}
    calls: Mapping[str, Instant] = {}
    come_back: Instant | None = None

    def tidy(self, now: datetime) -> "Cell":
        """As it is now: turns that nobody took are late, and a call is over with its lease."""
        lapsed = {key: one.start for key, one in self.turns.items() if one.start < now - LAPSE}
        turns = {key: turn for key, turn in self.turns.items() if key not in lapsed}
        late = {key: at for key, at in {**self.late, **lapsed}.items() if at > now - FORGIVEN}
        calls = {key: until for key, until in self.calls.items() if until > now}
        newest = dict(sorted(late.items(), key=lambda one: one[1])[-MAX_TURNS:])
        return self.model_copy(update={"turns": turns, "late": newest, "calls": calls})

    def ask(self, ask: Ask, now: datetime, pace: Pace) -> tuple["Cell", Turn | ComeBack]:
        """
        The turn of this key: the one it has, or the first that fits; the same however often.

        Who comes too late for a turn goes next, and the others one later: that turn was lost
        for everybody, and workers that are always late must not wait for ever.
        """
        cell = self.tidy(now)
        if ask.key in cell.turns:
            return cell, cell.turns[ask.key]
        if ask.key in cell.late:
            return cell._next(ask, now, pace)
        turn = Turn(start=cell.first_fit(ask.width, now, pace), width=ask.width)
        if ask.lane == "bulk" and turn.start - now > max(BULK_HORIZON, 2 * pace.interval):
            return cell._come_back(turn.start - BULK_HORIZON, ask, now, pace)
        if len(cell.turns) >= MAX_TURNS:
            return cell._come_back(turn.start - MAX_TURNS // 2 * pace.interval, ask, now, pace)
        return cell.model_copy(update={"turns": {**cell.turns, ask.key: turn}}), turn

    def _next(self, ask: Ask, now: datetime, pace: Pace) -> tuple["Cell", Turn]:
        turn = Turn(start=self._earliest(now), width=ask.width)
        cell = self.forget(ask.key)._pushed(_end(turn, pace), pace)
        return cell.model_copy(update={"turns": {**cell.turns, ask.key: turn}}), turn

    def _come_back(
        self, at: datetime, ask: Ask, now: datetime, pace: Pace
    ) -> tuple["Cell", ComeBack]:
        """One after the other, as turns become free, and not all at once."""
        last = self.come_back or now
        at = max(at, last + ask.width * pace.interval, now + timedelta(seconds=1))
        return self.model_copy(update={"come_back": at}), ComeBack(at)

    def first_fit(self, width: int, now: datetime, pace: Pace) -> datetime:
        """The earliest start at which `width` intervals are free."""
        start = self._earliest(now)
        for turn in sorted(self.turns.values(), key=lambda one: one.start):
            if start + width * pace.interval <= turn.start:
                break
            start = max(start, _end(turn, pace))
        return start

    def _earliest(self, now: datetime) -> datetime:
        return _whole_ms(max(at for at in (now, self.free_at, self.closed_until) if at))

    def depart(
        self, key: str, call: str, now: datetime, pace: Pace
    ) -> tuple["Cell", datetime | None]:
        """
        The call goes at the turn of this key, or now when that is over; the time it goes.

        None when it has no turn, or one that was put off: then it does not go.
        """
        cell = self.tidy(now)
        turn = cell.turns.get(key)
        if turn is None or turn.start > now + HOLD:
            return cell, None
        calls = {**cell.calls, call: now + timedelta(seconds=LEASE_S)}
        turns = {other: one for other, one in cell.turns.items() if other != key}
        gone = cell.model_copy(update={"calls": calls, "turns": turns})
        start = max(turn.start, now)
        return gone.occupied(start, turn.width, pace), start

    def occupied(self, start: datetime, width: int, pace: Pace) -> "Cell":
        """Nobody else before the interval of a call that goes at `start` is over."""
        free_at = _end(Turn(start=start, width=width), pace)
        if self.free_at and self.free_at >= free_at:
            return self
        return self.model_copy(update={"free_at": free_at})._pushed(free_at, pace)

    def throttled(self, until: datetime, pace: Pace) -> "Cell":
        """The service wants no call before then: every turn waits, in the same order."""
        if self.closed_until and self.closed_until >= until:
            return self
        # The call that was refused finds the first turn free when it asks again.
        after = _whole_ms(until + pace.interval)
        return self.model_copy(update={"closed_until": until})._pushed(after, pace)

    def _pushed(self, earliest: datetime, pace: Pace) -> "Cell":
        """No turn before `earliest`; those that overlap by that are pushed on, in their order."""
        turns: dict[str, Turn] = {}
        for key, turn in sorted(self.turns.items(), key=lambda item: item[1].start):
            turns[key] = turn.model_copy(update={"start": max(turn.start, earliest)})
            earliest = _end(turns[key], pace)
        return self.model_copy(update={"turns": turns})

    def forget(self, key: str) -> "Cell":
        """The key has no turn, missed none, and has no call under way."""
        fields = {"turns": self.turns, "late": self.late, "calls": self.calls}
        return self.model_copy(
            update={
                name: {other: one for other, one in field.items() if other != key}
                for name, field in fields.items()
                if key in field
            }
        )

    def position(self, key: str) -> int:
        """1 for whoever goes next; the key has a turn."""
        start = self.turns[key].start
        return 1 + sum(turn.start < start for turn in self.turns.values())

    def view(self, now: datetime) -> PaceView:
        cell = self.tidy(now)
        closed = self.closed_until if self.closed_until and self.closed_until > now else None
        return PaceView(len(cell.calls), closed, len(cell.turns))


def _end(turn: Turn, pace: Pace) -> datetime:
    return _whole_ms(turn.start + turn.width * pace.interval)


def _whole_ms(at: datetime) -> datetime:
    """Rounded up, since a cell is written in milliseconds, and no interval may shrink by that."""
    return at + (-at.microsecond % 1000) * timedelta(microseconds=1)
