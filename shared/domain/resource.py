"""The request as callers see it: the shapes of the public contract."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from shared.domain.approval_views import ApprovalView
from shared.domain.erasure_views import ErasureMark
from shared.domain.image_views import ImageView
from shared.domain.reuse_views import ReusedFrom
from shared.domain.values import BatchRef, Instant, Value

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


class UsageView(Value):
    input_tokens: int
    output_tokens: int
    orchestrator_input_tokens: int
    orchestrator_output_tokens: int
    alt_text_input_tokens: int = Field(default=0, description="Of drafts of alt texts.")
    alt_text_output_tokens: int = 0


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
    reused_from: ReusedFrom | None = None
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
