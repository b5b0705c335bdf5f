"""What reviewers do: look at what they are asked about, and decide."""

from shared.chain.decide import decide
from shared.chain.journal import Journal
from shared.chain.review_view import Looker, opened_to, review_of
from shared.chain.services import Services
from shared.chain.verdict import OneImage, Verdict
from shared.domain.decision import DecisionBody, in_our_form
from shared.domain.request import Request
from shared.errors import Conflict, Forbidden, NotFound
from shared.security.callers import Caller, Role
from shared.security.tokens import ReviewClaims
from shared.web.access import claims_of
from shared.web.bodies import json_of, validated
from shared.web.exchange import Answer, Call, answer
from shared.web.reading import load_known, seen


def decision(call: Call, s: Services) -> Answer:
    claims = claims_of(call, ("before", "after"), s)
    if claims is None:
        _insist_on_other_eyes(call, s)
    forms = in_our_form(json_of(call))
    verdicts = [_verdict(validated(one, DecisionBody), claims, call) for one in forms]
    load_known(call.id, s)
    journal = _decided(call.id, verdicts, s)
    return answer(200, opened_to(Looker(claims), seen(journal, s), journal.request, s.links))


def _decided(request_id: str, verdicts: list[Verdict], s: Services) -> Journal:
    """Each by itself: what one of them settled, or whom nobody asked, refuses none of the rest."""
    journal, refusals = None, []
    for verdict in verdicts:
        try:
            journal = decide(request_id, verdict, s)
        except (Conflict, Forbidden) as error:
            refusals.append(error)
    if journal is not None:
        return journal
    raise next((one for one in refusals if isinstance(one, Conflict)), refusals[-1])


def _insist_on_other_eyes(call: Call, s: Services) -> None:
    if _barred(call.known_caller, load_known(call.id, s).request):
        raise Forbidden("This caller submitted the request; deciding needs the role decideOwn.")


def _barred(caller: Caller, request: Request) -> bool:
    """Nobody decides on a request of their own, unless they are told that they may."""
    return request.terms.caller == caller.name and Role.DECIDE_OWN not in caller.roles


def _verdict(body: DecisionBody, claims: ReviewClaims | None, call: Call) -> Verdict:
    return Verdict(
        word=body.word,
        images=tuple(
            OneImage(one.index, one.decision, one.sha256, one.alt_text, one.comment)
            for one in body.images
        ),
        reviewer=body.reviewer,
        also_known_as=body.also_known_as,
        comment=body.words,
        to=body.to,
        checklist=body.checklist,
        stage=body.stage,
        round=body.round,
        claims=claims,
        caller=None if claims else call.known_caller,
    )


def view(call: Call, s: Services) -> Answer:
    """Of any request, as `decision` takes a verdict on any; nothing is changed."""
    claims = claims_of(call, ("before", "after"), s)
    request = load_known(call.id, s).request
    if request.erasure is not None:
        raise NotFound
    return answer(
        200, review_of(request, s.contents.read(request.id), _looker(call, claims, request), s)
    )


def _looker(call: Call, claims: ReviewClaims | None, request: Request) -> Looker:
    if claims:
        return Looker(claims)
    caller = call.known_caller
    return Looker(None, caller.name, _barred(caller, request))
