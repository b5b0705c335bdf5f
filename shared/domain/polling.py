"""
How long until it is worth asking for a result again; every poll of a flow is a billed action.

Where a time is expected, the next poll is at that time. Where people decide there is none: then a
poll comes after a tenth of what they have taken so far, so that polling adds a tenth at most.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil

from shared.domain.next_step import unsent_in_a_row
from shared.domain.request import Request
from shared.domain.reuse_changes import may_reuse
from shared.domain.step import GRACE
from shared.domain.transitions import State
from shared.domain.values import Options

# Only storage is between this state and the next.
ENDING_S = 2
# A call that takes longer than expected; a turn far away, since the ones before it may be given up.
SOON_S, OVERDUE_MOST_S, TURN_MOST_S = 3, 30, 120
# People are quick or slow, an operator is not waiting for this request alone.
PEOPLE_S, PEOPLE_MOST_S = 15, 600
ATTENTION_S, MOST_S = 60, 900
# A deployment that opens again, or an outcome that is being looked for.
UNSETTLED_S, UNSETTLED_MOST_S = 5, 60
# The share of the time waited so far that a poll may add.
PATIENCE = 0.1

# How long an image takes at least: third parties' figures, see `streaming.py`. To come late by a
# whole call would be worse than to ask once too often.
QUICKEST_S: Mapping[str, int] = {"low": 8, "medium": 20, "high": 40, "xhigh": 60, "max": 60}
QUICKEST_OTHERWISE_S = 20

_ENDING = frozenset({State.RELEASING, State.GENERATED})
_CALLING = frozenset({State.GENERATING, State.CANCELLING})


def pause_s(request: Request, now: datetime, start: datetime | None = None) -> int:
    """
    Whole seconds, from 1 to MOST_S; `start` is when its turn is expected, where it waits for one.
    """
    if request.final or request.state in _ENDING:
        return ENDING_S
    if request.state is State.ATTENTION and request.attention is not None:
        asked = request.attention
        return _patient(asked.since, asked.deadline, now, ATTENTION_S, MOST_S)
    if request.under_review:
        return _while_people_decide(request, now)
    if may_reuse(request) and request.trouble is None:
        return _waited_s(request.updated_at or now, now, ENDING_S, UNSETTLED_MOST_S)
    if (begins_at := _begins_at(request, start)) is None:
        return _waited_s(request.updated_at or now, now, UNSETTLED_S, UNSETTLED_MOST_S)
    expected_at = begins_at + timedelta(seconds=quickest_s(request.options))
    return min(_until_s(expected_at, now), TURN_MOST_S)


def quickest_s(options: Options) -> int:
    """Images of one call are made one after the other."""
    return options.n * QUICKEST_S.get(options.quality, QUICKEST_OTHERWISE_S)


def _begins_at(request: Request, start: datetime | None) -> datetime | None:
    """When the call began, or is expected to; None when nothing tells."""
    if request.state in _CALLING:
        return request.attempts[-1].at
    if request.upcoming("before") is not None:
        return None
    if start is not None:
        return start
    if unsent := unsent_in_a_row(request):
        return unsent[-1].not_before
    return request.created_at if request.state is State.ACCEPTED else None


def _while_people_decide(request: Request, now: datetime) -> int:
    opening, found = request.opening, request.standing
    assert opening is not None
    if found.settled and found.since is not None:
        delay = timedelta(seconds=opening.asks.release_delay_s)
        return max(ENDING_S, min(_until_s(found.since + delay, now, ENDING_S), PEOPLE_MOST_S))
    return _patient(opening.asked_at, opening.deadline, now, PEOPLE_S, PEOPLE_MOST_S)


def _patient(since: datetime, deadline: datetime, now: datetime, least_s: int, most_s: int) -> int:
    return min(_waited_s(since, now, least_s, most_s), _until_s(deadline + GRACE, now))


def _waited_s(since: datetime, now: datetime, least_s: int, most_s: int) -> int:
    return _within(PATIENCE * (now - since).total_seconds(), least_s, most_s)


def _until_s(at: datetime, now: datetime, least_s: int = SOON_S) -> int:
    """Until then; what is late is asked for less often the later it is."""
    left_s = (at - now).total_seconds()
    if left_s > 0:
        return max(least_s, ceil(left_s))
    return _within(-left_s / 2, least_s, OVERDUE_MOST_S)


def _within(seconds: float, least_s: int, most_s: int) -> int:
    return ceil(min(max(seconds, least_s), most_s))
