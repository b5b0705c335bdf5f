"""
Budgets put right: money held for long is compared with the journals that it is held for.

Needed where a door died after holding money, or where a request was accepted in another month
than its door had thought. Facts that were not posted yet are none of its business: a due entry
stands for them.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta

from shared import logs
from shared.chain.budgets import Change
from shared.chain.journal import Journal
from shared.chain.services import Services
from shared.domain.alt_texts import AltTextOutcome
from shared.domain.budget import (
    REMEMBERED,
    Budget,
    accepted_at,
    draft_key_of,
    intended,
    key_of,
    month_of,
)
from shared.domain.facts import Fact, Outcome
from shared.errors import DarkroomError
from shared.security.callers import Caller

# Calls take minutes; what has waited for so long may be held for nothing.
HELD_FOR = REMEMBERED
# Journals that one run reads, of all callers together.
MAX_LOOKS = 50


def reconcile(s: Services) -> None:
    """This month's budgets and last month's; thresholds that nobody was told of are told of."""
    now = s.clock.now()
    months = month_of(now), month_of(now.replace(day=1) - timedelta(days=1))
    left = MAX_LOOKS
    for month in months:
        for name in s.budgets.cells(month):
            caller = s.terms.callers.by_name(name)
            if caller is None or left <= 0:
                continue
            left -= _guarded(caller, month, left, s)


def _guarded(caller: Caller, month: str, most: int, s: Services) -> int:
    """One caller's trouble is not to keep the others waiting."""
    try:
        return _of_caller(caller, month, most, s)
    except DarkroomError as error:
        failure = logs.failure(error)
        logs.event("reconcile.failed", level=logging.WARNING, caller=caller.name, error=failure)
        return 1


def _of_caller(caller: Caller, month: str, most: int, s: Services) -> int:
    """How many journals were read."""
    budget = s.budgets.change(caller, month, lambda same: same)
    if budget is None:
        return 0
    stale = budget.stale(s.clock.now() - HELD_FOR)[:most]
    changes = [_put_right(key, month, s) for key in stale]
    budget = s.budgets.change(caller, month, lambda known: _all(known, changes))
    s.budgets.announce(caller, month, budget)
    return len(stale)


def _all(budget: Budget, changes: Sequence[Change]) -> Budget:
    for change in changes:
        budget = change(budget)
    return budget


def _put_right(key: str, month: str, s: Services) -> Change:
    """What the journal says about money held under this key."""
    now = s.clock.now()
    request_id = key.partition(".")[0]
    journal = s.journals.load(request_id)
    if not journal or month_of(accepted_at(journal.request)) != month:
        return lambda budget: budget.drop([key])
    if (outcome := _outcome(journal, key)) is not None:
        return lambda budget: budget.settle(key, outcome, now)
    if journal.request.final and key not in intended(journal.request):
        return lambda budget: budget.release(journal.request, now)
    return lambda budget: budget.put_off(key, now)


def _outcome(journal: Journal, key: str) -> Fact | None:
    """The latest of this call."""
    return next((fact for fact in reversed(journal.facts) if _key(journal.id, fact) == key), None)


def _key(request_id: str, fact: Fact) -> str | None:
    match fact.data:
        case Outcome(attempt=attempt):
            return key_of(request_id, attempt)
        case AltTextOutcome(draft=draft):
            return draft_key_of(request_id, draft)
        case _:
            return None
