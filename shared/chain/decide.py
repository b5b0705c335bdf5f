"""
A reviewer's verdict: bound to request, round, stage and the bytes that were looked at.

The order of the checks is part of the contract: the same verdict again is fine even when the
review is closed by now.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from shared.chain.doors import append_choice
from shared.chain.journal import Journal
from shared.chain.services import Services
from shared.domain.content import Content
from shared.domain.facts import Decided, FactData
from shared.domain.parts import Opening
from shared.domain.request import Request
from shared.domain.transitions import State
from shared.domain.values import Image, ImageVerdict
from shared.errors import Conflict, Fault, Forbidden, InvalidRequest, ReviewClosed
from shared.security.callers import Caller
from shared.security.people import is_person, pseudonym, pseudonyms
from shared.security.tokens import ANYONE, ReviewClaims


@dataclass(frozen=True, slots=True)
class OneImage:
    """A verdict on one image; `sha256` is what the reviewer saw, if the sender says so."""

    index: int
    approved: bool
    sha256: str | None = None
    alt_text: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What was sent; exactly one of `claims` and `caller` says by what right.

    `also_known_as`: other addresses or ids of the same reviewer, as flows send them.
    """

    approved: bool
    images: tuple[OneImage, ...] = ()
    reviewer: str | None = field(default=None, repr=False)
    also_known_as: tuple[str, ...] = field(default=(), repr=False)
    comment: str | None = field(default=None, repr=False)
    stage: str | None = None
    round: int | None = None
    claims: ReviewClaims | None = None
    caller: Caller | None = None


def decide(request_id: str, verdict: Verdict, s: Services) -> Journal:
    """
    Record the verdict; the chain acts on it.

    Raises:
        Conflict: `already_decided`, `not_open`, `stale_round`, `digest_mismatch`.
        ReviewClosed: the deadline has passed or the request ended otherwise.
        Forbidden: `not_a_reviewer`.
        InvalidRequest: a round or an image that does not exist.
    """
    _check_bearer(verdict, s)
    who = _who(verdict, s)
    known_as = (who, *(name for one in _given(verdict) for name in pseudonyms(s.terms.ring, one)))
    note = s.entropy.token_bytes(8).hex()

    def choose(journal: Journal) -> list[FactData]:
        request = journal.request
        fact = _fact(request, verdict, who, note)
        if fact is not None and _recorded(request, fact, known_as):
            return []
        opening = _open(request, s)
        _check_round(request, opening, verdict)
        images = _checked(request, verdict)
        _check_digests(opening, images, verdict)
        _check_reviewer(request, opening, verdict, s)
        assert fact is not None
        _remember(request_id, verdict, who, note, s)
        return [fact]

    actor = who if who.startswith("p:") else f"{'token' if verdict.claims else 'caller'}:{who}"
    return append_choice(request_id, actor, choose, s)


def _bound_to(verdict: Verdict) -> str | None:
    """The person whose token it is; None when whoever holds it may say who they are."""
    return verdict.claims.reviewer if verdict.claims and verdict.claims.reviewer != ANYONE else None


def _given(verdict: Verdict) -> tuple[str, ...]:
    return (verdict.reviewer, *verdict.also_known_as) if verdict.reviewer else ()


def _check_bearer(verdict: Verdict, s: Services) -> None:
    """Nobody decides in another's name with a token of their own."""
    bound, given = _bound_to(verdict), _given(verdict)
    if bound and given and not any(is_person(s.terms.ring, one, bound) for one in given):
        raise Forbidden("The token belongs to another reviewer.", code="not_a_reviewer")


def _who(verdict: Verdict, s: Services) -> str:
    """The reviewer's pseudonym; without a name, the right by which the verdict came."""
    if bound := _bound_to(verdict):
        return bound
    if verdict.reviewer:
        return pseudonym(s.terms.ring, verdict.reviewer)
    return verdict.caller.name if verdict.caller else "anyone"


def _fact(request: Request, verdict: Verdict, who: str, note: str) -> Decided | None:
    """The fact it would be, None while there is nothing to decide on or an image is unknown."""
    opening = request.opening
    given = {one.index: one.approved for one in verdict.images}
    if opening is None or set(given) - {image.index for image in request.images}:
        return None
    return Decided(
        stage=opening.stage,
        round=opening.round,
        reviewer=who,
        via="token" if verdict.claims else "caller",
        images=tuple(
            ImageVerdict(
                index=image.index,
                approved=given.get(image.index, verdict.approved),
                sha256=image.sha256,
            )
            for image in request.images
        ),
        note=note if verdict.comment else None,
    )


