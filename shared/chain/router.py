"""
Which deployment is asked, and when: the first by priority that can begin at once, else whichever
can begin first.

Only a call that bought nothing is tried elsewhere, and a deployment that failed this request
comes again when every other has failed it as often, or, a few times, when the others begin late.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32

from shared.chain.pacing import pace_of
from shared.chain.services import Services
from shared.domain.breaker import Breaker
from shared.domain.budget import key_of
from shared.domain.deployments import Deployment, can_take
from shared.domain.facts import NotSent
from shared.domain.next_step import PATIENT, unsent_in_a_row
from shared.domain.pacing import HOLD, Ask, Cell, ComeBack, Turn
from shared.domain.request import Request
from shared.domain.step import WaitUntil
from shared.errors import NewerFact

# A request looks once a minute whether a pause is over, or whether somebody's probe has worked;
# not within so long of the last look.
LOOK_EVERY_S, LOOK_AGAIN = 60, timedelta(seconds=30)
# One that begins later is not waited for by a request that failed elsewhere but a few times.
SOON, FEW_TRIES = timedelta(minutes=5), 3
# A block of a resource may last for a day; an operator, or a probe that works, may end it sooner.
LONGEST_SLEEP = timedelta(minutes=10)

# How a deployment's cell is read.
Look = Callable[[Deployment], Cell]


@dataclass(frozen=True, slots=True)
class Chosen:
    """`start` is when the call's turn is, at most HOLD away."""

    deployment: Deployment
    start: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request stands that waits for its turn; `position` 1 goes next."""

    position: int
    start: datetime


def ask_of(request: Request, deployment: Deployment) -> Ask:
    options = request.options
    width = options.n if deployment.count_images else 1
    return Ask(request.id, width, request.terms.lane)


def able(request: Request, s: Services) -> list[Deployment]:
    """Every deployment that could do this work, by priority."""
    options = request.options
    found = [one for one in s.terms.deployments if can_take(one, options)]
    return sorted(found, key=lambda one: (one.priority, one.name))


def breakers_of(request: Request, s: Services) -> Mapping[str, Breaker]:
    """Those of every deployment that could do this work, as far as this version can read them."""
    return {one.name: found for one in able(request, s) if (found := _breaker(one, s))}


def choose(
    request: Request, attempt: int, breakers: Mapping[str, Breaker], s: Services
) -> Chosen | WaitUntil | None:
    """None when there is no deployment for this model at all."""
    candidates = able(request, s)
    if not candidates:
        return None
    now = s.clock.now()
    key = key_of(request.id, attempt)
    healthy = open_to(key, candidates, breakers, now)
    if not breakers:
        return WaitUntil(own_second(request, now + LOOK_AGAIN))
    if not healthy:
        return WaitUntil(min(_opens_at(found, request, key, now) for found in breakers.values()))
    cells = {one.name: s.pacer.look(one) for one in candidates}
    best = first_to_begin(request, healthy, cells, now)
    for other in candidates:
        if other is not best and request.id in cells[other.name].turns:
            s.pacer.forget(other, request.id)
    turn = _turn(best, request, s)
    if isinstance(turn, WaitUntil) and len(candidates) > 1:
        return WaitUntil(min(turn.at, own_second(request, now + LONGEST_SLEEP)))
    is_probe = breakers[best.name].standing(now, key).kind == "probe"
    if is_probe and isinstance(turn, Chosen) and not s.breakers.take_probe(best.name, key):
        return WaitUntil(now + timedelta(seconds=1))  # somebody else was faster
    return turn


def open_to(
    key: str, candidates: list[Deployment], breakers: Mapping[str, Breaker], now: datetime
) -> list[Deployment]:
    """Those whose breaker lets this call through."""
    return [one for one in candidates if _may_call(breakers.get(one.name), key, now)]


def first_to_begin(
    request: Request, healthy: list[Deployment], cells: Mapping[str, Cell], now: datetime
) -> Deployment:
    begins = {one.name: _begins(one, cells[one.name], request, now) for one in healthy}
    return min(_least_tried(request, healthy, begins, now), key=lambda one: begins[one.name])


def _opens_at(breaker: Breaker, request: Request, key: str, now: datetime) -> datetime:
    """When it is worth looking again; a probe that works opens it long before it lapses."""
    until = breaker.standing(now, key).until
    if until is None or breaker.phase(now) == "halfOpen":
        return own_second(request, now + LOOK_AGAIN)
    return min(until, own_second(request, now + LONGEST_SLEEP))


def own_second(request: Request, at: datetime) -> datetime:
    """
    The next time that the minute has the request's own second.

    Looks that came twice have one entry between them from then on, and requests that wait for the
    same thing do not all look at once.
    """
    own_s = crc32(request.id.encode()) % LOOK_EVERY_S
    minutes = math.ceil((at.timestamp() - own_s) / LOOK_EVERY_S)
    return datetime.fromtimestamp(minutes * LOOK_EVERY_S + own_s, at.tzinfo)


def held(request: Request, breakers: Mapping[str, Breaker], s: Services) -> bool:
    """
    Whether a person has to see this caller's requests first, after a block of a resource.

    Asked of every deployment that could do the work, or the next resource would be blocked too.
    """
    now = s.clock.now()
    return any(breaker.held(request.terms.caller, now) for breaker in breakers.values())


def _breaker(deployment: Deployment, s: Services) -> Breaker | None:
    """None where only a newer version can read it: that deployment is left to newer workers."""
    with suppress(NewerFact):
        return s.breakers.look(deployment.name)
    return None


def _may_call(breaker: Breaker | None, key: str, now: datetime) -> bool:
    return breaker is not None and breaker.standing(now, key).may_call


def _turn(deployment: Deployment, request: Request, s: Services) -> Chosen | WaitUntil:
    found = s.pacer.ask(deployment, ask_of(request, deployment))
    match found:
        case ComeBack(at=at):
            return WaitUntil(at)
        case Turn(start=start) if start - s.clock.now() > HOLD:
            return WaitUntil(start - HOLD)
        case Turn(start=start):
            return Chosen(deployment, start)


def _begins(deployment: Deployment, cell: Cell, request: Request, now: datetime) -> datetime:
    """What can begin within HOLD counts as at once, so that priority decides among those."""
    turn = cell.ask(ask_of(request, deployment), now, pace_of(deployment))[1]
    return max(turn.at if isinstance(turn, ComeBack) else turn.start, now + HOLD)


def tries(request: Request) -> Counter[str]:
    """How often each deployment failed this request since anything else happened to it."""
    count = len(unsent_in_a_row(request))
    unsent = request.attempts[len(request.attempts) - count :]
    return Counter(
        attempt.deployment
        for attempt in unsent
        if isinstance(attempt.outcome, NotSent) and attempt.outcome.code not in PATIENT
    )


def _least_tried(
    request: Request, healthy: list[Deployment], begins: Mapping[str, datetime], now: datetime
) -> list[Deployment]:
    tried = tries(request)
    soon = [
        one for one in healthy if begins[one.name] <= now + SOON and tried[one.name] < FEW_TRIES
    ]
    among = soon or healthy
    fewest = min(tried[one.name] for one in among)
    return [one for one in among if tried[one.name] == fewest]


def elsewhere(request: Request, failed: str, s: Services) -> bool:
    """
    Whether another deployment, healthy as far as is known, was tried less than this one, and
    will be asked next; `request` is as it was before this failure.
    """
    now = s.clock.now()
    tried = tries(request)
    waits = tried[failed] + 1 >= FEW_TRIES
    return any(
        one.name != failed
        and tried[one.name] <= tried[failed]
        and _may_call(_breaker(one, s), "", now)
        and (waits or _begins(one, s.pacer.look(one), request, now) <= now + SOON)
        for one in able(request, s)
    )


def place_of(request: Request, s: Services, look: Look | None = None) -> Place | None:
    """Where the request waits; None when it does not, or has no turn yet."""
    look = look or s.pacer.look
    for deployment in able(request, s):
        cell = look(deployment).tidy(s.clock.now())
        if request.id in cell.turns:
            return Place(cell.position(request.id), cell.turns[request.id].start)
    return None


def leave(request: Request, s: Services) -> None:
    """A request that ended while it waited gives its turn to others."""
    for deployment in able(request, s):
        if request.id in s.pacer.look(deployment).turns:
            s.pacer.forget(deployment, request.id)
