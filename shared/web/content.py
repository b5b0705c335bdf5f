"""One image through the app: as reviewed, as released, of an earlier round, or given as input."""

import hashlib

from shared.chain.input_store import name_of
from shared.chain.journal import Journal
from shared.chain.ports import Stored
from shared.chain.services import Services
from shared.domain import names
from shared.domain.approval import MAX_ROUNDS
from shared.domain.families import MAX_INPUTS, MAX_N
from shared.domain.request import Request
from shared.domain.retention import LAST_PHASE
from shared.domain.values import Image
from shared.errors import Conflict, NotFound
from shared.security.tokens import ReviewClaims
from shared.web.access import claims_of
from shared.web.exchange import GUARDS, Answer, Call
from shared.web.reading import load_known, may_see

ROUNDS = tuple(str(number) for number in range(1, MAX_ROUNDS + 1))
INPUTS = tuple(str(index) for index in range(MAX_INPUTS + 1))  # the mask comes last
_INDICES = frozenset(str(index) for index in range(MAX_N))


def content(call: Call, s: Services) -> Answer:
    of_inputs = call.chosen("input", INPUTS) is not None
    claims = claims_of(call, ("before", "after", "view") if of_inputs else ("after", "view"), s)
    journal = load_known(call.id, s)
    if claims is None and not may_see(call.known_caller, journal.request):
        raise NotFound
    if journal.request.erasure is not None:
        raise NotFound
    if call.chosen("preview", ("1",)):
        return _preview(journal, call.params["index"], claims, s)
    if of_inputs:
        return _input(journal, call, claims, s)
    return _image(journal, call, claims, s)


def _image(journal: Journal, call: Call, claims: ReviewClaims | None, s: Services) -> Answer:
    request = journal.request
    round_ = int(call.chosen("round", ROUNDS) or request.round)
    image = _chosen(request, round_, call.params["index"], claims)
    current = round_ == request.round
    container, name = _place(request, image) if current else _earlier(request, image)
    stem = f"{journal.id}-{image.index}" if current else f"{journal.id}-r{round_}-{image.index}"
    return _bytes(s.blobs.read(container, name), image.sha256, stem, image.content_type)


def _chosen(request: Request, round_: int, index: str, claims: ReviewClaims | None) -> Image:
    """
    A token shows the images it was made for, and none that took their place.

    A link to decide by is about the present round; earlier ones have links of their own.
    """
    shown = request.reviewed(round_)
    image = next((i for i in shown.images if str(i.index) == index), None) if shown else None
    if shown is None or image is None:
        raise NotFound
    if claims is not None:
        own = claims.phase == "view" or round_ == request.round
        if not own or claims.manifest != shown.manifest_sha256:
            raise NotFound
        if _dropped(request, image, claims):
            raise NotFound
    return image


def _place(request: Request, image: Image) -> tuple[str, str]:
    """Where its bytes are: as released, else as it is being reviewed."""
    released = dict(request.released)
    if image.index in released:
        return names.APPROVED, released[image.index]
    return _earlier(request, image)


def _earlier(request: Request, image: Image) -> tuple[str, str]:
    if request.final or LAST_PHASE in request.retired:
        raise NotFound
    return names.REVIEW, image.blob


def _dropped(request: Request, image: Image, claims: ReviewClaims) -> bool:
    """An earlier stage has rejected it: a link to decide by does not ask about it again."""
    opening = request.opening
    if claims.phase != "after" or opening is None:
        return False
    return opening.stage == claims.stage and image.index not in opening.images


def _input(journal: Journal, call: Call, claims: ReviewClaims | None, s: Services) -> Answer:
    """
    To compare with: for a token that names the prompt, or the images now under review.
    """
    request, wanted = journal.request, call.query["input"]
    ref = next((one for one in request.inputs if str(one.index) == wanted), None)
    if ref is None or ref.sha256 is None or ref.content_type is None:
        raise NotFound
    if call.params["index"] != wanted or not _of_inputs(request, claims):
        raise NotFound
    stored = s.blobs.read(names.INPUTS, name_of(journal.id, ref))
    return _bytes(stored, ref.sha256, f"{journal.id}-input-{ref.index}", ref.content_type)


def _of_inputs(request: Request, claims: ReviewClaims | None) -> bool:
    shown = request.reviewed(request.round)
    present = {shown.manifest_sha256} if shown else set()
    return claims is None or claims.manifest in present | {request.terms.prompt_sha256}


def _preview(journal: Journal, index: str, claims: ReviewClaims | None, s: Services) -> Answer:
    """What nobody has looked at goes no further than the request is open, and by its own link."""
    own = claims is None or (claims.phase == "view" and not claims.manifest)
    if journal.request.final or index not in _INDICES or not own:
        raise NotFound
    for content_type in ("image/png", "image/jpeg"):
        stem = names.preview_of(journal.id, int(index))
        name = f"{stem}.{names.extension_of(content_type)}"
        if stored := s.blobs.read(names.PREVIEWS, name):
            return _shown(f"{journal.id}-preview", stored, content_type)
    raise NotFound


def _bytes(stored: Stored | None, sha256: str, stem: str, content_type: str) -> Answer:
    if stored is None:
        raise NotFound
    if hashlib.sha256(stored.data).hexdigest() != sha256:
        raise Conflict("The stored bytes are not those of the record.", code="digest_mismatch")
    return _shown(stem, stored, content_type)


def _shown(stem: str, stored: Stored, content_type: str) -> Answer:
    file_name = f"{stem}.{names.extension_of(content_type)}"
    headers = {
        **GUARDS,
        "Cache-Control": "private, no-store",
        "Content-Disposition": f'inline; filename="{file_name}"',
    }
    return Answer(200, stored.data, content_type, headers)
