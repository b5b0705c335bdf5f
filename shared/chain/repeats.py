"""
Whether a verdict says again what its sender said before: then it is answered as it was then.

Whoever hears that relies on it. So nothing is taken for a repeat that may be meant for what is
open now, and was not recorded there.
"""

from collections.abc import Iterator

from shared.chain.services import Services
from shared.chain.verdict import Verdict
from shared.domain.approval_facts import Decided
from shared.domain.parts import Decision
from shared.domain.request import Request
from shared.errors import Conflict
from shared.security.people import pseudonyms


def is_repeated(request: Request, verdict: Verdict, names: frozenset[str], s: Services) -> bool:
    """
    The same thing said again by the same person; comments do not count.

    Raises:
        Conflict: `stale_round`, where it may as well be meant for what is open now.
    """
    opening = request.opening
    if opening is None:
        return False
    if verdict.word == "delegate":
        to = pseudonyms(s.terms.ring, verdict.to or "")
        return any(giver in names and taker in to for giver, taker in opening.delegated)
    if verdict.word == "withdraw":
        here = [one for one in request.decisions if one.opening == opening.seq]
        own = [one.withdrawn for one in here if one.data.reviewer in names]
        return bool(own) and all(own)
    said = [one for one in _comparable(request, verdict) if one.data.reviewer in names]
    same = [one.opening for one in said if _says(one.data, verdict)]
    if same and opening.seq not in same and _may_mean_open(request, verdict, names):
        detail = "It was said before, and another round or stage is open: name both of them."
        raise Conflict(detail, code="stale_round")
    return bool(same)


def _comparable(request: Request, verdict: Verdict) -> Iterator[Decision]:
    """
    Those in force on the stage that was opened last, and on an earlier one, where it is named. By
    a link only those on its own stage and round.

    A verdict that names no place may be a flow's repeat for an earlier stage of the round: nobody
    approves unseen.
    """
    opening = request.opening
    assert opening is not None
    for one in request.decisions:
        stage, round_ = one.data.stage, one.data.round
        if one.opening == opening.seq:
            meant = verdict.claims is None or verdict.fits(stage, round_)
        elif (stage, round_) == (opening.stage, opening.round):
            meant = False  # it was opened before, about other bytes
        elif verdict.names_place:
            meant = verdict.fits(stage, round_)
        else:
            meant = round_ == request.round
        if meant and not one.withdrawn:
            yield one


def _may_mean_open(request: Request, verdict: Verdict, names: frozenset[str]) -> bool:
    """Of a verdict that names a stage or a round only: both of them leave no doubt, a link too."""
    opening = request.opening
    if opening is None or not request.under_review or request.standing.settled:
        return False
    asked = not opening.reviewers or not names.isdisjoint(opening.reviewers)
    return verdict.names_half and asked and verdict.fits(opening.stage, opening.round)


def _says(data: Decided, verdict: Verdict) -> bool:
    if data.decision != _word(verdict):
        return False
    given = {one.index: one.word == "approve" for one in verdict.images}
    if data.decision == "revise":
        return True
    if set(given) - {one.index for one in data.images}:
        return False
    whole = verdict.word == "approve"
    return all(one.approved == given.get(one.index, whole) for one in data.images)


def _word(verdict: Verdict) -> str:
    """A verdict that lets any image through is an approval."""
    if verdict.word == "revise" or not verdict.images:
        return verdict.word
    kept = any(one.word == "approve" for one in verdict.images)
    return "approve" if kept else "reject"
