"""Release: the bytes are read once, checked, and those very bytes are committed."""

import hashlib
from collections.abc import Sequence

from shared.chain import reuse
from shared.chain.image_labels import labels_of
from shared.chain.journal import Journal
from shared.chain.ports import BlobWriter
from shared.chain.services import Services
from shared.chain.steps.choose import raise_attention
from shared.domain import names
from shared.domain import step as steps
from shared.domain.facts import Approved, FactData, Rejected
from shared.domain.reuse import will_be_source
from shared.domain.values import Image
from shared.errors import DigestMismatch, Missing


def release(step: steps.Release, journal: Journal, s: Services) -> Sequence[FactData]:
    """All images are checked before the first becomes visible."""
    request = journal.request
    chosen = {image.index: image for image in request.images}
    released = {index: _released_name(journal, chosen[index]) for index in request.release}
    try:
        copies = [
            (index, copied(chosen[index], names.APPROVED, name, s))
            for index, name in released.items()
        ]
    except (DigestMismatch, Missing):
        return raise_attention(steps.RaiseAttention("digest_mismatch"), journal, s)
    for index, writer in copies:
        writer.commit(_metadata(journal, chosen[index]))
    _keep_rejected(journal, [i for i in request.images if i.index not in released], s)
    if will_be_source(request):
        reuse.note(journal, s)
    return [Approved(blobs=released)]


def reject(step: steps.Reject, journal: Journal, s: Services) -> Sequence[FactData]:
    _keep_rejected(journal, list(journal.request.images), s)
    return [Rejected()]


def _keep_rejected(journal: Journal, images: list[Image], s: Services) -> None:
    """For an appeal; what was swapped or is gone by now is not worth keeping the request for."""
    for image in images:
        extension = names.extension_of(image.content_type)
        name = f"{journal.id}/r{journal.request.round}/{image.index}.{extension}"
        try:
            copied(image, names.REJECTED, name, s).commit(_metadata(journal, image))
        except (DigestMismatch, Missing):
            continue


def copied(
    image: Image, container: str, name: str, s: Services, origin: str = names.REVIEW
) -> BlobWriter:
    """
    The image's bytes on their way to `name`, checked but not visible yet.

    Raises:
        DigestMismatch: they are not the bytes that were stored and reviewed.
    """
    writer = s.blobs.writer(container, name, image.content_type)
    digest = hashlib.sha256()
    for piece in s.blobs.chunks(origin, image.blob):
        digest.update(piece)
        writer.write(piece)
    if digest.hexdigest() != image.sha256:
        raise DigestMismatch
    return writer


def _released_name(journal: Journal, image: Image) -> str:
    return f"{journal.id}/{image.index}.{names.extension_of(image.content_type)}"


def _metadata(journal: Journal, image: Image) -> dict[str, str]:
    request = journal.request
    return labels_of(image, journal.id, request.round, request.terms.options.model)
