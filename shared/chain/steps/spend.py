"""Money is held before a call is intended; where there is none, an operator decides."""

from collections.abc import Sequence

from shared.chain.costs import most_of
from shared.chain.journal import Journal
from shared.chain.services import Services
from shared.chain.steps.choose import raise_attention
from shared.domain import step as steps
from shared.domain.budget import accepted_at, key_of, money, month_of
from shared.domain.facts import (
    AttentionRaised,
    AttentionResolved,
    FactData,
    NotSent,
    Outcome,
)

EXHAUSTED = "budget_exhausted"


def reserved(journal: Journal, attempt: int, s: Services) -> Sequence[FactData] | None:
    """None when the money for this call is held; else the facts that ask for it."""
    request = journal.request
    caller = s.terms.callers.by_name(request.terms.caller)
    if caller is None or caller.monthly_budget_usd is None:
        return None
    content = s.contents.read(journal.id)
    prompt_chars = len(content.prompt) if content else 0
    amount = money(most_of(request.terms.options, prompt_chars, s.terms))
    month, key = month_of(accepted_at(request)), key_of(journal.id, attempt)
    if s.budgets.reserve(caller, month, key, amount, over=let_through(journal)):
        return None
    return raise_attention(steps.RaiseAttention(EXHAUSTED), journal, s)


def let_through(journal: Journal) -> bool:
    """
    Whether an operator has let the next call go over the budget: good for one that is sent.
    """
    asked, through = False, False
    for fact in journal.facts:
        match fact.data:
            case AttentionRaised(code=code):
                asked = code == EXHAUSTED
            case AttentionResolved(action="retry"):
                through = through or asked
            case Outcome() as outcome if not isinstance(outcome, NotSent):
                through = False
    return through
