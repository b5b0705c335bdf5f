"""People are asked: about the prompt, about images, and whether anybody heard."""

from collections.abc import Sequence
from datetime import timedelta

from shared.chain import inbox
from shared.chain.journal import Journal
from shared.chain.services import Services
from shared.chain.steps.choose import raise_attention
from shared.domain import deliveries, names
from shared.domain import step as steps
from shared.domain.approval_facts import Escalated, RoundOpened, StageOpened
from shared.domain.deployments import can_take
from shared.domain.facts import FactData
from shared.domain.families import FAMILIES
from shared.domain.request import Request
from shared.domain.step import WaitUntil
from shared.domain.transitions import REQUESTED
from shared.domain.values import Image, Stage

UNHEARD = steps.RaiseAttention("nobody_asked")


def open_stage(step: steps.OpenStage, journal: Journal, s: Services) -> Sequence[FactData]:
    fact = opened(step.stage, journal.request, s)
    inbox.put(journal.id, step.stage.reviewers, fact.deadline, s)
    return [fact]


def escalate(step: steps.Escalate, journal: Journal, s: Services) -> Sequence[FactData]:
    assert journal.request.opening is not None
    stage = journal.request.opening.asks
    deadline = s.clock.now() + timedelta(seconds=stage.deadline_s)
    inbox.put(journal.id, stage.escalate_to, deadline, s)
    return [Escalated(stage=stage.name, reviewers=stage.escalate_to, deadline=deadline)]


def opened(stage: Stage, request: Request, s: Services) -> StageOpened:
    before = stage.phase == "before"
    return StageOpened(
        stage=stage.name,
        phase=stage.phase,
        round=request.round,
        manifest_sha256=request.terms.prompt_sha256 if before else _manifest(request),
        images=() if before else request.candidates,
        deadline=s.clock.now() + timedelta(seconds=stage.deadline_s),
    )


def _manifest(request: Request) -> str:
    completed = request.attempt(request.chosen or 0).completed
    assert completed is not None
    return completed.manifest_sha256


def see_if_heard(
    step: steps.SeeIfHeard, journal: Journal, s: Services
) -> Sequence[FactData] | WaitUntil:
    """An event that arrived after the stage was opened told somebody."""
    assert journal.request.opening is not None
    opened_in = journal.request.opening.seq
    log = deliveries.parse(s.appends.read(names.DELIVERIES, names.stream_of(journal.id)) or b"")
    asking = [e.seq for e in journal.events if e.type == REQUESTED and e.seq >= opened_in]
    if any(one.seq in asking and one.outcome == "delivered" for one in log.deliveries):
        return WaitUntil(step.until)
    return raise_attention(UNHEARD, journal, s)


def revise(step: steps.Revise, journal: Journal, s: Services) -> Sequence[FactData]:
    """The chosen image is edited where a deployment of the model can, else made anew."""
    request = journal.request
    wishes = [one.data for one in request.verdicts() if one.data.decision == "revise"]
    index = next(wish.revise for wish in wishes if wish.revise is not None)
    parent = next(image for image in request.images if image.index == index)
    return [
        RoundOpened(
            round=request.round + 1,
            parent=parent.index,
            parent_sha256=parent.sha256,
            edit=_can_edit(request, parent, s),
            feedback=tuple(wish.note for wish in wishes if wish.note is not None),
        )
    ]


def _can_edit(request: Request, parent: Image, s: Services) -> bool:
    options = request.terms.options.model_copy(update={"input_images": 1, "mask": False})
    family = FAMILIES.get(options.model)
    able = any(can_take(one, options) for one in s.terms.deployments)
    return able and family is not None and family.most_inputs > 0
