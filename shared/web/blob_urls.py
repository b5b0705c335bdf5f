"""Links to released images that lead past the app, for a service that must fetch the bytes."""

from contextlib import suppress

from shared.chain.services import Services
from shared.domain.image_views import ImageView
from shared.domain.resource import Resource
from shared.errors import StorageError
from shared.security.callers import Caller, Role


def with_blob_urls(resource: Resource, caller: Caller, s: Services) -> Resource:
    """
    The resource for this caller, who is known to be let at it.

    A signature of storage knows nothing of roles and of what was deleted or taken back since, so
    it goes to nobody but a caller who shows a key now: not into events, lists, packs, pages, or
    what a link opens.
    """
    if Role.READ not in caller.roles or not any(image.blob for image in resource.images):
        return resource
    images = tuple(_linked(image, s) for image in resource.images)
    return resource.model_copy(update={"images": images})


def _linked(image: ImageView, s: Services) -> ImageView:
    """Without a link where none can be signed: `url` opens the same bytes."""
    if image.blob is None or image.url_expires_at is None:
        return image
    container, _, name = image.blob.partition("/")
    with suppress(StorageError):
        url = s.blob_links.to_read(container, name, image.url_expires_at)
        return image.model_copy(update={"blob_url": url})
    return image
