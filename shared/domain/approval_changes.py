"""
What the facts of an approval change about a request.

They are held against the request here, so that no journal, of whatever origin, can tell of a
release that the verdicts on it do not give.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shared.domain.approval import MAX_ROUNDS
from shared.domain.facts import Fact
from shared.domain.parts import Decision, Opening, Round
from shared.errors import IllegalMove

if TYPE_CHECKING:
    from shared.domain.request import Request

Details = dict[str, Any]


def opened(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    stage = request.agreed(data.stage, data.phase)
    if data.images != _asked_about(request, data.phase) or data.round != request.round:
        raise IllegalMove("People are asked about what earlier stages let through, all of it.")
    if not request.cleared:
        raise IllegalMove("People are shown nothing that has not passed its screening.")
    opening = Opening(
        seq=fact.seq,
        asks=stage,
        round=data.round,
        manifest_sha256=data.manifest_sha256,
        images=data.images,
        reviewers=stage.reviewers,
        asked_at=fact.at,
        nudged_at=fact.at,
        deadline=data.deadline,
    )
    counted = {"after": "stages_opened", "before": "gates_opened"}[data.phase]
    if stage not in request.terms.stages:
        return {"opening": opening}
    return {"opening": opening, counted: getattr(request, counted) + 1}


def _asked_about(request: "Request", phase: str) -> tuple[int, ...]:
    if request.under_review and not request.standing.images:
        raise IllegalMove("The stage before has not let anything through.")
    return () if phase == "before" else request.candidates


def decided(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    opening = _open(request, data)
    if (opening.asks.scope == "batch") != (data.via == "batch" and data.batch is not None):
        raise IllegalMove("A verdict on a batch comes from its batch, and no other does.")
    images = {image.index: image.sha256 for image in request.images}
    if tuple((one.index, one.sha256) for one in data.images) != tuple(
        (index, images[index]) for index in opening.images
    ):
        raise IllegalMove("A verdict is on each of the images that were asked about.")
    if opening.reviewers and data.reviewer not in opening.reviewers:
        raise IllegalMove("A verdict of somebody who was not asked.")
    if any(one.data.reviewer == data.reviewer for one in request.verdicts()):
        raise IllegalMove("A second verdict of the same reviewer.")
    decision = Decision(fact.seq, fact.at, opening.seq, data)
    return {"decisions": (*request.decisions, decision)}


def withdrawn(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    _by_itself(_open(request, data))
    own = [one for one in request.verdicts() if one.data.reviewer == data.reviewer]
    if not own:
        raise IllegalMove("There is no verdict to take back.")
    kept = (replace(one, withdrawn=one.withdrawn or one in own) for one in request.decisions)
    return {"decisions": tuple(kept)}


def delegated(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    opening = _by_itself(_open(request, data))
    answered = {one.data.reviewer for one in request.verdicts()}
    places = list(opening.reviewers)
    if data.reviewer not in places or data.to in places or data.reviewer in answered:
        raise IllegalMove("Only who is asked, and has not answered, can name somebody else.")
    places[places.index(data.reviewer)] = data.to
    pair = (data.reviewer, data.to)
    return {
        "opening": replace(opening, reviewers=tuple(places), delegated=(*opening.delegated, pair))
    }


def reminded(request: "Request", fact: Fact) -> Details:
    opening = _by_itself(_asking(request))
    return {"opening": replace(opening, nudged_at=fact.at, reminders=opening.reminders + 1)}


def escalated(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    opening = _by_itself(_asking(request))
    if opening.escalated:
        raise IllegalMove("A stage is escalated once.")
    answered = [one.data.reviewer for one in request.verdicts()]
    return {"opening": opening.escalated_to(data.reviewers, answered, data.deadline, fact.at)}


def round_opened(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    wished = request.standing.outcome == "revise"
    if not wished or data.round != request.round + 1 or data.round > MAX_ROUNDS:
        raise IllegalMove("A round follows a wish for one, and there are not more than five.")
    added = Round(data.round, data.parent, data.parent_sha256, data.edit, data.feedback)
    return {
        "round": data.round,
        "rounds": (*request.rounds, added),
        "chosen": None,
        "stages_opened": 0,
        "patience_from": len(request.attempts),
    }


def gate_passed(request: "Request", fact: Fact) -> Details:
    """`generation.queued`: after a stage before generation, only if that has let it through."""
    if request.under_review and not request.standing.images:
        raise IllegalMove("The stage before generation has not let it through.")
    return {}


def release(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    last = request.stages_opened == len(request.after)
    if not last or not data.images or data.images != request.candidates:
        raise IllegalMove("Released is what every stage has let through, and nothing else.")
    if request.lacks_provenance:
        raise IllegalMove("Images without a manifest are not released where one was agreed.")
    return {"release": data.images}


def _by_itself(opening: Opening) -> Opening:
    if opening.asks.scope == "batch":
        raise IllegalMove("People are asked about the whole batch, and it alone tells of that.")
    return opening


def _asking(request: "Request") -> Opening:
    if request.opening is None:
        raise IllegalMove("Nobody is asked.")
    return request.opening


def _open(request: "Request", data: Any) -> Opening:
    opening = _asking(request)
    if (data.stage, data.round) != (opening.stage, opening.round):
        raise IllegalMove("Another stage or round is open.")
    return opening