def _recorded(request: Request, fact: Decided, known_as: Collection[str]) -> bool:
    """
    The same verdict on each image by the same reviewer; comments do not count.

    `known_as` are the reviewer's names under earlier signing keys too.
    """
    return any(
        one.data.reviewer in known_as
        and (one.data.stage, one.data.round, one.data.images)
        == (fact.stage, fact.round, fact.images)
        for one in request.verdicts()
    )


def _open(request: Request, s: Services) -> Opening:
    opening, state = request.opening, request.state
    decided = bool(request.verdicts()) and state is State.REVIEWING
    if decided or state in (State.RELEASING, State.APPROVED, State.REJECTED):
        raise Conflict("This review is decided.", code="already_decided")
    if request.final:
        raise ReviewClosed
    if opening is None or state is not State.REVIEWING:
        raise Conflict("There is nothing to decide at present.", code="not_open")
    if s.clock.now() > opening.deadline:
        raise ReviewClosed
    return opening


def _check_round(request: Request, opening: Opening, verdict: Verdict) -> None:
    given = [verdict.round, verdict.claims.round if verdict.claims else None]
    if any(number is not None and number < 1 for number in given):
        raise InvalidRequest([Fault("#/round", "Rounds count from 1.")])
    stages = [verdict.stage, verdict.claims.stage if verdict.claims else None]
    if any(number not in (None, request.round) for number in given) or any(
        stage not in (None, opening.stage) for stage in stages
    ):
        raise Conflict("Another round or stage is open by now.", code="stale_round")


def _checked(request: Request, verdict: Verdict) -> list[tuple[Image, OneImage]]:
    """Every image of the round with its verdict; none may be left out where one is named."""
    images = {image.index: image for image in request.images}
    faults = [
        Fault(f"#/images/{k}/index", "There is no such image in this round.")
        for k, one in enumerate(verdict.images)
        if one.index not in images
    ]
    missing = set(images) - {one.index for one in verdict.images} if verdict.images else set()
    faults += [Fault("#/images", f"A verdict on image {index} is missing.") for index in missing]
    if len({one.index for one in verdict.images}) < len(verdict.images):
        faults.append(Fault("#/images", "An image has more than one verdict."))
    if faults:
        raise InvalidRequest(faults)
    return [(images[one.index], one) for one in verdict.images]


def _check_digests(
    opening: Opening, images: list[tuple[Image, OneImage]], verdict: Verdict
) -> None:
    manifest = verdict.claims.manifest if verdict.claims else opening.manifest_sha256
    seen_otherwise = [one for image, one in images if one.sha256 not in (None, image.sha256)]
    if manifest != opening.manifest_sha256 or seen_otherwise:
        raise Conflict("These are not the bytes under review.", code="digest_mismatch")


def _check_reviewer(request: Request, opening: Opening, verdict: Verdict, s: Services) -> None:
    stage = next(one for one in request.terms.stages if one.name == opening.stage)
    if not stage.reviewers:
        return
    if bound := _bound_to(verdict):
        asked = bound in stage.reviewers
    else:
        asked = any(
            is_person(s.terms.ring, given, one)
            for given in _given(verdict)
            for one in stage.reviewers
        )
    if not asked:
        raise Forbidden("Not a reviewer of this stage.", code="not_a_reviewer")


def _remember(request_id: str, verdict: Verdict, who: str, note: str, s: Services) -> None:
    """The words and the name go into the erasable content, before the fact that points there."""
    alt_texts = {str(one.index): one.alt_text for one in verdict.images if one.alt_text}
    if not (verdict.comment or verdict.reviewer or alt_texts):
        return

    def change(content: Content) -> Content:
        people = {who: verdict.reviewer} if verdict.reviewer and who.startswith("p:") else {}
        comments = {note: verdict.comment} if verdict.comment else {}
        return content.model_copy(
            update={
                "people": {**content.people, **people},
                "comments": {**content.comments, **comments},
                "alt_texts": {**content.alt_texts, **alt_texts},
            }
        )

    s.contents.update(request_id, change)
