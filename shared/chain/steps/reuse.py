"""Reuse: copies of approved images, each held to its digest, and of the record that says so."""

from collections.abc import Sequence
from contextlib import suppress

from shared.chain.image_labels import labels_of
from shared.chain.journal import Journal
from shared.chain.reuse import Offer, offers
from shared.chain.services import Services
from shared.chain.steps.release import copied
from shared.domain import names
from shared.domain import step as steps
from shared.domain.facts import FactData
from shared.domain.reuse import is_source, wanted_by
from shared.domain.reuse_facts import ImagesReused, ReuseMissed
from shared.domain.values import Image
from shared.errors import Changed, DigestMismatch, Missing


def reuse(step: steps.Reuse, journal: Journal, s: Services) -> Sequence[FactData]:
    """Whatever is wrong with a source, the request goes the usual way: it never fails for it."""
    content, seen = s.contents.read(journal.id), False
    for offer in offers(wanted_by(journal.request), content, s) if content else ():
        if (reused := _taken(offer, journal, s)) is not None:
            return [reused]
        seen = True
    return [ReuseMissed(code="gone" if seen else "none_alike")]


def _taken(offer: Offer, journal: Journal, s: Services) -> ImagesReused | None:
    """
    Looked at after it was copied as well: who erases the source finds that nobody reuses it any
    more, or this request has its copies from before.
    """
    images = _copies(offer, journal, s)
    if images is None:
        return None
    _keep_record(offer, journal, s)
    if not is_source(s.journals.load(offer.source).request):
        return None
    return offer.reused.model_copy(update={"images": images})


def _copies(offer: Offer, journal: Journal, s: Services) -> tuple[Image, ...] | None:
    """The images as they are here; all are checked before the first is stored."""
    folder, copies = names.reused_folder(journal.id, offer.source), []
    for image in offer.reused.images:
        name = f"{folder}{image.index}.{names.extension_of(image.content_type)}"
        try:
            writer = copied(image, names.REVIEW, name, s, origin=names.APPROVED)
        except (DigestMismatch, Missing):
            return None
        copies.append((image.model_copy(update={"blob": name}), writer))
    model = journal.request.terms.options.model
    for image, writer in copies:
        writer.commit(labels_of(image, journal.id, journal.request.round, model))
    return tuple(image for image, _ in copies)


def _keep_record(offer: Offer, journal: Journal, s: Services) -> None:
    """The source's journal may be gone long before these images are."""
    name = names.source_journal_of(journal.id, offer.source)
    lines = s.journals.raw(offer.source).splitlines(keepends=True)
    s.appends.create(names.REQUESTS, name)
    with suppress(Changed):  # it is there, and lines of a journal never change
        s.appends.append(names.REQUESTS, name, 0, b"".join(lines[: offer.approved_seq]))
