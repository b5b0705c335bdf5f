"""The request as callers see it: the shapes of the public contract."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from shared.domain.approval_views import ApprovalView
from shared.domain.erasure_views import ErasureMark
from shared.domain.values import BatchRef, Instant, Provenance, Value

Status = Literal[
    "accepted",
    "queued",
    "generating",
    "awaitingApproval",
    "releasing",
    "approved",
    "rejected",
    "expired",
    "failed",
    "cancelled",
    "needsAttention",
]
AI_LABEL = "AI-generated image"


class OptionsView(Value):
    model: str
    deployment: str | None
    n: int
    size: str
    quality: str
    output_format: str
    background: str | None = None
    output_compression: int | None = None
    moderation: str | None = None
    partial_images: int | None = None
    style: str | None = None
    input_fidelity: str | None = None
    input_images: int = Field(default=0, description="How many; see `inputs`.")
    mask: bool = False


class InputView(Value):
    """One image that is edited, or the mask, which comes last; null before it is fetched."""

    index: int
    role: Literal["image", "mask"]
    source: Literal["base64", "url", "blob"]
    sha256: str | None
    width: int | None
    height: int | None
    bytes: int | None
    content_type: str | None


class TemplateView(Value):
    """What the prompt was made with."""

    name: str
    version: int


class RoundView(Value):
    """`parent` is the image of the round before that was to change; `edit`: the model saw it."""

    round: int
    parent: int | None = None
    feedback: bool = False
    edit: bool = False


class ProgressView(Value):
    """
    `percent` follows the stations of the chain, not upstream's work. `previewUrl` is there while
    a call is under way that may send partial images; until the first it answers 404.
    `queuePosition` (1 goes next) and `expectedStartAt` are there while it waits for a turn that
    it has: a 429 or a late call before it may push the turn on.
    """

    percent: int
    note: str
    queue_position: int | None = None
    expected_start_at: Instant | None = None
    preview_url: str | None = None


class ImageView(Value):
    """
    `url` opens without a key until `urlExpiresAt`; null once the bytes are deleted.

    `blobUrl` leads past the app to the blob in storage, until `urlExpiresAt` as well: it cannot be
    called back. It is there for released images, in answers to a caller who may read the request,
    and nowhere else.
    """

    index: int
    round: int
    state: Literal["review", "approved", "rejected", "superseded"]
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
    label: str = AI_LABEL
    provenance: Provenance | None = Field(
        default=None, description="Null where nobody looked, as in older versions."
    )


class ProvenanceLine(Value):
    """
    What the journal says of one stored image's C2PA manifest, in the words of `Provenance`.

    `released` is where the very same bytes lie since the release, which holds them to `sha256`.
    """

    attempt: int
    round: int
    index: int
    sha256: str
    c2pa: str | None
    generator: str | None
    released: str | None


class UsageView(Value):
    input_tokens: int
    output_tokens: int
    orchestrator_input_tokens: int
    orchestrator_output_tokens: int


class CostView(Value):
    """`maybeBilledAmount` is what calls of unknown outcome may have cost."""

    amount: float
    currency: str
    maybe_billed_amount: float
    price_book: str | None
    estimated: bool


class ErrorView(Value):
    code: str
    detail: str
    categories: tuple[str, ...] = ()


class AttentionView(Value):
    """`stored`: how many images `useStored` would take, as far as was known when it was raised."""

    seq: int
    code: str
    since: Instant
    deadline: Instant
    stored: int


class Warning_(Value):
    code: str
    detail: str


class LinksView(Value):
    self: str
    result: str
    cancel: str
    evidence: str
    review: str = Field(
        description="The review page for whoever has a key with the role `decide`; no token is in "
        "it, and whether there is something to decide is told there."
    )


class Resource(Value):
    """One request, whatever its state."""

    id: str
    status: Status
    created_at: Instant
    updated_at: Instant
    caller: str
    requested_by: str | None
    rerun_of: str | None
    batch: BatchRef | None = None
    cancel_requested: bool
    options: OptionsView
    inputs: tuple[InputView, ...] = ()
    template: TemplateView | None = None
    prompt_sha256: str
    purpose: str | None
    alt_text: str | None
    cost_center: str | None
    metadata: Mapping[str, str | int | float | bool | None] | None
    idempotency_key: str | None
    round: int
    rounds: tuple[RoundView, ...]
    progress: ProgressView
    images: tuple[ImageView, ...]
    approval: ApprovalView | None
    usage: UsageView | None
    cost: CostView
    error: ErrorView | None
    attention: AttentionView | None
    erasure: ErasureMark | None = Field(
        default=None, description="From here on the erased fields are null."
    )
    warnings: tuple[Warning_, ...] = ()
    links: LinksView


class Ticket(Value):
    """What a submit answers."""

    id: str
    status: Status
    status_url: str
    result_url: str
    cancel_url: str
    warnings: tuple[Warning_, ...] = ()


ERROR_DETAILS: Mapping[str, str] = {
    "content_filtered": "The model's safety system refused the request or its images.",
    "model_unavailable": "The model could not be reached; nothing was bought.",
    "model_rejected_request": "The model refused the request, or answered it without an image.",
    "outcome_unknown": "The call to the model ended without an answer; it may have been billed.",
    "budget_exhausted": "The caller's budget for the month has no room for this call.",
    "policy_rejected": "Screening flagged what was to be drawn; nobody has seen it.",
    "screening_unavailable": "What was to be drawn could not be screened; nobody has seen it.",
    "resource_blocked": "Azure OpenAI blocked a resource after this caller's prompts were refused.",
    "digest_mismatch": "Stored bytes are not those of the record; nothing was sent or released.",
    "provenance_missing": "An image came without C2PA, or with one that does not hold.",
    "input_unavailable": "An input's address did not give it: 200 is needed, without a redirect.",
    "input_invalid": "An input is no PNG or JPEG, is too large, or the mask does not fit.",
    "nobody_asked": "Whoever was to decide could not be reached.",
    "internal": "The request failed repeatedly for a reason inside the app or its storage.",
}
