"""Which stages a request has: its own or the standard ones, and those that rules add."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from shared.chain.costs import most_of
from shared.chain.services import Terms
from shared.domain.families import FAMILIES
from shared.domain.stage_body import (
    ApprovalBody,
    StageBody,
    StandardApproval,
    approval_faults,
    with_routes,
)
from shared.domain.submission import SubmitBody
from shared.domain.values import Options, Phase, Stage
from shared.errors import Fault
from shared.security.callers import Caller
from shared.security.people import pseudonym

# A stage as agreed, with the addresses of everybody it may ask.
Agreed = tuple[Stage, Mapping[str, str]]
_BROKEN = Fault("#/approval", "The default approval in the settings has a fault.")


def stages_of(
    body: SubmitBody, options: Options, caller: Caller, terms: Terms
) -> tuple[list[Agreed], list[Fault]]:
    """Nothing that a body says takes a stage away that a route of the settings adds."""
    given = terms.default_approval if caller.approval in (None, "default") else caller.approval
    try:
        standard = None if given == "none" else StandardApproval.model_validate(given)
    except ValidationError:
        return [], [_BROKEN]
    asked, faults = _asked(body, standard, terms)
    if standard is not None and not faults:
        asked, faults = _with_routes(asked, standard, body, options, terms)
    return [agreed(phase, stage, terms) for phase, _, stage in asked.stages], faults


def _asked(
    body: SubmitBody, standard: StandardApproval | None, terms: Terms
) -> tuple[ApprovalBody, list[Fault]]:
    if isinstance(body.approval, ApprovalBody):
        faults = list(approval_faults(body.approval, terms.max_wait_days))
        images_unseen = body.approval.before and not body.approval.after
        if standard is not None and standard.after and images_unseen:
            faults.append(Fault("#/approval/after", "This caller's images need an approval."))
        return body.approval, faults
    if standard is None:
        return ApprovalBody(), []
    if body.approval == "none":
        return ApprovalBody(), [Fault("#/approval", "This caller's requests need an approval.")]
    return standard, list(approval_faults(standard, terms.max_wait_days))


def _with_routes(
    asked: ApprovalBody,
    standard: StandardApproval,
    body: SubmitBody,
    options: Options,
    terms: Terms,
) -> tuple[ApprovalBody, list[Fault]]:
    if not standard.routes or options.model not in FAMILIES:  # then it is refused for that
        return asked, []
    cost = most_of(options, len(body.prompt or ""), terms).amount
    both = with_routes(asked, standard.routes_for(cost, options.n))
    return both, list(approval_faults(both, terms.max_wait_days))


def agreed(phase: Phase, body: StageBody, terms: Terms) -> Agreed:
    people: dict[str, str] = {}

    def known(addresses: Iterable[str]) -> tuple[str, ...]:
        found = {pseudonym(terms.ring, address): address for address in addresses}
        people.update(found)
        return tuple(found)

    stage = Stage(
        name=body.name,
        phase=phase,
        reviewers=known(body.reviewers),
        rule=body.rule,
        veto=body.veto,
        deadline_s=int(body.deadline.total_seconds()),
        remind_every_s=int(body.remind_every.total_seconds()) if body.remind_every else None,
        on_deadline=body.on_deadline,
        escalate_to=known(body.escalate_to),
        release_delay_s=int(body.release_delay.total_seconds()),
        delegate=body.delegate,
        checklist=body.checklist,
    )
    return stage, people


def people_of(stages: Iterable[Agreed]) -> Mapping[str, Any]:
    return {who: address for _, people in stages for who, address in people.items()}
