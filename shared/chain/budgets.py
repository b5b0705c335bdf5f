"""
Budgets in storage: one cell a month and caller, changed by compare-and-set.

A request counts in the month in which it was accepted. Only callers with a monthly budget have
cells; whoever asks about others is told that there is room.
"""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from threading import Lock

from pydantic import ValidationError

from shared import logs
from shared.chain.cells import Pause, put, raced
from shared.chain.ledger import Ledger
from shared.chain.listed import names_under
from shared.chain.pacing import NewLock
from shared.chain.ports import Blobs, Clock, Entropy
from shared.chain.streams import Facts, Streams
from shared.domain import budget as budgets
from shared.domain import names
from shared.domain.budget import NOTHING, Budget, Doubt, Percent
from shared.domain.facts import Fact
from shared.domain.notices import BudgetThreshold, budget_stream
from shared.domain.request import Request
from shared.errors import NewerFact
from shared.security.callers import Caller

ACTOR = "darkroom"
CURRENCY = "USD"
# Each of these writers is another process: threads of this one take turns.
MAX_RACES = 20
# Between two tries, at most: so that many processes do not meet again and again.
PAUSE_S = 0.1

Change = Callable[[Budget], Budget]


@dataclass(frozen=True, slots=True)
class Budgets:
    blobs: Blobs
    clock: Clock
    entropy: Entropy
    streams: Streams
    ledger: Ledger
    new_lock: NewLock = Lock
    _locks: dict[str, AbstractContextManager[object]] = field(default_factory=dict)

    def reserve(
        self, caller: Caller, month: str, key: str, amount: Decimal, *, over: bool = False
    ) -> bool:
        """Whether the money for that call is held, by now or from before; `over`: at any rate."""
        limit = caller.monthly_budget_usd
        if limit is None:
            return True
        now, ceiling = self.clock.now(), None if over else limit
        held = self.change(caller, month, lambda b: b.reserve(key, amount, ceiling, now), new=True)
        if held is not None and held.knows(key):
            return True
        self.announce(caller, month, held, refused=True)
        return False

    def settle(self, caller: Caller, month: str, key: str, fact: Fact) -> None:
        now = self.clock.now()
        settled = self.change(caller, month, lambda budget: budget.settle(key, fact, now))
        self.announce(caller, month, settled)

    def release(self, caller: Caller, month: str, request: Request) -> None:
        now = self.clock.now()
        self.change(caller, month, lambda budget: budget.release(request, now))

    def change(
        self, caller: Caller, month: str, change: Change, *, new: bool = False
    ) -> Budget | None:
        """
        The budget after the change; None for no budget, or no cell that is not to be `new`.

        Raises:
            StorageError: nobody can say; every change may be made again.
        """
        if caller.monthly_budget_usd is None:
            return None
        name = budgets.cell_of(month, caller.name)

        def once() -> Budget | None:
            known, etag = self._read(name)
            if known is None and not new:
                return None
            before = known or self._begun(month, caller.name)
            after = change(before)
            if after != before:
                put(self.blobs, name, after.forget(self.clock.now()), etag)
            return after

        with self._locks.setdefault(name, self.new_lock()):
            pause = Pause(self.clock, self.entropy, PAUSE_S)
            return raced(once, MAX_RACES, "The budget is changing too fast.", pause)

    def announce(
        self, caller: Caller, month: str, budget: Budget | None, *, refused: bool = False
    ) -> None:
        """Tell of the thresholds that were reached, each once a month."""
        limit = caller.monthly_budget_usd
        if budget is None or limit is None:
            return
        reached = budget.untold(limit, refused)
        for percent in reached:
            self._tell(caller.name, month, percent, budget, limit)
        if reached:
            self.change(caller, month, lambda other: other.told(reached), new=True)

    def cells(self, month: str) -> Iterator[str]:
        """The callers that have a cell in that month."""
        folder = f"{names.BUDGETS}{month}/"
        for name in names_under(self.blobs, names.STATE, folder):
            yield name.removeprefix(folder).removesuffix(".json")

    def look(self, caller: Caller, month: str) -> Budget | None:
        """The caller's month as it stands; None while nothing was asked for."""
        return self._read(budgets.cell_of(month, caller.name))[0]

    def standing(self, caller: Caller, month: str) -> Budget | None:
        """The month as `reserve` would find it; None for a caller without a budget."""
        if caller.monthly_budget_usd is None:
            return None
        return self.look(caller, month) or self._begun(month, caller.name)

    def _read(self, name: str) -> tuple[Budget | None, str | None]:
        found = self.blobs.read(names.STATE, name)
        if found is None:
            return None, None
        try:
            return Budget.model_validate_json(found.data), found.etag
        except ValidationError:
            if _is_newer(found.data):
                raise NewerFact("The budget is not known to this version.") from None
            logs.event("budget.unreadable", level=logging.ERROR, cell=name)
            return None, found.etag

    def _begun(self, month: str, caller: str) -> Budget:
        """
        A budget that is set within a month begins with what the ledger says of it, and so does
        one that nobody can read, or none of its caller's requests could end.
        """
        lines = self.ledger.lines(month, caller)
        return Budget(
            spent=sum((line.amount for line in lines), NOTHING),
            doubtful={
                line.key: Doubt(amount=line.maybe_billed_amount, seq=line.seq)
                for line in lines
                if line.maybe_billed_amount
            },
        )

    def _tell(
        self, caller: str, month: str, percent: Percent, budget: Budget, limit: Decimal
    ) -> None:
        notice = BudgetThreshold(
            percent=percent, spent=float(budget.settled), limit=float(limit), currency=CURRENCY
        )

        def said(facts: Facts) -> bool:
            told = (fact.data for fact in facts if isinstance(fact.data, BudgetThreshold))
            return any(other.percent == percent for other in told)

        self.streams.tell(budget_stream(month, caller), ACTOR, notice, said)


def _is_newer(data: bytes) -> bool:
    with suppress(ValueError):
        found = json.loads(data)
        return isinstance(found, dict) and found.get("v", 1) != 1
    return False
