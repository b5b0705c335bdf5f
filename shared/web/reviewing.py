"""What reviewers do: look at what they are asked about, and decide."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from shared.chain.decide import decide
from shared.chain.review_view import Looker, opened_to, review_of
from shared.chain.services import Services
from shared.chain.verdict import OneImage, Verdict
from shared.chain.verdict_checks import no_round
from shared.domain.decision import DecisionBody, in_our_form
from shared.domain.request import Request
from shared.errors import Fault, NotFound
from shared.security.tokens import ReviewClaims
from shared.web.access import claims_of
from shared.web.bodies import json_of, validated
from shared.web.exchange import Answer, Call, all_read, answer
from shared.web.reading import load_known, seen
from shared.web.verdicts import barred, each_by_itself, insist_on_other_eyes


def decision(call: Call, s: Services) -> Answer:
    claims = claims_of(call, ("before", "after"), s)
    if claims is None:
        owner = load_known(call.id, s).request.terms.caller
        insist_on_other_eyes(call.known_caller, owner, "request")
    forms = in_our_form(json_of(call))
    bodies = all_read(partial(validated, one, DecisionBody, _round_faults) for one in forms)
    load_known(call.id, s)
    journal = each_by_itself(bodies, lambda one: decide(call.id, _verdict(one, claims, call), s))
    return answer(200, opened_to(Looker(claims), seen(journal, s), journal.request, s.links))


def _round_faults(fields: Mapping[str, Any]) -> list[Fault]:
    """The one fault beside its shape that a verdict has whatever it is about."""
    number = fields.get("round")
    return [no_round()] if number is not None and number < 1 else []


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
    by = _looker(call, claims, request)
    return answer(200, review_of(request, s.contents.read(request.id), by, s))


def _looker(call: Call, claims: ReviewClaims | None, request: Request) -> Looker:
    if claims:
        return Looker(claims)
    caller = call.known_caller
    return Looker(None, caller.name, barred(caller, request.terms.caller))
