"""
What a deployment's stream does not say yet: compared with the breaker, never remembered.

So it does not matter who was to record a notice and died before.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from shared.domain.breaker import RESOURCE_BLOCKED, Breaker, Quarantine
from shared.domain.facts import Fact
from shared.domain.families import FAMILIES
from shared.domain.notices import (
    DeploymentBlocked,
    DeploymentPaused,
    DeploymentRestored,
    DeploymentResumed,
    DeploymentRetiring,
    Notice,
)
from shared.domain.step import GRACE

APP = "darkroom"
# Long enough to order, deploy and compare a successor.
RETIREMENT_NOTICE = timedelta(days=60)

Owed = tuple[str, Notice]


def owed_notices(breaker: Breaker, facts: Sequence[Fact]) -> list[Owed]:
    """Each with its actor, in the order in which they are to be recorded."""
    return [*_of_pauses(breaker, facts), *_of_blocks(breaker, facts)]


def owed_retirement(model: str, today: date, facts: Sequence[Fact]) -> list[Owed]:
    """Once for each date: a date may be moved."""
    family = FAMILIES[model]
    day = family.retires_on
    if day is None or not today <= day <= today + RETIREMENT_NOTICE:
        return []
    notice = DeploymentRetiring(model=model, retires_on=day.isoformat(), successor=family.successor)
    said = any(fact.data == notice for fact in facts)
    return [] if said else [(APP, notice)]


def _of_blocks(breaker: Breaker, facts: Sequence[Fact]) -> list[Owed]:
    """A block is told once, and again when its reason changes; not each time a probe fails."""
    last = _last(facts, DeploymentBlocked, DeploymentRestored)
    told = last.data.reason if last and isinstance(last.data, DeploymentBlocked) else None
    if breaker.reason == told:
        return []
    if breaker.reason is None or breaker.until is None:
        return [(APP, DeploymentRestored())]
    return [(APP, _blocked(breaker.reason, breaker.until, breaker.quarantine))]


def _blocked(reason: str, until: datetime, quarantine: Quarantine | None) -> DeploymentBlocked:
    suspects = quarantine.suspects if quarantine and reason == RESOURCE_BLOCKED else ()
    requests = tuple(suspect.request for suspect in suspects)
    return DeploymentBlocked(reason=reason, until=until, requests=requests)


def _of_pauses(breaker: Breaker, facts: Sequence[Fact]) -> list[Owed]:
    last = _last(facts, DeploymentPaused, DeploymentResumed)
    if breaker.paused:
        told = last is not None and last.type == DeploymentPaused.TYPE
        return [] if told else [(f"caller:{breaker.paused.by}", DeploymentPaused())]
    word = breaker.resumed
    if word is None:
        return []
    # The record may have been written by a worker whose clock is a little behind.
    told = last is not None and last.type == DeploymentResumed.TYPE and last.at >= word.at - GRACE
    return [] if told else [(f"caller:{word.by}", DeploymentResumed())]


def _last(facts: Sequence[Fact], *kinds: type[Notice]) -> Fact | None:
    return next((fact for fact in reversed(facts) if isinstance(fact.data, kinds)), None)
