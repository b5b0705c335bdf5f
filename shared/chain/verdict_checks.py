"""What is wrong with a verdict, check by check; `decide.py` has their order."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from shared.chain.feedback import prompt_of
from shared.chain.verdict import Verdict
from shared.domain.approval import MAX_ROUNDS, Standing, effective_at, is_over
from shared.domain.batch_asking import GivenBallot
from shared.domain.content import Content
from shared.domain.families import FAMILIES
from shared.domain.parts import Decision, Opening
from shared.domain.request import Request
from shared.domain.review_state import DECIDED
from shared.errors import Conflict, Fault, InvalidRequest, ReviewClosed
from shared.security.keys import KeyRing
from shared.security.people import is_person, pseudonym

# For what stands between prompt and wishes.
ROOM_CHARS = 100
# On one stage of a round: nobody changes their mind so often, and twenty reviewers have room.
MOST_OF_ONE, MOST_OF_ALL = 20, 200


def open_stage(request: Request, verdict: Verdict, now: datetime) -> Opening:
    """
    Raises:
        Conflict: it is decided, or nobody is asked.
        ReviewClosed: it ended without a decision, or its time is over.
    """
    opening, found = request.opening, request.standing
    if request.state in DECIDED:
        raise decided()
    if request.final:
        raise ReviewClosed
    if opening is None or not request.under_review:
        _check_named_round(request, verdict)
        raise Conflict("There is nothing to decide at present.", code="not_open")
    check_time(found, opening, verdict, now)
    if opening.asks.scope == "batch":
        detail = "It is decided with its whole batch; to leave it out, cancel it."
        raise Conflict(detail, code="decided_by_batch")
    return opening


def check_time(found: Standing, opening: Opening, verdict: Verdict, now: datetime) -> None:
    """
    Raises:
        Conflict: it has its outcome, which may be taken back for a while.
        ReviewClosed: its time is over.
    """
    if is_over(opening, found, now):
        if verdict.word == "withdraw" and now < effective_at(opening, found):
            return
        raise decided()
    if now > opening.deadline:
        raise ReviewClosed


def decided() -> Conflict:
    return Conflict("This review is decided.", code="already_decided")


def check_place(request: Request, opening: Opening, verdict: Verdict) -> None:
    _check_named_round(request, verdict)
    stages = [verdict.stage, verdict.claims.stage if verdict.claims else None]
    phase = verdict.claims.phase if verdict.claims else opening.phase
    if phase != opening.phase or any(stage not in (None, opening.stage) for stage in stages):
        raise stale()


def _check_named_round(request: Request, verdict: Verdict) -> None:
    rounds = [verdict.round, verdict.claims.round if verdict.claims else None]
    if any(number is not None and number < 1 for number in rounds):
        raise InvalidRequest([no_round()])
    if any(number not in (None, request.round) for number in rounds):
        raise stale()


def no_round() -> Fault:
    return Fault("#/round", "Rounds count from 1.")


def stale() -> Conflict:
    return Conflict("Another round or stage is open by now.", code="stale_round")


def check_content(
    request: Request, opening: Opening, verdict: Verdict, ticks: Mapping[str, str | None]
) -> None:
    """
    Raises:
        InvalidRequest: images, ticks, words or a name that the verdict needs, all at once.
        Conflict: there have been as many rounds as there can be.
    """
    faults = [*_image_faults(opening, verdict)]
    if verdict.word == "approve" or any(one.word == "approve" for one in verdict.images):
        faults += tick_faults(verdict, ticks)
    if verdict.word == "revise":
        faults += _revise_faults(opening, verdict)
    if verdict.word == "delegate":
        faults += _delegate_faults(opening, verdict)
    if faults:
        raise InvalidRequest(faults)
    if verdict.word == "revise" and request.round >= MAX_ROUNDS:
        raise Conflict(f"There are at most {MAX_ROUNDS} rounds.", code="round_limit")


def _image_faults(opening: Opening, verdict: Verdict) -> Iterator[Fault]:
    """None may be left out where one is named, but for a wish: that is about the round."""
    named = [one.index for one in verdict.images]
    for k, index in enumerate(named):
        if index not in opening.images:
            yield Fault(f"#/images/{k}/index", "No such image is asked about in this round.")
    if named and verdict.word != "revise":
        for index in sorted(set(opening.images) - set(named)):
            yield Fault("#/images", f"A verdict on image {index} is missing.")
    if len(set(named)) < len(named):
        yield Fault("#/images", "An image has more than one verdict.")


def tick_faults(verdict: Verdict, ticks: Mapping[str, str | None]) -> Iterator[Fault]:
    for k, one in enumerate(verdict.checklist):
        if one not in ticks.values():
            yield Fault(f"#/checklist/{k}", "It is not on the checklist of this stage.")
    for number, text in enumerate(ticks.values(), start=1):
        if text not in verdict.checklist:
            yield Fault("#/checklist", f"Not ticked: number {number} of the list.")


def _revise_faults(opening: Opening, verdict: Verdict) -> Iterator[Fault]:
    if opening.phase == "before":
        yield Fault("#/decision", "Before generation there is nothing to revise.")
    if not verdict.comment:
        yield Fault("#/comment", "Say what is to be changed.")


def _delegate_faults(opening: Opening, verdict: Verdict) -> Iterator[Fault]:
    if not opening.asks.delegate or not opening.reviewers:
        yield Fault("#/decision", "This stage cannot be delegated.")
    if not verdict.to:
        yield Fault("#/to", "Say who is to decide instead.")


def new_reviewer(opening: Opening, to: str, ring: KeyRing) -> str:
    """
    Raises:
        InvalidRequest: they are asked already: one person's two places would be one voice.
    """
    if any(is_person(ring, to, one) for one in opening.reviewers):
        raise InvalidRequest([Fault("#/to", "They are a reviewer of this stage already.")])
    return pseudonym(ring, to)


def check_room(request: Request, verdict: Verdict, content: Content) -> None:
    """
    Raises:
        InvalidRequest: prompt and wish together are more than the model takes.
    """
    most = FAMILIES[request.terms.options.model].max_prompt_chars - ROOM_CHARS
    if len(prompt_of(request, content)) + len(verdict.comment or "") > most:
        raise InvalidRequest([Fault("#/comment", "Too long together with the prompt.")])


def chosen_image(opening: Opening, verdict: Verdict) -> int:
    """The image that is to be changed: the first one so named, else the first."""
    wished = [one.index for one in verdict.images if one.word == "revise"]
    return min(wished or opening.images)


def check_digests(request: Request, opening: Opening, verdict: Verdict) -> None:
    digests = {image.index: image.sha256 for image in request.images}
    manifest = verdict.claims.manifest if verdict.claims else opening.manifest_sha256
    otherwise = [o for o in verdict.images if o.sha256 not in (None, digests[o.index])]
    if manifest != opening.manifest_sha256 or otherwise:
        raise Conflict("These are not the bytes under review.", code="digest_mismatch")


def given_in(request: Request, opening: Opening) -> list[Decision]:
    """Also those that were taken back."""
    return [one for one in request.decisions if one.opening == opening.seq]


def check_turn(
    given: Sequence[Decision | GivenBallot], opening: Opening, verdict: Verdict, who: str
) -> None:
    """
    A verdict stands until it is taken back; a place is given away before it is used.

    Each is a line that every later look reads: a link must not make a journal without end.
    """
    own = [one for one in given if one.data.reviewer == who]
    answered = any(not one.withdrawn for one in own)
    if verdict.word == "withdraw" and not answered:
        raise Conflict("There is no verdict to take back.", code="nothing_to_withdraw")
    if verdict.word != "withdraw" and answered:
        raise Conflict("This reviewer has decided.", code="already_decided")
    if verdict.word == "delegate":
        often = len(opening.delegated) >= MOST_OF_ONE
    else:
        often = len(own) >= MOST_OF_ONE or len(given) >= MOST_OF_ALL
    if verdict.word != "withdraw" and often:
        detail = "This stage was answered, taken back or passed on too often."
        raise Conflict(detail, code="verdict_limit")
