"""Steps that only choose: nothing happens outside."""

from collections.abc import Sequence
from datetime import timedelta

from shared.chain.journal import Journal
from shared.chain.services import Services
from shared.chain.steps.looks import second_look
from shared.domain import step as steps
from shared.domain.facts import AttentionRaised, FactData, Failed


def choose(step: steps.Choose, journal: Journal, s: Services) -> Sequence[FactData]:
    return [step.data]


def raise_attention(
    step: steps.RaiseAttention, journal: Journal, s: Services
) -> Sequence[FactData]:
    """Nobody is asked about a call that turns out to have worked."""
    if found := second_look(journal, s):
        return found
    wait = timedelta(seconds=journal.request.terms.attention_deadline_s)
    return [AttentionRaised(code=step.code, deadline=s.clock.now() + wait)]


def give_up(step: steps.GiveUp, journal: Journal, s: Services) -> Sequence[FactData]:
    return second_look(journal, s) or [Failed(code=step.code)]
