"""The values that facts are made of: frozen, validated, camelCase on the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StrictInt,
    TypeAdapter,
)

Instant = Annotated[
    datetime,
    PlainSerializer(lambda at: at.isoformat(timespec="milliseconds").replace("+00:00", "Z")),
]
INSTANT = TypeAdapter(Instant)


def _as_int(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


# JSON has one kind of number: flows write 2.0 where they mean 2. Text and booleans are none.
# Last of what annotates a StrictInt, or the schema loses its bounds.
WHOLE = BeforeValidator(_as_int)
# `bulk` work takes turns only a short time ahead, so that people never wait long behind it.
Lane = Literal["interactive", "bulk"]
# Whether images that were approved before may be the answer.
Reuse = Literal["allow", "never"]


class Value(BaseModel):
    """A frozen value that is written in camelCase and refuses what it does not know."""

    model_config = ConfigDict(
        frozen=True,
        # Built when first used: an import, and so every cold start, pays for none of them.
        defer_build=True,
        extra="forbid",
        validate_by_name=True,
        validate_by_alias=True,
        alias_generator=lambda name: "".join(
            word if k == 0 else word.capitalize() for k, word in enumerate(name.split("_"))
        ),
    )

    def wire(self) -> dict[str, Any]:
        return self.model_dump(mode="json", by_alias=True)


class TemplateVersion(Value):
    """A template as a request used it; `sha256` is that of the version's blob."""

    name: str
    version: int
    sha256: str


class AtLeast(Value):
    at_least: Annotated[StrictInt, Field(ge=1), WHOLE]


Phase = Literal["before", "after"]
# `any`: the first answer decides; `all`: everybody has to approve.
Rule = Literal["any", "all"] | AtLeast


class Stage(Value):
    """
    One question to people; `reviewers` are pseudonyms, empty means anybody who may decide.

    `veto`: one answer that does not approve ends it, whatever the rule. `release_delay_s`: what
    was decided takes effect so much later, and may be taken back until then. `checklist`: what
    has to be ticked by whoever approves; in a record, marks of the texts. `scope` `batch`: the
    batch is asked about all its rows at once, and the request takes over what was said of it.
    """

    name: str
    phase: Phase = "after"
    scope: Literal["each", "batch"] = "each"
    reviewers: tuple[str, ...] = ()
    rule: Rule = "any"
    veto: bool = False
    deadline_s: int
    remind_every_s: int | None = None
    on_deadline: Literal["expire", "escalate"] = "expire"
    escalate_to: tuple[str, ...] = ()
    release_delay_s: int = 0
    delegate: bool = False
    checklist: tuple[str, ...] = ()


class Provenance(Value):
    """
    Of an image's C2PA manifest, as it was when the image came; a released image is the same bytes.

    `valid`: hashes and signature of the manifest hold for these bytes. Who signed, and whether
    that is to be trusted, is not judged. `present`: there is a manifest, and nobody here checked
    it. `invalid`: there is one, and it does not hold. `absent`: there is none. `generator` is what
    a valid manifest calls its maker.
    """

    c2pa: Literal["valid", "present", "absent", "invalid"]
    generator: str | None = None

    @property
    def there(self) -> bool:
        """A manifest, and nothing known against it."""
        return self.c2pa in ("valid", "present")


class Image(Value):
    """
    One stored image; `blob` is its name in the `review` container.

    `provenance` is None where nobody looked for it, as before there was a field for it.
    """

    index: int
    blob: str
    sha256: str
    bytes: int
    width: int
    height: int
    content_type: str
    provenance: Provenance | None = None


class ImageVerdict(Value):
    index: int
    approved: bool
    sha256: str


class Cost(Value):
    """`amount` in `currency`; `estimated` when upstream did not say what it counted."""

    amount: float
    currency: str = "USD"
    price_book: str
    estimated: bool = False


class BatchRef(Value):
    """Which row of which batch a request is, of how many; the first row is 0."""

    id: str
    row: int
    rows: int


class BatchVerdict(Value):
    """Where a request's verdict comes from: this line of its batch's stream, bound to this root."""

    seq: int
    root: str


class BatchCost(Value):
    """What the members have cost, as far as they are over."""

    amount: float
    currency: str
    maybe_billed_amount: float


class Usage(Value):
    """
    What upstream counted; zero where it did not say.

    An orchestrator's tokens are a chat model's, billed beside the image's own.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    input_text_tokens: int = 0
    input_image_tokens: int = 0
    output_image_tokens: int = 0
    output_text_tokens: int = 0
    orchestrator_input_tokens: int = 0
    orchestrator_output_tokens: int = 0


class Options(Value):
    """
    What the model was asked for, after defaults; None was not asked.

    `input_images` is how many there are, the mask not counted; with any it is an edit.
    """

    model: str
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
    input_images: int = 0
    mask: bool = False

    @property
    def edits(self) -> bool:
        return self.input_images > 0
