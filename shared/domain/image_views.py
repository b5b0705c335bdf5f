"""Images as callers see them, in the resource and in the evidence."""

from typing import Literal

from pydantic import Field

from shared.domain.values import Instant, Provenance, Value

AI_LABEL = "AI-generated image"
ImageState = Literal["review", "approved", "rejected", "superseded"]


class ImageView(Value):
    """
    `url` opens without a key until `urlExpiresAt`; null once the bytes are deleted.

    `blobUrl` leads past the app to the blob in storage, until `urlExpiresAt` as well: it cannot be
    called back. It is there for released images, in answers to a caller who may read the request,
    and nowhere else.
    """

    index: int
    round: int
    state: ImageState
    sha256: str
    width: int
    height: int
    bytes: int
    content_type: str
    url: str | None
    url_expires_at: Instant | None
    blob: str | None = Field(description="Container and name of the released image.")
    blob_url: str | None = Field(
        default=None, repr=False, description="Read-only, for one service that must fetch it."
    )
    alt_text: str | None
    alt_text_by: Literal["caller", "reviewer", "model"] | None = Field(
        default=None, description="Whose words; a model's are a draft that nobody has changed."
    )
    label: str = AI_LABEL
    provenance: Provenance | None = Field(
        default=None, description="Null where nobody looked, as in older versions."
    )


class ProvenanceLine(Value):
    """
    What the journal says of one stored image's C2PA manifest, in the words of `Provenance`.

    `released` is where the very same bytes lie since the release, which holds them to `sha256`.
    `attempt` null: they were made for another request, see `reusedFrom`.
    """

    attempt: int | None
    round: int
    index: int
    sha256: str
    c2pa: str | None
    generator: str | None
    released: str | None
