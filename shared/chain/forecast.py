"""Where a request would be sent if its call were due now: the router's choice, only looked at."""

from collections.abc import Mapping
from datetime import datetime

from shared.chain.pacing import pace_of
from shared.chain.router import able, ask_of, breakers_of, first_to_begin, held, open_to
from shared.chain.services import Services
from shared.chain.steps.intend import HELD, UNAVAILABLE
from shared.domain.breaker import Breaker
from shared.domain.budget import key_of
from shared.domain.deployments import Deployment
from shared.domain.dry_run_views import RoutingView
from shared.domain.pacing import Turn
from shared.domain.request import Request

NO_TURN = "no_turn"
# While a newer version is being rolled out: this one cannot call it.
UNREADABLE = "unreadable"


def forecast(request: Request, s: Services) -> RoutingView:
    """No turn is taken, no probe begun, and nothing promised: others may be faster."""
    breakers = breakers_of(request, s)
    if held(request, breakers, s):
        return RoutingView(deployment=None, reason=HELD)
    candidates = able(request, s)
    if not candidates:
        return RoutingView(deployment=None, reason=UNAVAILABLE.code)
    now, key = s.clock.now(), key_of(request.id, 1)
    healthy = open_to(key, candidates, breakers, now)
    if not healthy:
        return _closed(candidates, breakers, key, now)
    return _turn(request, healthy, now, s)


def _closed(
    candidates: list[Deployment], breakers: Mapping[str, Breaker], key: str, now: datetime
) -> RoutingView:
    """What keeps calls from the one that may be tried first; a pause has no end of its own."""
    found = [_kept(breakers.get(one.name), key, now) for one in candidates]
    return min(found, key=lambda one: (one.expected_start_at is None, one.expected_start_at or now))


def _kept(breaker: Breaker | None, key: str, now: datetime) -> RoutingView:
    if breaker is None:
        return RoutingView(deployment=None, reason=UNREADABLE)
    standing = breaker.standing(now, key)
    reason = "paused" if standing.kind == "paused" else breaker.reason
    return RoutingView(deployment=None, expected_start_at=standing.until, reason=reason)


def _turn(request: Request, healthy: list[Deployment], now: datetime, s: Services) -> RoutingView:
    cells = {one.name: s.pacer.look(one) for one in healthy}
    best = first_to_begin(request, healthy, cells, now)
    cell, turn = cells[best.name].ask(ask_of(request, best), now, pace_of(best))
    if not isinstance(turn, Turn):
        return RoutingView(deployment=best.name, reason=NO_TURN)
    return RoutingView(
        deployment=best.name,
        queue_position=cell.position(request.id),
        expected_start_at=turn.start,
    )
