"""
The facts a journal is made of: what was accepted, chosen, or happened outside.

A *choice* is dropped when its append loses the race: the next look decides anew. An *outcome*
reports what already happened outside, so it is appended again on top of whatever is there.
Facts hold no prompt, no address, no URL of a caller: those live in the erasable content blob.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shared.domain.alt_texts import ALT_TEXT_FACTS
from shared.domain.approval_facts import APPROVAL_FACTS
from shared.domain.erasure_facts import ERASURE_FACTS
from shared.domain.fact_data import FactData as FactData
from shared.domain.inputs import InputImage, InputRef
from shared.domain.policy_mark import PolicyMark
from shared.domain.reuse_facts import REUSE_FACTS
from shared.domain.screening import Screened, ScreeningRules, Unscreened
from shared.domain.values import (
    BatchRef,
    Cost,
    Image,
    Instant,
    Lane,
    Options,
    Reuse,
    Stage,
    TemplateVersion,
    Usage,
    Value,
)


class Accepted(FactData):
    """
    The rules that hold for this request are those in force when it was accepted.

    `request_id` ties the chain to the request: a journal cannot be shown as another's.
    `screening` None: what is to be drawn is not screened. `draft_alt_texts`: a model is asked to
    describe the images, since nobody else has yet.
    """

    TYPE = "request.accepted"
    request_id: str
    caller: str
    options: Options
    prompt_sha256: str
    template: TemplateVersion | None = None
    inputs: tuple[InputRef, ...] = ()
    stages: tuple[Stage, ...]
    callback_events: tuple[str, ...] = ()
    on_unknown: Literal["hold", "retry_once"] = "hold"
    attention_deadline_s: int
    lane: Lane = "interactive"
    include_prompt: bool = False
    require_provenance: bool = False
    reuse: Reuse = "never"
    screening: ScreeningRules | None = None
    draft_alt_texts: bool = False
    rerun_of: str | None = None
    policy: PolicyMark | None = None
    batch: BatchRef | None = None
    workflow_run_id: str | None = None
    client_tracking_id: str | None = None
    traceparent: str | None = None


class InputsFetched(FactData):
    """Every input that was given by its address is stored; these are the bytes that count."""

    TYPE = "inputs.fetched"
    images: tuple[InputImage, ...]


class Queued(FactData):
    """It waits for its turn, or for a deployment to open again."""

    TYPE = "generation.queued"


class Intended(FactData):
    """One call may now be made, by the worker whose `by` stands on this line, and by no other."""

    TYPE = "generation.intended"
    attempt: int
    round: int
    deployment: str
    lease_until: Instant


class Outcome(FactData):
    OUTCOME = True
    attempt: int


class Completed(Outcome):
    """`salvaged`: taken from images without a manifest, so usage is an estimate."""

    TYPE = "generation.completed"
    images: tuple[Image, ...]
    usage: Usage | None = None
    cost: Cost
    manifest_sha256: str
    upstream_request_id: str | None = None
    salvaged: bool = False


class Refused(Outcome):
    TYPE = "generation.refused"
    code: str
    categories: tuple[str, ...] = ()
    maybe_billed: Cost | None = None
    upstream_request_id: str | None = None


class NotSent(Outcome):
    """
    Nothing was bought; the next intent is not made before `not_before`.

    `elsewhere`: another deployment is asked next, so this was no reason to lose patience.
    """

    TYPE = "generation.not_sent"
    code: str
    not_before: Instant
    elsewhere: bool = False


class Unknown(Outcome):
    """
    Nobody can say whether it was billed.

    `inferred`: another worker only saw the lease run out; then it is the weakest of outcomes.
    `stored`: how many images lie in the attempt's folder without a manifest.
    """

    TYPE = "generation.unknown"
    code: str
    inferred: bool = False
    stored: int = 0
    maybe_billed: Cost


class Adopted(FactData):
    """An attempt that completed late is taken, instead of paying again."""

    TYPE = "generation.adopted"
    attempt: int


class Approved(FactData):
    TYPE = "request.approved"
    blobs: Mapping[int, str]


class Rejected(FactData):
    TYPE = "request.rejected"


class Expired(FactData):
    TYPE = "request.expired"


class Failed(FactData):
    TYPE = "request.failed"
    code: str


class CancelRequested(FactData):
    TYPE = "request.cancelRequested"


class Cancelled(FactData):
    TYPE = "request.cancelled"


class AttentionRaised(FactData):
    TYPE = "attention.raised"
    code: str
    deadline: Instant


class AttentionResolved(FactData):
    """`attention` is the seq of the fact it answers, so that a repeat permits nothing new."""

    TYPE = "attention.resolved"
    attention: int
    action: Literal["retry", "useStored", "abandon"]
    to: Literal["generation", "review", "release", "stored", "abandon"]


class CallbackDetached(FactData):
    """Whoever waited at the callback no longer does; nothing more is sent there."""

    TYPE = "callback.detached"


class Retired(FactData):
    """The blobs of one retention phase are gone."""

    TYPE = "request.retired"
    phase: str


FACTS: Mapping[str, type[FactData]] = {
    cls.TYPE: cls
    for cls in (
        *(Accepted, InputsFetched, Queued, Intended, Completed, Refused, NotSent, Unknown),
        *(Screened, Unscreened),
        *(Adopted, *APPROVAL_FACTS, *ERASURE_FACTS, *REUSE_FACTS, *ALT_TEXT_FACTS),
        *(Approved, Rejected, Expired, Failed),
        *(
            CancelRequested,
            Cancelled,
            AttentionRaised,
            AttentionResolved,
            CallbackDetached,
            Retired,
        ),
    )
}


class Draft(Value):
    """A fact not yet placed in a journal."""

    actor: str
    data: FactData


class Fact(BaseModel):
    """One line of a journal, as read."""

    model_config = ConfigDict(frozen=True, defer_build=True)
    seq: int
    at: datetime
    type: str
    actor: str
    data: FactData
    by: str
    prev: str
