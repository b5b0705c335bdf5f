"""Builds what callers and reviewers see of a batch that is decided on as one."""

from collections.abc import Iterable
from datetime import datetime

from shared.chain.checklists import texts_of
from shared.chain.image_views import images_of
from shared.chain.links import VIEW_FOR
from shared.chain.review_view import Looker
from shared.chain.services import Services
from shared.domain import batch_review_views as views
from shared.domain import names
from shared.domain.approval import is_over
from shared.domain.batch import Batch
from shared.domain.batch_asking import Asking, GivenBallot
from shared.domain.batch_notices import AskedRow
from shared.domain.content import Content, note_on
from shared.domain.parts import Opening
from shared.domain.request import Request
from shared.domain.review_state import undone_until
from shared.domain.review_views import ReviewerView, ReviewState

NOTHING_KEPT = Content(salt="", prompt="")


def approval_of(batch: Batch, text: Content) -> views.BatchApprovalView | None:
    """Of the question that was asked last; the decisions are those on all of them."""
    if (asking := batch.asking) is None:
        return None
    opening = asking.opening
    return views.BatchApprovalView(
        stage=opening.stage,
        round=asking.number,
        root=asking.root,
        rows=len(asking.rows),
        asked_at=opening.asked_at,
        deadline=opening.deadline,
        reviewers=_named(opening.reviewers, text),
        rule=opening.asks.rule,
        veto=opening.asks.veto,
        checklist=texts_of(opening.asks.checklist, text),
        verdict=asking.standing.outcome,
        outcome=asking.settled.outcome if asking.settled else None,
        waiting_for=_named(asking.waiting_for, text),
        reminders=opening.reminders,
        escalated=opening.escalated,
        decisions=tuple(
            _decision(one, ballot, text) for one in batch.askings for ballot in one.ballots
        ),
    )


def _named(people: Iterable[str], text: Content) -> tuple[str, ...]:
    return tuple(text.people.get(who, who) for who in people)


def _decision(asking: Asking, ballot: GivenBallot, text: Content) -> views.BatchDecisionView:
    data = ballot.data
    of_rows = ((row, text.comments.get(note_on(data.note or "", row))) for row in asking.rows)
    said = [f"Row {row + 1}: {words}" for row, words in of_rows if words]
    whole = text.comments.get(data.note or "")
    return views.BatchDecisionView(
        round=asking.number,
        reviewer=text.people.get(data.reviewer, data.reviewer),
        decision=data.decision,
        rejected=data.rejected if data.decision == "approve" else tuple(sorted(asking.rows)),
        checklist=texts_of(data.checklist, text),
        withdrawn=ballot.withdrawn,
        at=ballot.at,
        comment="\n".join([*([whole] if whole else []), *said]) or None,
        via=data.via,
    )


def question_for(batch: Batch, by: Looker) -> Asking | None:
    """What the token names; a caller is asked what is, or was last, asked."""
    if by.claims is None:
        return batch.asking
    named = (by.claims.round, by.claims.manifest)
    return next((one for one in batch.askings if (one.number, one.root) == named), None)


def review_of(
    batch: Batch, by: Looker, first: int, limit: int, s: Services
) -> views.BatchReviewView:
    """With `limit` rows of the question, behind its first `first`."""
    now, text = s.clock.now(), s.contents.read(batch.id) or NOTHING_KEPT
    asking = question_for(batch, by)
    state = _state(batch, asking, by, now)
    rows = sorted(asking.rows.values(), key=lambda one: one.row) if asking else []
    until = now + VIEW_FOR
    return views.BatchReviewView(
        id=batch.id,
        name=text.purpose,
        caller=batch.accepted.caller,
        rows=batch.rows,
        state=state,
        reviewer=_reviewer(asking, text, by, state, now),
        approval=approval_of(batch, text),
        items=tuple(item_of(batch, one, until, s) for one in rows[first : first + limit]),
        now=now,
    )


def _state(batch: Batch, asking: Asking | None, by: Looker, now: datetime) -> ReviewState:
    if asking is None or batch.asking is None:
        return "closed" if batch.over else "notOpen"
    if asking.settled:
        return "decided" if asking.settled.outcome == "decided" else "closed"
    if batch.over or now > asking.opening.deadline:
        over = is_over(asking.opening, asking.standing, now) and not batch.over
        return "decided" if over else "closed"
    if asking.standing.settled:
        return "decided"
    people = asking.opening.reviewers
    return "open" if by.person is None or not people or by.person in people else "notOpen"


def _reviewer(
    asking: Asking | None, text: Content, by: Looker, state: ReviewState, now: datetime
) -> ReviewerView:
    who = by.person or by.caller
    answered = asking is not None and any(one.data.reviewer == who for one in asking.in_force)
    again = asking is not None and answered and not asking.settled
    until = undone_until(asking.standing, asking.opening, now) if asking and again else None
    return ReviewerView(
        name=text.people.get(by.person) if by.person else None,
        personal=by.person is not None,
        caller=by.caller,
        may_decide=not by.barred,
        answered=answered,
        withdraw_until=until,
        may_delegate=False,
    )


def item_of(batch: Batch, asked: AskedRow, until: datetime, s: Services) -> views.AskedItem:
    """`until`: when the links to its images end."""
    member = names.member_of(batch.id, asked.row)
    request = s.journals.load(member).request
    kept = None if request.erasure else s.contents.read(member)
    text = kept or NOTHING_KEPT
    shown = _shown(request, asked)
    images = images_of(request, text, s.links, until) if shown else []
    return views.AskedItem(
        row=asked.row,
        id=member,
        standing=request.under_review and _is_of(request.opening, asked),
        status=request.status,
        purpose=text.purpose,
        prompt=text.prompt or None if request.accepted and request.terms.include_prompt else None,
        images=tuple(
            one for one in images if one.round == asked.round and one.state != "superseded"
        ),
    )


def _shown(request: Request, asked: AskedRow) -> bool:
    """Only the images that the root names, and none that took their place."""
    completed = request.reviewed(asked.round) if request.round == asked.round else None
    return completed is not None and completed.manifest_sha256 == asked.manifest_sha256


def _is_of(opening: Opening | None, asked: AskedRow) -> bool:
    return opening is not None and (opening.seq, opening.manifest_sha256) == (
        asked.opening,
        asked.manifest_sha256,
    )
