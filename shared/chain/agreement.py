"""Which stages a request has: its own or the standard ones, and those that routes add."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from shared.chain.costs import most_of
from shared.chain.services import Terms
from shared.domain.families import FAMILIES
from shared.domain.next_batch_review import longest_wait
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
    try:
        standard = _standard(caller, terms)
    except ValidationError:
        return [], [_BROKEN]
    asked, faults = _asked(body, standard, terms)
    if standard is not None and not faults:
        asked = _with_routes(asked, standard, options, len(body.prompt or ""), terms)
        faults = list(approval_faults(asked, terms.max_wait_days))
    return [agreed(phase, stage, terms) for phase, _, stage in asked.stages], faults


def stages_again(
    own: Sequence[Stage], options: Options, prompt_chars: int, caller: Caller, terms: Terms
) -> tuple[list[Agreed], list[Fault]]:
    """
    What a request with stages of its own comes to if this caller asks for it once more today.

    Nobody can be told to rename a stage here, so one that today's settings add takes the place of
    one of the same name.
    """
    try:
        standard = _standard(caller, terms)
    except ValidationError:
        return [], [_BROKEN]
    added = [agreed(*one, terms) for one in _added(own, standard, options, prompt_chars, terms)]
    names = {stage.name.lower() for stage, _ in added}
    kept: list[Agreed] = [(one, {}) for one in own if one.name.lower() not in names]
    longest = sum((longest_wait(stage) for stage, _ in (*kept, *added)), timedelta())
    if longest > timedelta(days=terms.max_wait_days):
        detail = f"All stages together take at most {terms.max_wait_days} days."
        return [], [Fault("#/approval", detail)]
    return [*kept, *added], []


def _added(
    own: Sequence[Stage],
    standard: StandardApproval | None,
    options: Options,
    prompt_chars: int,
    terms: Terms,
) -> list[tuple[Phase, StageBody]]:
    """Who has stages has chosen them; but images that need an approval need one of their own."""
    if standard is None:
        return []
    asked: ApprovalBody = standard if not own else ApprovalBody()
    if own and not any(stage.phase == "after" for stage in own):
        asked = ApprovalBody.model_construct(after=standard.after)
    both = _with_routes(asked, standard, options, prompt_chars, terms)
    return [(phase, stage) for phase, _, stage in both.stages]


def _standard(caller: Caller, terms: Terms) -> StandardApproval | None:
    """
    Raises:
        ValidationError: the settings have a fault.
    """
    given = terms.default_approval if caller.approval in (None, "default") else caller.approval
    return None if given == "none" else StandardApproval.model_validate(given)


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
    options: Options,
    prompt_chars: int,
    terms: Terms,
) -> ApprovalBody:
    if not standard.routes or options.model not in FAMILIES:  # then it is refused for that
        return asked
    cost = most_of(options, prompt_chars, terms).amount
    return with_routes(asked, standard.routes_for(cost, options.n))


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
