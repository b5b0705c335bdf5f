"""The approval of a request as callers see it: who is asked what, and who said what."""

from shared.chain.checklists import texts_of
from shared.domain import approval_views as views
from shared.domain.approval import standing
from shared.domain.content import Content, note_on
from shared.domain.parts import Decision, Opening
from shared.domain.request import Request


def approval_of(request: Request, text: Content) -> views.ApprovalView | None:
    """Of the stage that was opened last; the decisions are those of all stages and rounds."""
    if (opening := request.opening) is None:
        return None
    verdicts = tuple(
        one for one in request.decisions if one.opening == opening.seq and not one.withdrawn
    )
    answered = {one.data.reviewer for one in verdicts}
    waiting = [one for one in opening.reviewers if one not in answered]
    return views.ApprovalView(
        phase=opening.phase,
        stage=opening.stage,
        asked_at=opening.asked_at,
        deadline=opening.deadline,
        reviewers=tuple(text.people.get(one, one) for one in opening.reviewers),
        rule=opening.asks.rule,
        veto=opening.asks.veto,
        checklist=texts_of(opening.asks.checklist, text),
        images=opening.images,
        verdict=standing(opening, verdicts).outcome,
        waiting_for=tuple(text.people.get(one, one) for one in waiting),
        reminders=opening.reminders,
        escalated=opening.escalated,
        delegations=_delegations(opening, text),
        stages=tuple(
            views.StageView(phase=one.phase, name=one.name) for one in request.terms.stages
        ),
        decisions=tuple(_decision(decision, text) for decision in request.decisions),
    )


def _delegations(opening: Opening, text: Content) -> tuple[views.DelegationView, ...]:
    return tuple(
        views.DelegationView(reviewer=text.people.get(one, one), to=text.people.get(to, to))
        for one, to in opening.delegated
    )


def _decision(decision: Decision, text: Content) -> views.DecisionView:
    data = decision.data
    return views.DecisionView(
        stage=data.stage,
        round=data.round,
        reviewer=text.people.get(data.reviewer, data.reviewer),
        decision=data.decision,
        images=tuple(
            views.ImageVerdictView(
                index=one.index,
                decision=_word(one.approved, data.decision),
                comment=text.comments.get(note_on(data.note or "", one.index)),
            )
            for one in data.images
        ),
        checklist=texts_of(data.checklist, text),
        withdrawn=decision.withdrawn,
        at=decision.at,
        comment=text.comments.get(data.note) if data.note else None,
        via=data.via,
        batch=data.batch,
    )


def _word(approved: bool, decision: views.Word) -> views.Word:
    if decision == "revise":
        return decision
    return "approve" if approved else "reject"
