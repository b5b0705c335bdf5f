"""
Builds what a reviewer is shown.

A link shows what it asks about and what went before, and nothing that took its place: what was
made later is for those who are asked about it.
"""

from dataclasses import dataclass
from datetime import datetime

from shared.chain.image_views import image_view
from shared.chain.links import VIEW_FOR, Links
from shared.chain.resource import resource_of
from shared.chain.services import Services
from shared.domain.approval import MAX_ROUNDS, SPEND
from shared.domain.content import Content
from shared.domain.image_views import ImageView
from shared.domain.parts import Round
from shared.domain.request import Request
from shared.domain.resource import Resource
from shared.domain.review_state import (
    Question,
    has_answered,
    question_of,
    state_of,
    withdraw_until,
)
from shared.domain.review_views import (
    AskedStage,
    ReviewedInput,
    ReviewedRound,
    ReviewerView,
    ReviewState,
    ReviewView,
)
from shared.domain.values import Phase
from shared.security.tokens import ANYONE, ReviewClaims

_INPUTS_PHASE = "inputs"


@dataclass(frozen=True, slots=True)
class Looker:
    """Whoever holds a token, or a caller by name; `barred` is who has no verdict on it."""

    claims: ReviewClaims | None
    caller: str | None = None
    barred: bool = False

    @property
    def person(self) -> str | None:
        """The pseudonym of whose own link it is."""
        return self.claims.reviewer if self.claims and self.claims.reviewer != ANYONE else None

    def question(self, request: Request) -> Question | None:
        """What the token names; a caller is asked what is, or was last, asked."""
        one = self.claims
        if one is None:
            return question_of(request.opening) if request.opening else None
        phase: Phase = "before" if one.phase == "before" else "after"
        return Question(phase, one.stage, one.round, one.manifest)

    def sees_images(self, request: Request) -> bool:
        """A token opens the images that it was made for."""
        shown = request.reviewed(request.round)
        if self.claims is None or shown is None:
            return self.claims is None
        return self.claims.manifest == shown.manifest_sha256

    def sees_origin(self, request: Request) -> bool:
        """What the request began with: the inputs, and its prompt where it is shown."""
        of_prompt = self.claims is not None and self.claims.manifest == request.terms.prompt_sha256
        return of_prompt or self.sees_images(request)


def review_of(request: Request, content: Content | None, by: Looker, s: Services) -> ReviewView:
    now, text = s.clock.now(), content or Content(salt="", prompt="")
    question = by.question(request)
    state = _state(request, question, by, now)
    return ReviewView(
        request=opened_to(by, resource_of(request, content, s.links, now), request, s.links),
        prompt=_prompt(request, text, question),
        stage=AskedStage(phase=question.phase, name=question.stage, round=question.round)
        if question
        else None,
        state=state,
        reviewer=_reviewer(request, text, question, state, by, now),
        rounds_left=MAX_ROUNDS - request.round,
        rounds=_rounds(request, text, by, s.links, now),
        inputs=_inputs(request, by, s.links, now),
        now=now,
    )


def _state(request: Request, question: Question | None, by: Looker, now: datetime) -> ReviewState:
    """Whether a budget may be passed is not for whoever holds a link to decide."""
    if question is None:
        return "closed" if request.final else "notOpen"
    state = state_of(request, question, by.person, now)
    by_link = by.claims is not None and question.stage == SPEND
    return "notOpen" if by_link and state == "open" else state


def opened_to(by: Looker, resource: Resource, request: Request, links: Links) -> Resource:
    """Of the resource, what the link opens; its own links open no more than that either."""
    if by.claims is None:
        return resource
    closed: dict[str, object] = {
        "links": resource.links.model_copy(update={"result": links.of(request.id, "result")}),
        "progress": resource.progress.model_copy(update={"preview_url": None}),
    }
    if not by.sees_images(request):
        closed["images"] = ()
        closed["approval"] = _until_round(resource, by.claims.round)
    return resource.model_copy(update=closed)


def _until_round(resource: Resource, round_: int) -> object:
    approval = resource.approval
    if approval is None:
        return None
    known = tuple(one for one in approval.decisions if one.round <= round_)
    return approval.model_copy(update={"decisions": known})


def _prompt(request: Request, text: Content, question: Question | None) -> str | None:
    gate = question is not None and question.phase == "before" and question.stage != SPEND
    return text.prompt or None if gate or request.terms.include_prompt else None


def _reviewer(
    request: Request,
    text: Content,
    question: Question | None,
    state: ReviewState,
    by: Looker,
    now: datetime,
) -> ReviewerView:
    who = by.person or by.caller
    answered = bool(question and who and has_answered(request, question, who))
    opening = request.opening
    current = opening is not None and question == question_of(opening)
    delegable = opening is not None and opening.asks.delegate and bool(opening.reviewers)
    return ReviewerView(
        name=text.people.get(by.person) if by.person else None,
        personal=by.person is not None,
        caller=by.caller,
        may_decide=not by.barred,
        answered=answered,
        withdraw_until=withdraw_until(request, who, now) if who and current else None,
        may_delegate=state == "open" and delegable and not answered and not by.barred,
    )


def _rounds(
    request: Request, text: Content, by: Looker, links: Links, now: datetime
) -> tuple[ReviewedRound, ...]:
    seen = by.sees_images(request)
    last = request.round if by.claims is None else by.claims.round
    return tuple(
        ReviewedRound(
            round=one.number,
            parent=one.parent,
            edit=one.edit,
            feedback=tuple(text.comments[note] for note in one.feedback if note in text.comments),
            images=tuple(_images(request, one, text, links, now)) if seen else (),
        )
        for one in request.rounds
        if one.number <= last
    )


def _images(
    request: Request, one: Round, text: Content, links: Links, now: datetime
) -> list[ImageView]:
    completed, current = request.reviewed(one.number), one.number == request.round
    expires_at = now + VIEW_FOR
    views = []
    for image in completed.images if completed else ():
        view = image_view(request, image, one.number, current, text)
        if current and view.state in ("review", "approved"):
            url = links.content(request, image.index, expires_at)
        elif not current and not request.final:
            url = links.earlier(request, one.number, image.index, expires_at)
        else:
            views.append(view)
            continue
        views.append(view.model_copy(update={"url": url, "url_expires_at": expires_at}))
    return views


def _inputs(request: Request, by: Looker, links: Links, now: datetime) -> tuple[ReviewedInput, ...]:
    if not by.sees_origin(request):
        return ()
    expires_at = now + VIEW_FOR
    kept = _INPUTS_PHASE not in request.retired
    return tuple(
        ReviewedInput(
            **dict(one),
            url=links.input(request, one.index, expires_at) if one.here and kept else None,
            url_expires_at=expires_at if one.here and kept else None,
        )
        for one in request.inputs
    )
