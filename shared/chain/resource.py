"""Builds what callers see of a request from its journal, its content and our links."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from shared.chain.approval_view import approval_of
from shared.chain.image_views import images_of
from shared.chain.links import VIEW_FOR, Links
from shared.chain.reuse_view import reused_view
from shared.domain import facts
from shared.domain import resource as views
from shared.domain.content import Content
from shared.domain.erasure_views import ErasureMark
from shared.domain.parts import Round
from shared.domain.request import Request
from shared.domain.resource import Resource
from shared.domain.screening import REJECTED
from shared.domain.streaming import partial_images_of
from shared.domain.transitions import State
from shared.domain.values import TemplateVersion

_PROGRESS: Mapping[str, tuple[int, str]] = {
    "accepted": (0, "accepted"),
    "queued": (5, "waiting for the model"),
    "generating": (30, "generating"),
    "awaitingApproval": (70, "waiting for people to decide"),
    "releasing": (90, "releasing"),
    "needsAttention": (50, "waiting for an operator"),
}
# People are asked before anything is generated.
_ASKED_FIRST = 3
NOTHING_KEPT = Content(salt="", prompt="")


def resource_of(
    request: Request,
    content: Content | None,
    links: Links,
    now: datetime,
    images_until: datetime | None = None,
) -> Resource:
    """`images_until`: when their links end, if not after the usual time."""
    images_until = images_until or now + VIEW_FOR
    terms = request.terms
    content = None if request.erasure else content
    text = content or NOTHING_KEPT
    return Resource(
        id=request.id,
        status=request.status,
        created_at=request.created_at,
        updated_at=request.updated_at,
        caller=terms.caller,
        rerun_of=terms.rerun_of,
        batch=terms.batch,
        cancel_requested=request.cancel_requested,
        options=_options(request),
        inputs=tuple(views.InputView(**dict(one)) for one in request.inputs),
        template=template_view(terms.template),
        prompt_sha256=terms.prompt_sha256,
        **_words(content),
        round=request.round,
        rounds=tuple(_round(one) for one in request.rounds),
        progress=_progress(request, links, now),
        images=tuple(images_of(request, text, links, images_until)),
        approval=approval_of(request, text),
        reused_from=reused_view(request.reused, text),
        **_money(request),
        error=_error(request),
        attention=_attention(request),
        warnings=policy_warnings(request),
        erasure=_erasure(request),
        links=_links(request, links),
    )


def _words(content: Content | None) -> dict[str, object]:
    """What its caller has written beside the prompt, as long as it is kept."""
    text = content or NOTHING_KEPT
    return {
        "requested_by": text.requested_by,
        "purpose": text.purpose,
        "alt_text": text.alt_text,
        "cost_center": text.cost_center,
        "metadata": text.metadata if content else None,
        "idempotency_key": text.idempotency_key,
    }


def ticket_of(request: Request, links: Links, warnings: tuple[views.Warning_, ...]) -> views.Ticket:
    return views.Ticket(
        id=request.id,
        status=request.status,
        status_url=links.of(request.id),
        result_url=links.result(request.id),
        cancel_url=links.of(request.id, "cancel"),
        warnings=(*policy_warnings(request), *warnings),
    )


def policy_warnings(request: Request) -> tuple[views.Warning_, ...]:
    """What rules of the policy have to say, whatever else there is."""
    said = request.terms.policy.warnings if request.terms.policy else ()
    return tuple(
        views.Warning_(code="policy_warning", detail=f"{one.rule}: {one.reason}") for one in said
    )


def _options(request: Request) -> views.OptionsView:
    deployment = request.attempts[-1].deployment if request.attempts else None
    return views.OptionsView(deployment=deployment, **dict(request.terms.options))


def template_view(one: TemplateVersion | None) -> views.TemplateView | None:
    return views.TemplateView(name=one.name, version=one.version) if one else None


def _round(one: Round) -> views.RoundView:
    return views.RoundView(
        round=one.number, parent=one.parent, feedback=bool(one.feedback), edit=one.edit
    )


def _progress(request: Request, links: Links, now: datetime) -> views.ProgressView:
    percent, note = _PROGRESS.get(request.status, (100, request.status))
    if request.state is State.ASKING:
        percent = _ASKED_FIRST
    shown = request.state is State.GENERATING and partial_images_of(request.options)
    preview_url = links.preview(request, now + VIEW_FOR) if shown else None
    return views.ProgressView(percent=percent, note=note, preview_url=preview_url)


def _money(request: Request) -> dict[str, object]:
    used = [a.completed.usage for a in request.attempts if a.completed and a.completed.usage]
    drafts = [one.done.usage for one in request.drafts.each if one.done and one.done.usage]
    usage = views.UsageView(
        input_tokens=sum(one.input_tokens for one in used),
        output_tokens=sum(one.output_tokens for one in used),
        orchestrator_input_tokens=sum(one.orchestrator_input_tokens for one in used),
        orchestrator_output_tokens=sum(one.orchestrator_output_tokens for one in used),
        alt_text_input_tokens=sum(one.input_tokens for one in drafts),
        alt_text_output_tokens=sum(one.output_tokens for one in drafts),
    )
    return {"cost": cost_of(request), "usage": usage if used or drafts else None}


def cost_of(request: Request) -> views.CostView:
    completed = [a.completed for a in request.attempts if a.completed]
    doubtful = [
        a.outcome.maybe_billed
        for a in request.attempts
        if isinstance(a.outcome, facts.Unknown | facts.Refused) and a.outcome.maybe_billed
    ] + list(request.drafts.maybe_billed)
    costs = [*(outcome.cost for outcome in completed), *request.drafts.costs]
    books = [cost.price_book for cost in (*costs, *doubtful)]
    return views.CostView(
        amount=round(sum(cost.amount for cost in costs), 6),
        currency=(*costs, *doubtful)[0].currency if books else "USD",
        maybe_billed_amount=round(sum(cost.amount for cost in doubtful), 6),
        price_book=books[-1] if books else None,
        estimated=any(cost.estimated for cost in costs),
    )


def _error(request: Request) -> views.ErrorView | None:
    if request.error is None:
        return None
    return views.ErrorView(
        code=request.error,
        detail=views.ERROR_DETAILS.get(request.error, "The request could not be finished."),
        categories=_categories(request),
    )


def _categories(request: Request) -> tuple[str, ...]:
    """What was found in the text, by the screening or else by the model's own filter."""
    if request.error == REJECTED and request.screening:
        return request.screening.categories
    refused = [a.outcome for a in request.attempts if isinstance(a.outcome, facts.Refused)]
    return refused[-1].categories if refused else ()


def _attention(request: Request) -> views.AttentionView | None:
    if (open_ := request.attention) is None:
        return None
    return views.AttentionView(
        seq=open_.seq,
        code=open_.code,
        since=open_.since,
        deadline=open_.deadline,
        stored=_stored(request),
    )


def _erasure(request: Request) -> ErasureMark | None:
    if (one := request.erasure) is None:
        return None
    state: Literal["running", "done"] = "done" if one.done_at else "running"
    return ErasureMark(id=one.id, state=state, requested_at=one.at, done_at=one.done_at)


def _stored(request: Request) -> int:
    unknown = [attempt.unknown for attempt in request.attempts if attempt.unknown]
    return unknown[-1].stored if unknown and not request.images else 0


def _links(request: Request, links: Links) -> views.LinksView:
    return views.LinksView(
        self=links.of(request.id),
        result=links.result(request.id),
        cancel=links.of(request.id, "cancel"),
        evidence=links.of(request.id, "evidence"),
        review=links.review_page(request.id),
    )
