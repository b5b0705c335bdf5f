"""
Which deployment is asked, and when: the first by priority that can begin at once, else whichever
can begin first.

Only a call that bought nothing is tried elsewhere, and a deployment that failed this request
comes again only when every other has failed it as often.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.chain.pacing import pace_of
from shared.chain.services import Services
from shared.domain.deployments import Deployment, can_take
from shared.domain.facts import NotSent
from shared.domain.next_step import PATIENT, unsent_in_a_row
from shared.domain.pacing import HOLD, Ask, Cell, ComeBack, Turn
from shared.domain.request import Request
from shared.domain.step import WaitUntil

# How often a request looks whether a deployment that an operator paused goes on.
PAUSED_LOOK = timedelta(seconds=60)


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


def ask_of(request: Request, deployment: Deployment, attempt: int) -> Ask:
    options = request.options
    width = options.n if deployment.count_images else 1
    return Ask(key_of(request, attempt), width, request.terms.lane)


def key_of(request: Request, attempt: int) -> str:
    return f"{request.id}.{attempt}"


def able(request: Request, s: Services) -> list[Deployment]:
    """Every deployment that could do this work, by priority."""
    options = request.options
    found = [one for one in s.terms.deployments if can_take(one, options)]
    return sorted(found, key=lambda one: (one.priority, one.name))


def choose(request: Request, attempt: int, s: Services) -> Chosen | WaitUntil | None:
    """None when there is no deployment for this model at all."""
    candidates = able(request, s)
    if not candidates:
        return None
    now = s.clock.now()
    key = key_of(request, attempt)
    standings = {one.name: s.breakers.look(one.name).standing(now, key) for one in candidates}
    healthy = [one for one in candidates if standings[one.name].may_call]
    if not healthy:
        return WaitUntil(min(found.until or now + PAUSED_LOOK for found in standings.values()))
    cells = {one.name: s.pacer.look(one) for one in candidates}
    best = _best(_least_tried(request, healthy), cells, request, attempt, now)
    for other in candidates:
        if other is not best and key in cells[other.name].turns:
            s.pacer.forget(other, key)
    turn = _turn(best, request, attempt, s)
    is_probe = isinstance(turn, Chosen) and standings[best.name].kind == "probe"
    if is_probe and not s.breakers.take_probe(best.name, key):
        return WaitUntil(now + PAUSED_LOOK)
    return turn


def held(request: Request, s: Services) -> bool:
    """
    Whether a person has to see this caller's requests first, after a block of a resource.

    Asked of every deployment that could do the work, or the next resource would be blocked too.
    """
    now = s.clock.now()
    caller = request.terms.caller
    return any(s.breakers.look(one.name).held(caller, now) for one in able(request, s))


def _turn(
    deployment: Deployment, request: Request, attempt: int, s: Services
) -> Chosen | WaitUntil:
    found = s.pacer.ask(deployment, ask_of(request, deployment, attempt))
    match found:
        case ComeBack(at=at):
            return WaitUntil(at)
        case Turn(start=start) if start - s.clock.now() > HOLD:
            return WaitUntil(start - HOLD)
        case Turn(start=start):
            return Chosen(deployment, start)


def _best(
    healthy: list[Deployment],
    cells: dict[str, Cell],
    request: Request,
    attempt: int,
    now: datetime,
) -> Deployment:
    """What can begin within HOLD counts as at once, so that priority decides among those."""

    def begins(one: Deployment) -> datetime:
        ask = ask_of(request, one, attempt)
        turn = cells[one.name].ask(ask, now, pace_of(one))[1]
        return max(turn.at if isinstance(turn, ComeBack) else turn.start, now + HOLD)

    return min(healthy, key=begins)


def tries(request: Request) -> Counter[str]:
    """How often each deployment failed this request since anything else happened to it."""
    count = len(unsent_in_a_row(request))
    unsent = request.attempts[len(request.attempts) - count :]
    return Counter(
        attempt.deployment
        for attempt in unsent
        if isinstance(attempt.outcome, NotSent) and attempt.outcome.code not in PATIENT
    )


def _least_tried(request: Request, among: Iterable[Deployment]) -> list[Deployment]:
    among = list(among)
    tried = tries(request)
    fewest = min(tried[one.name] for one in among)
    return [one for one in among if tried[one.name] == fewest]


def elsewhere(request: Request, failed: str, s: Services) -> bool:
    """Whether another deployment, healthy as far as is known, was tried less than this one."""
    now = s.clock.now()
    tried = tries(request)
    return any(
        one.name != failed
        and tried[one.name] <= tried[failed]
        and s.breakers.look(one.name).standing(now, "").may_call
        for one in able(request, s)
    )


def place_of(request: Request, s: Services) -> Place | None:
    """Where the request waits; None when it does not, or has no turn yet."""
    key = key_of(request, len(request.attempts) + 1)
    for deployment in able(request, s):
        cell = s.pacer.look(deployment).tidy(s.clock.now())
        if key in cell.turns:
            return Place(cell.position(key), cell.turns[key].start)
    return None


def leave(request: Request, s: Services) -> None:
    """A request that ended while it waited gives its turn to others."""
    key = key_of(request, len(request.attempts) + 1)
    for deployment in able(request, s):
        if key in s.pacer.look(deployment).turns:
            s.pacer.forget(deployment, key)
