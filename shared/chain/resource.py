"""Builds what callers see of a request from its journal, its content and our links."""

from collections.abc import Mapping
from datetime import datetime

from shared.chain.approval_view import approval_of
from shared.chain.links import VIEW_FOR, Links
from shared.domain import facts, names
from shared.domain import resource as views
from shared.domain.content import Content
from shared.domain.parts import Round
from shared.domain.request import Request
from shared.domain.resource import Resource
from shared.domain.streaming import partial_images_of
from shared.domain.transitions import State
from shared.domain.values import Image, TemplateVersion

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
    text = content or Content(salt="", prompt="")
    return Resource(
        id=request.id,
        status=request.status,
        created_at=request.created_at,
        updated_at=request.updated_at,
        caller=terms.caller,
        requested_by=text.requested_by,
        rerun_of=terms.rerun_of,
        batch=terms.batch,
        cancel_requested=request.cancel_requested,
        options=_options(request),
        inputs=tuple(views.InputView(**dict(one)) for one in request.inputs),
        template=template_view(terms.template),
        prompt_sha256=terms.prompt_sha256,
        purpose=text.purpose,
        alt_text=text.alt_text,
        cost_center=text.cost_center,
        metadata=text.metadata if content else None,
        idempotency_key=text.idempotency_key,
        round=request.round,
        rounds=tuple(_round(one) for one in request.rounds),
        progress=_progress(request, links, now),
        images=tuple(_images(request, text, links, images_until)),
        approval=approval_of(request, text),
        **_money(request),
        error=_error(request),
        attention=_attention(request),
        links=_links(request, links),
    )


def ticket_of(request: Request, links: Links, warnings: tuple[views.Warning_, ...]) -> views.Ticket:
    return views.Ticket(
        id=request.id,
        status=request.status,
        status_url=links.of(request.id),
        result_url=links.result(request.id),
        cancel_url=links.of(request.id, "cancel"),
        warnings=warnings,
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


def _images(
    request: Request, text: Content, links: Links, expires_at: datetime
) -> list[views.ImageView]:
    shown = [
        image_view(request, image, attempt.round, attempt.number == request.chosen, text)
        for attempt in request.attempts
        if attempt.completed
        for image in attempt.completed.images
    ]
    opened = {"url_expires_at": expires_at}
    return [
        image.model_copy(update={"url": links.content(request, image.index, expires_at), **opened})
        if _viewable(request, image)
        else image
        for image in shown
    ]


def _viewable(request: Request, image: views.ImageView) -> bool:
    """What may still be looked at: under review, or released."""
    return image.state in ("review", "approved")


def image_view(
    request: Request, image: Image, round_: int, chosen: bool, text: Content
) -> views.ImageView:
    released = dict(request.released) if chosen else {}
    return views.ImageView(
        index=image.index,
        round=round_,
        state=_image_state(request, image.index) if chosen else "superseded",
        sha256=image.sha256,
        width=image.width,
        height=image.height,
        bytes=image.bytes,
        content_type=image.content_type,
        url=None,
        url_expires_at=None,
        blob=f"{names.APPROVED}/{released[image.index]}" if image.index in released else None,
        alt_text=text.alt_texts.get(str(image.index), text.alt_text),
    )


def _image_state(request: Request, index: int) -> str:
    if request.state == State.APPROVED:
        return "approved" if index in dict(request.released) else "rejected"
    if request.state == State.REJECTED:
        return "rejected"
    if request.final:
        return "superseded"
    return "rejected" if _dropped(request, index) else "review"


def _dropped(request: Request, index: int) -> bool:
    """An earlier stage has not let it through."""
    opening = request.opening
    asked = opening is not None and opening.phase == "after" and bool(request.stages_opened)
    return asked and opening is not None and index not in opening.images


def _money(request: Request) -> dict[str, object]:
    used = [a.completed.usage for a in request.attempts if a.completed and a.completed.usage]
    usage = views.UsageView(
        input_tokens=sum(one.input_tokens for one in used),
        output_tokens=sum(one.output_tokens for one in used),
        orchestrator_input_tokens=sum(one.orchestrator_input_tokens for one in used),
        orchestrator_output_tokens=sum(one.orchestrator_output_tokens for one in used),
    )
    return {"cost": cost_of(request), "usage": usage if used else None}


def cost_of(request: Request) -> views.CostView:
    completed = [a.completed for a in request.attempts if a.completed]
    doubtful = [
        a.outcome.maybe_billed
        for a in request.attempts
        if isinstance(a.outcome, facts.Unknown | facts.Refused) and a.outcome.maybe_billed
    ]
    costs = [outcome.cost for outcome in completed]
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
    refused = [a.outcome for a in request.attempts if isinstance(a.outcome, facts.Refused)]
    return views.ErrorView(
        code=request.error,
        detail=views.ERROR_DETAILS.get(request.error, "The request could not be finished."),
        categories=refused[-1].categories if refused else (),
    )


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


def _stored(request: Request) -> int:
    unknown = [attempt.unknown for attempt in request.attempts if attempt.unknown]
    return unknown[-1].stored if unknown and not request.images else 0


def _links(request: Request, links: Links) -> views.LinksView:
    return views.LinksView(
        self=links.of(request.id),
        result=links.result(request.id),
        cancel=links.of(request.id, "cancel"),
        evidence=links.of(request.id, "evidence"),
    )
