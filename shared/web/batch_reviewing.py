"""What reviewers of a whole batch do: look at its rows, and decide on all of them."""

from functools import partial

from shared.chain.batch_decide import decide
from shared.chain.batch_review import question_for, review_of
from shared.chain.batches import load
from shared.chain.review_view import Looker
from shared.chain.services import Services
from shared.chain.verdict import OneImage, Verdict
from shared.domain import names
from shared.domain.batch import Batch
from shared.domain.batch_decision import BatchDecisionBody
from shared.domain.batch_review_views import BatchReviewView
from shared.domain.decision import in_our_form
from shared.errors import NotFound
from shared.security.tokens import ReviewClaims
from shared.web.access import claims_of
from shared.web.bodies import json_of, validated
from shared.web.continuation import DEFAULT_LIMIT, Place, limit_of, read_place, written_place
from shared.web.exchange import Answer, Call, all_read, answer
from shared.web.verdicts import barred, each_by_itself, insist_on_other_eyes


def view(call: Call, s: Services) -> Answer:
    """Of any batch that is decided on as one; nothing is changed."""
    by, batch = _looker(call, s)
    limit, place = all_read([lambda: limit_of(call), lambda: read_place(call, _list_of(batch), s)])
    return answer(200, _page(batch, by, int(place.after or "0"), limit, s))


def decision(call: Call, s: Services) -> Answer:
    by, batch = _looker(call, s)
    if by.claims is None:
        insist_on_other_eyes(call.known_caller, batch.accepted.caller, "batch")
    forms = in_our_form(json_of(call))
    bodies = all_read(partial(validated, one, BatchDecisionBody) for one in forms)
    batch = each_by_itself(
        bodies, lambda one: decide(call.id, _verdict(one, by.claims, call), one.root, s)
    )
    return answer(200, _page(batch, by, 0, DEFAULT_LIMIT, s))


def _looker(call: Call, s: Services) -> tuple[Looker, Batch]:
    """
    Raises:
        NotFound: there is no such batch, or each of its rows is decided by itself.
    """
    claims = claims_of(call, ("batch",), s)
    batch = load(call.id, s) if names.is_ulid(call.id) else None
    if batch is None or not batch.accepted.stages:
        raise NotFound
    if claims is not None:
        return Looker(claims), batch
    caller = call.known_caller
    return Looker(None, caller.name, barred(caller, batch.accepted.caller)), batch


def _verdict(body: BatchDecisionBody, claims: ReviewClaims | None, call: Call) -> Verdict:
    return Verdict(
        word=body.decision,
        images=tuple(OneImage(one.row, one.decision, comment=one.comment) for one in body.items),
        reviewer=body.reviewer,
        also_known_as=body.also_known_as,
        comment=body.comment,
        checklist=body.checklist,
        stage=body.stage,
        claims=claims,
        caller=None if claims else call.known_caller,
    )


def _page(batch: Batch, by: Looker, first: int, limit: int, s: Services) -> BatchReviewView:
    found = review_of(batch, by, first, limit, s)
    asking, behind = question_for(batch, by), first + limit
    if asking is None or behind >= len(asking.rows):
        return found
    rest = written_place(Place(after=str(behind)), _list_of(batch), s)
    return found.model_copy(update={"continuation": rest})


def _list_of(batch: Batch) -> str:
    """A continuation is good for one list only."""
    return f"batch-review {batch.id}"
