"""The intent: which deployment, and whose turn it is; nothing is bought yet."""

from collections.abc import Sequence
from datetime import timedelta

from shared.chain.journal import Journal
from shared.chain.router import breakers_of, choose, held
from shared.chain.services import Services
from shared.chain.steps.choose import raise_attention
from shared.chain.steps.looks import second_look
from shared.chain.steps.spend import reserved
from shared.domain import step as steps
from shared.domain.facts import AttentionRaised, FactData, Intended, Queued
from shared.domain.step import LEASE_S, MAX_WAITING, WaitUntil
from shared.domain.transitions import State

HELD = "resource_blocked"
UNAVAILABLE = steps.RaiseAttention("model_unavailable")
# Nothing is bought at a price that nobody knows; what is known once in a process stays known.
UNPRICED_LOOKS = timedelta(minutes=1)


def intend(step: steps.Intend, journal: Journal, s: Services) -> Sequence[FactData] | WaitUntil:
    """First a second look: what an earlier, unknown call did buy is taken instead."""
    if found := second_look(journal, s):
        return found
    breakers = breakers_of(journal.request, s)
    if not s.terms.priced:
        return _waiting(journal, WaitUntil(s.clock.now() + UNPRICED_LOOKS), s)
    if held(journal.request, breakers, s) and not _was_held(journal):
        return raise_attention(steps.RaiseAttention(HELD), journal, s)
    if (asked := reserved(journal, step.attempt, s)) is not None:
        return asked
    chosen = choose(journal.request, step.attempt, breakers, s)
    if chosen is None:
        # The deployment was taken out of the settings since the request was accepted.
        return raise_attention(UNAVAILABLE, journal, s)
    if isinstance(chosen, WaitUntil):
        return _waiting(journal, chosen, s)
    return [
        Intended(
            attempt=step.attempt,
            round=journal.request.round,
            deployment=chosen.deployment.name,
            lease_until=s.clock.now() + timedelta(seconds=LEASE_S),
        )
    ]


def _was_held(journal: Journal) -> bool:
    """An operator has answered for this request already."""
    raised = (fact.data for fact in journal.facts if isinstance(fact.data, AttentionRaised))
    return any(data.code == HELD for data in raised)


def _waiting(journal: Journal, until: WaitUntil, s: Services) -> Sequence[FactData] | WaitUntil:
    """The first wait is recorded; one that does not end, an operator has to see."""
    request = journal.request
    if request.state is State.ACCEPTED:
        return [Queued()]
    assert request.updated_at is not None
    if s.clock.now() - request.updated_at > MAX_WAITING:
        return raise_attention(UNAVAILABLE, journal, s)
    return until
