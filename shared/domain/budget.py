"""
What a caller may spend in a month: what is spent, and what is held for calls to come.

Every amount goes by the key of its call, `<id>.<attempt>` or `<id>.alt<draft>`: held before the
call, settled by its outcome. Whatever is repeated, or comes late or out of order, changes nothing
that it should not.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import PlainSerializer

from shared.domain import names
from shared.domain.alt_texts import AltTextDrafted, AltTextFailed
from shared.domain.facts import Completed, Fact, Refused, Unknown
from shared.domain.request import Request
from shared.domain.values import Cost, Instant, Value

# Exact where it is added up; a JSON number of at most six decimals where it is written.
Money = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]
Percent = Literal[50, 80, 100]
NEARLY = 80
PERCENTS: tuple[Percent, ...] = (50, 80, 100)
NOTHING = Decimal(0)
DRAFT = "alt"
# A worker that froze may hold money for a call that was settled meanwhile. No invocation lasts
# this long, so nobody has to remember a settled key for longer.
REMEMBERED = timedelta(hours=1)


def money(cost: Cost | None) -> Decimal:
    return Decimal(str(cost.amount)) if cost else NOTHING


def draft_key_of(request_id: str, draft: int) -> str:
    """Likewise of a call for an alt text; a request's calls for images sort before it."""
    return f"{request_id}.{DRAFT}{draft}"


def intended(request: Request) -> frozenset[str]:
    """The keys of calls that were made, or may have been: each is settled by its own outcome."""
    keys = [key_of(request.id, attempt.number) for attempt in request.attempts]
    keys += [draft_key_of(request.id, draft.number) for draft in request.drafts.each]
    return frozenset(keys)


def key_of(request_id: str, attempt: int) -> str:
    """A call's own name: for its money, its turn and its breaker."""
    return f"{request_id}.{attempt}"


class Held(Value):
    """Money for a call without an outcome, since `at`."""

    amount: Money
    at: Instant


class Doubt(Value):
    """What a call may have cost, by fact `seq` of its request: a later one knows better."""

    amount: Money
    seq: int


class Budget(Value):
    """
    One caller's month. Settled are `spent` and `doubtful`; `closed` are keys settled for good of
    late; `announced` the thresholds that were told of.
    """

    v: Literal[1] = 1
    spent: Money = NOTHING
    open: Mapping[str, Held] = {}
    doubtful: Mapping[str, Doubt] = {}
    closed: Mapping[str, Instant] = {}
    announced: tuple[Percent, ...] = ()

    @property
    def settled(self) -> Decimal:
        return self.spent + sum((doubt.amount for doubt in self.doubtful.values()), NOTHING)

    @property
    def committed(self) -> Decimal:
        return self.settled + sum((held.amount for held in self.open.values()), NOTHING)

    def knows(self, key: str) -> bool:
        """Whether money was held for the call, be it settled by now."""
        return key in self.open or key in self.doubtful or key in self.closed

    def has_room(self, amount: Decimal, limit: Decimal | None) -> bool:
        return limit is None or self.committed + amount <= limit

    def reserve(self, key: str, amount: Decimal, limit: Decimal | None, now: datetime) -> "Budget":
        """Hold the money if there is room, or if there is no `limit`; else the same budget."""
        if self.knows(key) or not self.has_room(amount, limit):
            return self
        return self._with(open={**self.open, key: Held(amount=amount, at=now)})

    def settle(self, key: str, fact: Fact, now: datetime) -> "Budget":
        """What the outcome says; one of a call for which no money was held says nothing here."""
        if key not in self.open and key not in self.doubtful:
            return self
        match fact.data:
            case Completed(cost=cost) | AltTextDrafted(cost=cost):
                return self._close(key, now, spent=self.spent + money(cost))
            case (
                Unknown(maybe_billed=cost)
                | Refused(maybe_billed=Cost() as cost)
                | AltTextFailed(maybe_billed=Cost() as cost)
            ):
                return self._doubt(key, Doubt(amount=money(cost), seq=fact.seq))
            case _:
                return self._close(key, now)

    def release(self, request: Request, now: datetime) -> "Budget":
        """The request is final: nothing is held any more for calls that will not be made."""
        kept, found = intended(request), self
        for key in self.open:
            if key.startswith(f"{request.id}.") and key not in kept:
                found = found._close(key, now)
        return found

    def drop(self, keys: Iterable[str]) -> "Budget":
        """Held for nothing; unlike what was settled, they may be held anew."""
        gone = set(keys)
        return self._with(open={key: held for key, held in self.open.items() if key not in gone})

    def put_off(self, key: str, now: datetime) -> "Budget":
        """Still under way: looked at again when the others have been."""
        if key not in self.open:
            return self
        later = self.open[key].model_copy(update={"at": now})
        return self._with(open={**self.open, key: later})

    def stale(self, before: datetime) -> list[str]:
        """What has been held since before then, the oldest first."""
        old = [(held.at, key) for key, held in self.open.items() if held.at < before]
        return [key for _, key in sorted(old)]

    def untold(self, limit: Decimal, refused: bool) -> tuple[Percent, ...]:
        """
        Thresholds that were reached and not announced.

        Since money is held before it is spent, the last of it is hardly ever spent: 100 is also
        a refusal for lack of money, unless one dear request met a budget with plenty of room.
        """
        reached = [
            percent
            for percent in PERCENTS
            if NOTHING < self.settled >= limit * percent / 100
            or (refused and percent == 100 and self.settled >= limit * NEARLY / 100)
        ]
        return tuple(percent for percent in reached if percent not in self.announced)

    def told(self, percents: Iterable[Percent]) -> "Budget":
        return self._with(announced=tuple(sorted({*self.announced, *percents})))

    def forget(self, now: datetime) -> "Budget":
        recent = {key: at for key, at in self.closed.items() if now - at < REMEMBERED}
        return self._with(closed=recent)

    def _close(self, key: str, now: datetime, **changed: object) -> "Budget":
        doubtful = {other: doubt for other, doubt in self.doubtful.items() if other != key}
        closed = {**self.closed, key: now}
        return self.drop([key])._with(doubtful=doubtful, closed=closed, **changed)

    def _doubt(self, key: str, doubt: Doubt) -> "Budget":
        known = self.doubtful.get(key)
        if known and known.seq >= doubt.seq:
            return self
        return self.drop([key])._with(doubtful={**self.doubtful, key: doubt})

    def _with(self, **changed: object) -> "Budget":
        return self.model_copy(update=changed)


def accepted_at(request: Request) -> datetime:
    """The month and day it counts in, whenever its calls are made."""
    assert request.created_at is not None
    return request.created_at


def month_of(at: datetime) -> str:
    """As blob and stream names have it: `2026-11`."""
    return at.strftime("%Y-%m")


def cell_of(month: str, caller: str) -> str:
    return f"{names.BUDGETS}{month}/{caller}.json"
