"""What reviewers do: look at an image, and decide."""

import hashlib

from shared.chain.decide import decide
from shared.chain.journal import Journal
from shared.chain.ports import Stored
from shared.chain.services import Services
from shared.chain.verdict import OneImage, Verdict
from shared.domain import names
from shared.domain.decision import DecisionBody, in_our_form
from shared.domain.families import MAX_N
from shared.domain.request import Request
from shared.domain.retention import LAST_PHASE
from shared.domain.values import Image
from shared.errors import Conflict, Forbidden, NotFound
from shared.security.callers import Role
from shared.security.tokens import ReviewClaims
from shared.web.access import claims_of
from shared.web.bodies import json_of, validated
from shared.web.exchange import GUARDS, Answer, Call, answer
from shared.web.reading import load_known, may_see, seen

_INDICES = frozenset(str(index) for index in range(MAX_N))


def decision(call: Call, s: Services) -> Answer:
    claims = claims_of(call, ("before", "after"), s)
    if claims is None:
        _insist_on_other_eyes(call, s)
    forms = in_our_form(json_of(call))
    verdicts = [_verdict(validated(one, DecisionBody), claims, call) for one in forms]
    load_known(call.id, s)
    return answer(200, seen(_decided(call.id, verdicts, s), s))


def _decided(request_id: str, verdicts: list[Verdict], s: Services) -> Journal:
    """Each by itself: what one of them settled, or whom nobody asked, refuses none of the rest."""
    journal, refusals = None, []
    for verdict in verdicts:
        try:
            journal = decide(request_id, verdict, s)
        except (Conflict, Forbidden) as error:
            refusals.append(error)
    if journal is not None:
        return journal
    raise next((one for one in refusals if isinstance(one, Conflict)), refusals[-1])


def _insist_on_other_eyes(call: Call, s: Services) -> None:
    """Nobody decides on a request of their own, unless they are told that they may."""
    caller = call.known_caller
    own = load_known(call.id, s).request.terms.caller == caller.name
    if own and Role.DECIDE_OWN not in caller.roles:
        raise Forbidden("This caller submitted the request; deciding needs the role decideOwn.")


def _verdict(body: DecisionBody, claims: ReviewClaims | None, call: Call) -> Verdict:
    return Verdict(
        word=body.word,
        images=tuple(
            OneImage(one.index, one.decision, one.sha256, one.alt_text) for one in body.images
        ),
        reviewer=body.reviewer,
        also_known_as=body.also_known_as,
        comment=body.words,
        to=body.to,
        checklist=body.checklist,
        stage=body.stage,
        round=body.round,
        claims=claims,
        caller=None if claims else call.known_caller,
    )


def content(call: Call, s: Services) -> Answer:
    claims = claims_of(call, ("after", "view"), s)
    journal = load_known(call.id, s)
    if claims is None and not may_see(call.known_caller, journal.request):
        raise NotFound
    if call.chosen("preview", ("1",)):
        return _preview(journal, call.params["index"], s)
    image, container, name = _place(journal, call, claims)
    stored = s.blobs.read(container, name)
    if stored is None:
        raise NotFound
    return _bytes(journal, image, stored)


def _place(journal: Journal, call: Call, claims: ReviewClaims | None) -> tuple[Image, str, str]:
    """The image and where its bytes are: as released, else as it is being reviewed."""
    request, index = journal.request, call.params["index"]
    image = next((one for one in request.images if str(one.index) == index), None)
    if image is None or not _same_images(request, claims) or _dropped(request, image, claims):
        raise NotFound
    released = dict(request.released)
    if image.index in released:
        return image, names.APPROVED, released[image.index]
    if request.final or LAST_PHASE in request.retired:
        raise NotFound
    return image, names.REVIEW, image.blob


def _same_images(request: Request, claims: ReviewClaims | None) -> bool:
    """A token shows the images it was made for, and none that took their place."""
    completed = request.attempt(request.chosen).completed if request.chosen else None
    return claims is None or (
        completed is not None and claims.manifest == completed.manifest_sha256
    )


def _dropped(request: Request, image: Image, claims: ReviewClaims | None) -> bool:
    """An earlier stage has rejected it: a link to decide by does not ask about it again."""
    opening = request.opening
    if claims is None or claims.phase != "after" or opening is None:
        return False
    return opening.stage == claims.stage and image.index not in opening.images


def _bytes(journal: Journal, image: Image, stored: Stored) -> Answer:
    if hashlib.sha256(stored.data).hexdigest() != image.sha256:
        raise Conflict("The stored bytes are not those of the record.", code="digest_mismatch")
    return _shown(f"{journal.id}-{image.index}", stored, image.content_type)


def _preview(journal: Journal, index: str, s: Services) -> Answer:
    """What nobody has looked at goes no further than the request is open."""
    if journal.request.final or index not in _INDICES:
        raise NotFound
    for content_type in ("image/png", "image/jpeg"):
        stem = names.preview_of(journal.id, int(index))
        name = f"{stem}.{names.extension_of(content_type)}"
        if stored := s.blobs.read(names.PREVIEWS, name):
            return _shown(f"{journal.id}-preview", stored, content_type)
    raise NotFound


def _shown(stem: str, stored: Stored, content_type: str) -> Answer:
    file_name = f"{stem}.{names.extension_of(content_type)}"
    headers = {
        **GUARDS,
        "Cache-Control": "private, no-store",
        "Content-Disposition": f'inline; filename="{file_name}"',
    }
    return Answer(200, stored.data, content_type, headers)
