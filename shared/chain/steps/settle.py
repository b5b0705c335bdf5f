"""What became of a call whose worker says nothing any more."""

import hashlib
from collections.abc import Sequence
from contextlib import closing, suppress

from shared.chain.attempt_store import Manifest
from shared.chain.costs import estimate_of
from shared.chain.feedback import prompt_of
from shared.chain.journal import Journal
from shared.chain.services import Services
from shared.chain.sighting import Sighting
from shared.chain.steps.call import unknown
from shared.chain.steps.choose import raise_attention
from shared.chain.steps.looks import store_of
from shared.domain import names, pictures
from shared.domain import step as steps
from shared.domain.facts import FactData
from shared.domain.families import FAMILIES
from shared.domain.values import Image
from shared.errors import DarkroomError


def settle(step: steps.Settle, journal: Journal, s: Services) -> Sequence[FactData]:
    """The manifest says `completed`; without one it is unknown, and only inferred."""
    attempt = journal.request.attempt(step.attempt)
    store = store_of(journal, attempt, s)
    if found := store.read_manifest():
        return [found]
    stored, chars = len(store.stored()), _prompt_chars(journal, s)
    return [unknown(journal, attempt, "outcome_unknown", stored, chars, s, inferred=True)]


def salvage(step: steps.Salvage, journal: Journal, s: Services) -> Sequence[FactData]:
    """Make a manifest of the images that are there; what they cost stays an estimate."""
    attempt = journal.request.attempt(step.attempt)
    store = store_of(journal, attempt, s)
    if found := store.read_manifest():
        return [found]
    images = tuple(_image(name, s) for name in store.stored())
    if not images:
        return raise_attention(steps.RaiseAttention("outcome_unknown"), journal, s)
    options = journal.request.options
    manifest = Manifest(
        request_id=journal.id,
        attempt=attempt.number,
        images=images,
        usage=None,
        cost=estimate_of(attempt, options, _prompt_chars(journal, s), s.terms),
        salvaged=True,
    )
    return [store.write_manifest(manifest)]


def _prompt_chars(journal: Journal, s: Services) -> int:
    """
    As many as are taken at all where the prompt is gone or cannot be read: the call is settled
    all the same, and not for too little.
    """
    with suppress(DarkroomError):
        if content := s.contents.read(journal.id):
            return len(prompt_of(journal.request, content))
    family = FAMILIES.get(journal.request.options.model)
    return family.max_prompt_chars if family else 0


def _image(name: str, s: Services) -> Image:
    digest, count, head = hashlib.sha256(), 0, b""
    with closing(Sighting(s.judge)) as sighting:
        for piece in s.blobs.chunks(names.REVIEW, name):
            digest.update(piece)
            sighting.write(piece)
            count += len(piece)
            head += piece[: pictures.MAX_HEADER_BYTES - len(head)]
        unreadable = pictures.Picture(pictures.content_type_of(head) or "image/png", 0, 0)
        picture = pictures.read_header(head) or unreadable
        return Image(
            index=int(name.rpartition("/")[2].partition(".")[0]),
            blob=name,
            sha256=digest.hexdigest(),
            bytes=count,
            width=picture.width,
            height=picture.height,
            content_type=picture.content_type,
            provenance=sighting.provenance(picture.content_type),
        )
