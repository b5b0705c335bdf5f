"""Money is held before a call is intended; where there is none, people decide."""

from collections.abc import Sequence

from shared.chain.costs import hold_of
from shared.chain.feedback import prompt_of
from shared.chain.journal import Journal
from shared.chain.services import Services
from shared.chain.steps.ask import opened
from shared.chain.steps.choose import raise_attention
from shared.domain import step as steps
from shared.domain.approval import SPEND, spend_stage
from shared.domain.approval_facts import StageOpened
from shared.domain.budget import accepted_at, key_of, money, month_of
from shared.domain.facts import (
    AttentionRaised,
    AttentionResolved,
    FactData,
    NotSent,
    Outcome,
    Queued,
)

EXHAUSTED = "budget_exhausted"


def reserved(journal: Journal, attempt: int, s: Services) -> Sequence[FactData] | None:
    """None when the money for this call is held; else the facts that ask for it."""
    request = journal.request
    caller = s.terms.callers.by_name(request.terms.caller)
    if caller is None or caller.monthly_budget_usd is None:
        return None
    content = s.contents.read(journal.id)
    prompt = prompt_of(request, content) if content else ""
    amount = money(hold_of(request.options, prompt, s.terms))
    month, key = month_of(accepted_at(request)), key_of(journal.id, attempt)
    if s.budgets.reserve(caller, month, key, amount, over=let_through(journal)):
        return None
    if caller.over_budget == "ask":
        return [opened(spend_stage(request.terms.attention_deadline_s), request, s)]
    return raise_attention(steps.RaiseAttention(EXHAUSTED), journal, s)


def let_through(journal: Journal) -> bool:
    """
    Whether somebody has let the next call go over the budget: good for one that is sent.
    """
    asked, through = False, False
    for fact in journal.facts:
        match fact.data:
            case AttentionRaised(code=code):
                asked = code == EXHAUSTED
            case StageOpened(stage=stage):
                asked = stage == SPEND
            case AttentionResolved(action="retry") | Queued():
                through, asked = through or asked, False
            case Outcome() as outcome if not isinstance(outcome, NotSent):
                through = False
    return through
