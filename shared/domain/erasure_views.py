"""An erasure as whoever asked for it sees it; a part of the public contract."""

from typing import Literal

from pydantic import Field

from shared.domain.values import Instant, Value


class Receipt(Value):
    """
    `requests` were erased with all their images, released ones too. In `redacted` more, the
    person was only asked: their name, address and words are gone, other people's images are not.

    `signature` is `v1.<kid>.<HMAC>` over the canonical JSON of the erasure's id and of all other
    fields here; `GET /erasures/{id}?signature=…` checks it, with the keys that the app has.
    """

    requests: int
    redacted: int
    blobs: int
    at: Instant
    recoverable_until: None = Field(
        default=None, description="Nothing is kept back: no soft delete, no versions."
    )
    signature: str


class ErasureView(Value):
    """`receipt` is null while it runs; `signatureValid` while no signature was given to check."""

    id: str
    state: Literal["running", "done"]
    receipt: Receipt | None
    signature_valid: bool | None = None


class ErasureMark(Value):
    """That the request was erased: `id` is for `GET /erasures/{id}`."""

    id: str
    state: Literal["running", "done"]
    requested_at: Instant
    done_at: Instant | None
