"""Drafts of alt texts: an intent, one call, and what came of it; the request goes on anyway."""

from collections.abc import Sequence
from datetime import timedelta

from shared.chain.alt_text_port import AltTextModel, DraftAnswer, DraftCall
from shared.chain.input_store import reviewed
from shared.chain.journal import Journal
from shared.chain.services import Services
from shared.domain import step as steps
from shared.domain.alt_texts import (
    DRAFT_LEASE_S,
    DRAFT_S,
    AltTextDraft,
    AltTextDrafted,
    AltTextFailed,
    AltTextIntended,
    AltTextOutcome,
    AltTextSkipped,
    cleaned,
)
from shared.domain.budget import accepted_at, draft_key_of, money, month_of
from shared.domain.content import Content
from shared.domain.facts import FactData
from shared.domain.money import DRAFT_OUT, chat_usage_of
from shared.domain.values import Cost, Image
from shared.errors import DarkroomError, ModelNotSent, ModelRefused, ModelUnknown
from shared.security.people import pseudonym

# The setting was taken away since the request was accepted.
NOT_CONFIGURED = "not_configured"


def intend(step: steps.IntendAltText, journal: Journal, s: Services) -> Sequence[FactData]:
    """Without a model, its price, or money for it, these images go without."""
    request, model = journal.request, s.describer
    attempt, number = request.chosen or 0, len(request.drafts.each) + 1
    if model is None:
        return [AltTextSkipped(attempt=attempt, code=NOT_CONFIGURED)]
    if not s.terms.priced:
        return [AltTextSkipped(attempt=attempt, code="prices_unavailable")]
    if not _reserved(journal, number, model, s):
        return [AltTextSkipped(attempt=attempt, code="budget_exhausted")]
    image = next(one for one in request.images if one.index == step.index)
    return [
        AltTextIntended(
            draft=number,
            attempt=attempt,
            index=image.index,
            sha256=image.sha256,
            model=model.model,
            deployment=model.deployment,
            lease_until=s.clock.now() + timedelta(seconds=DRAFT_LEASE_S),
        )
    ]


def _reserved(journal: Journal, number: int, model: AltTextModel, s: Services) -> bool:
    """Nobody is asked about a budget for a help like this."""
    caller = s.terms.callers.by_name(journal.request.terms.caller)
    if caller is None:
        return True
    month, key = month_of(accepted_at(journal.request)), draft_key_of(journal.id, number)
    amount = money(s.terms.book.chat_cost(model.model, None))
    return s.budgets.reserve(caller, month, key, amount)


def draft(step: steps.DraftAltText, journal: Journal, s: Services) -> Sequence[FactData]:
    one = journal.request.drafts.number(step.draft)
    number, model = one.number, s.describer
    assert model is not None  # of this very look, as its intent
    try:
        content = s.contents.read(journal.id)
    except DarkroomError:  # of whatever kind: nothing was bought
        return [AltTextFailed(draft=number, code="storage_failed")]
    if content is None:
        return [AltTextFailed(draft=number, code="content_missing")]
    if s.clock.now() + timedelta(seconds=DRAFT_S) > one.asked.lease_until:
        # Frozen since the intent: called now, the call could outlive the lease.
        return [AltTextFailed(draft=number, code="lease_too_short")]
    return [_paid(journal, one, content, model, s)]


def _paid(
    journal: Journal, one: AltTextDraft, content: Content, model: AltTextModel, s: Services
) -> AltTextOutcome:
    estimate = s.terms.book.chat_cost(one.asked.model, None)
    try:
        answer = model.describe(_call(journal, one, content, s))
    except ModelNotSent as error:
        return AltTextFailed(draft=one.number, code=error.code)
    except (ModelRefused, ModelUnknown) as error:
        doubtful = isinstance(error, ModelUnknown) or error.maybe_billed
        return AltTextFailed(
            draft=one.number,
            code=error.code,
            maybe_billed=estimate if doubtful else None,
            upstream_request_id=error.upstream_request_id,
        )
    return _answered(journal, one, content, answer, s)


def _call(journal: Journal, one: AltTextDraft, content: Content, s: Services) -> DraftCall:
    caller = journal.request.terms.caller
    return DraftCall(
        image=reviewed(s.blobs, _image(journal, one)),
        user=pseudonym(s.terms.ring, content.requested_by or caller),
        client_request_id=f"{journal.id}-alt{one.number}",
        deadline_s=DRAFT_S,
        most_tokens=DRAFT_OUT,
    )


def _image(journal: Journal, one: AltTextDraft) -> Image:
    completed = journal.request.attempt(one.asked.attempt).completed
    assert completed is not None
    return next(image for image in completed.images if image.index == one.asked.index)


def _answered(
    journal: Journal, one: AltTextDraft, content: Content, answer: DraftAnswer, s: Services
) -> AltTextOutcome:
    """It was billed, whatever can be made of it."""
    usage = chat_usage_of(answer.usage)
    cost = s.terms.book.chat_cost(one.asked.model, usage)
    if (text := cleaned(answer.text)) is None:
        code = "unusable_text" if answer.text else "no_text"
        return _wasted(one, code, cost, answer)
    try:
        _keep(journal.id, one.number, text, s)
    except DarkroomError:  # of whatever kind: it was paid for
        return _wasted(one, "storage_failed", cost, answer)
    return AltTextDrafted(
        draft=one.number,
        text_sha256=content.digest_of(text),
        usage=usage,
        cost=cost,
        upstream_request_id=answer.upstream_request_id,
    )


def _wasted(one: AltTextDraft, code: str, cost: Cost, answer: DraftAnswer) -> AltTextFailed:
    return AltTextFailed(
        draft=one.number,
        code=code,
        maybe_billed=cost,
        upstream_request_id=answer.upstream_request_id,
    )


def _keep(request_id: str, number: int, text: str, s: Services) -> None:
    """Before the fact, as all words; where the content was erased meanwhile it stays gone."""
    s.contents.update(request_id, lambda content: content.with_more(drafts={number: text}))


def settle(step: steps.SettleAltText, journal: Journal, s: Services) -> Sequence[FactData]:
    """Nobody asks again: the next look goes on without."""
    asked = journal.request.drafts.number(step.draft).asked
    return [
        AltTextFailed(
            draft=step.draft,
            code="outcome_unknown",
            inferred=True,
            maybe_billed=s.terms.book.chat_cost(asked.model, None),
        )
    ]
