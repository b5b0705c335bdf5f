"""
Holding an answer back until there is something to answer: for callers who asked to wait.

The one wait of ours that holds a thread for long, so few may wait at a time in a process, and none
for what cannot come in time: people, an operator, a turn far away.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from shared.chain.journal import Journal, parse
from shared.chain.router import place_of
from shared.chain.services import Services
from shared.domain.polling import quickest_s
from shared.domain.request import Request
from shared.domain.transitions import State
from shared.errors import DarkroomError

MOST_WAIT_S = 60
LOOK_EVERY_S = 1.0

_BEFORE_A_CALL = (State.ACCEPTED, State.QUEUED)


def wait_for(
    over: Callable[[Request], bool], journal: Journal, wait_s: float, s: Services
) -> Journal:
    """The newest journal: when `over` holds, the time is up, or nothing can come in time."""
    if over(journal.request) or not s.waiting_places.acquire(blocking=False):
        return journal
    try:
        end = s.clock.now() + timedelta(seconds=wait_s)
        while not over(journal.request) and _may_come(journal.request, end, s):
            journal = _changed(journal, end, s)
    except DarkroomError:
        pass  # what was accepted stays accepted, and can be polled
    finally:
        s.waiting_places.release()
    return journal


def _changed(journal: Journal, end: datetime, s: Services) -> Journal:
    """The journal once it is longer, or at the end; folded only then."""
    while (left := end - s.clock.now()) > timedelta(0):
        s.clock.wait(min(LOOK_EVERY_S, left.total_seconds()))
        data = s.journals.raw(journal.id)
        if len(data) > journal.length:
            return parse(journal.id, data)
    return journal


def _may_come(request: Request, end: datetime, s: Services) -> bool:
    if s.clock.now() >= end or request.state is State.ATTENTION:
        return False
    if request.under_review:
        return False
    place = place_of(request, s) if request.state in _BEFORE_A_CALL else None
    return place is None or place.start + timedelta(seconds=quickest_s(request.options)) < end
