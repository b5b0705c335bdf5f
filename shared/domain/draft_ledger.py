"""The ledger's lines of calls for alt texts: under the chat model, with no images of their own."""

from collections.abc import Sequence

from shared.domain.alt_texts import AltTextDrafted, AltTextFailed
from shared.domain.budget import NOTHING, draft_key_of, money
from shared.domain.facts import Fact
from shared.domain.ledger import Kind, Line
from shared.domain.request import Request


def draft_line_of(
    request: Request, facts: Sequence[Fact], fact: Fact, cost_center: str | None
) -> Line | None:
    """As `line_of`: None where nothing was bought, unless that takes an earlier line back."""
    outcome = fact.data
    assert isinstance(outcome, AltTextDrafted | AltTextFailed)
    asked = request.drafts.number(outcome.draft).asked
    done = outcome if isinstance(outcome, AltTextDrafted) else None
    cost = outcome.cost if isinstance(outcome, AltTextDrafted) else outcome.maybe_billed
    if cost is None and not _was_in_doubt(outcome.draft, facts):
        return None
    return Line(
        key=draft_key_of(request.id, outcome.draft),
        seq=fact.seq,
        kind=_kind(outcome),
        at=fact.at,
        caller=request.terms.caller,
        template=request.terms.template.name if request.terms.template else None,
        model=asked.model,
        deployment=asked.deployment,
        cost_center=cost_center,
        input_tokens=done.usage.input_tokens if done and done.usage else 0,
        output_tokens=done.usage.output_tokens if done and done.usage else 0,
        amount=money(cost) if done else NOTHING,
        maybe_billed_amount=NOTHING if done else money(cost),
        currency=cost.currency if cost else None,
        price_book=cost.price_book if cost else None,
        estimated=bool(cost and cost.estimated),
    )


def _kind(outcome: AltTextDrafted | AltTextFailed) -> Kind:
    if isinstance(outcome, AltTextDrafted):
        return "completed"
    if outcome.maybe_billed is None:
        return "not_sent"
    return "refused" if outcome.code == "content_filtered" else "unknown"


def _was_in_doubt(draft: int, facts: Sequence[Fact]) -> bool:
    failed = (fact.data for fact in facts if isinstance(fact.data, AltTextFailed))
    return any(one.draft == draft and one.maybe_billed for one in failed)
