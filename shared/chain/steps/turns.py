"""A paid call's turn: taken just before it, given back when it is over."""

from contextlib import suppress

from shared.chain.journal import Journal
from shared.chain.services import Services
from shared.domain.budget import key_of
from shared.domain.deployments import Deployment
from shared.domain.facts import Outcome
from shared.domain.parts import Attempt
from shared.errors import ModelThrottled, StorageError


def its_turn(journal: Journal, attempt: Attempt, s: Services) -> bool:
    """
    Wait for the turn of this call, if it is near; False when it is not, or lost.

    Raises:
        ModelNotSent: the call cannot be made at all.
    """
    s.model.prepare(attempt.deployment)
    deployment = _deployment(attempt, s)
    if deployment is None:  # taken out of the settings: the model client says so
        return True
    call = key_of(journal.id, attempt.number)
    return s.pacer.depart(deployment, journal.id, call)


def close_lane(attempt: Attempt, error: ModelThrottled, s: Services) -> bool:
    """Nobody goes before the service said so; False when that could not be recorded."""
    deployment = _deployment(attempt, s)
    if deployment is None:
        return False
    with suppress(StorageError):
        s.pacer.throttled(deployment, max(error.retry_after_s, 1.0))
        return True
    return False


def call_is_over(journal: Journal, attempt: Attempt, outcome: Outcome, s: Services) -> None:
    """Nothing here may cost the outcome of the call: what is not given back lapses."""
    deployment = _deployment(attempt, s)
    if deployment is None:
        return
    key = key_of(journal.id, attempt.number)
    with suppress(StorageError):
        s.pacer.forget(deployment, key)
    caller = journal.request.terms.caller
    s.breakers.report(deployment.name, key, journal.id, caller, outcome)


def _deployment(attempt: Attempt, s: Services) -> Deployment | None:
    return next((one for one in s.terms.deployments if one.name == attempt.deployment), None)
