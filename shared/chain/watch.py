"""
What nobody comes by to say: notices that were lost on the way, dates that come nearer, and how
each deployment is, for whoever draws it over time.
"""

import logging

from shared import logs
from shared.chain.services import Services
from shared.domain.deployments import Deployment
from shared.errors import DarkroomError

EVERY_MINUTES = 10


def watch(s: Services) -> None:
    """Called by each sweep, at work in one of ten."""
    if s.clock.now().minute % EVERY_MINUTES == 0:
        for deployment in s.terms.deployments:
            _watch(deployment, s)


def _watch(deployment: Deployment, s: Services) -> None:
    """One deployment's trouble is not to keep the others waiting."""
    try:
        s.breakers.tell_again(deployment.name)
        s.breakers.tell_retirement(deployment.name, deployment.model)
        _measure(deployment, s)
    except DarkroomError as error:
        failure = logs.failure(error)
        logs.event("watch.failed", level=logging.WARNING, deployment=deployment.name, error=failure)


def _measure(deployment: Deployment, s: Services) -> None:
    found = s.conditions.of(deployment.name)
    logs.event(
        *("deployment.seen",),
        deployment=deployment.name,
        state=found.state,
        waiting=found.waiting,
        open_calls=found.open_calls,
        per_minute=deployment.requests_per_minute,
    )
