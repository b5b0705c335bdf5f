"""The submit body, as both doors take it, and every fault it can have by itself."""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, TypeVar

from pydantic import (
    AfterValidator,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    StringConstraints,
    ValidationError,
)
from pydantic.config import JsonDict

from shared.domain.body_faults import broken_fields, escaped, faults_of, plain
from shared.domain.families import MAX_INPUTS, MAX_N, MAX_PARTIALS
from shared.domain.input_body import InputBody
from shared.domain.names import RESERVED_FIELDS
from shared.domain.stage_body import ApprovalBody, Long, Short
from shared.domain.transitions import EVENTS, FINAL_EVENTS
from shared.domain.values import WHOLE, Lane, Reuse, Value
from shared.errors import Fault

# A callback URL of Power Automate may be 8,192 characters long.
MAX_URL_CHARS = 8192
# Every event carries it, and an event is at most 64 KB.
MAX_METADATA_ENTRIES, MAX_METADATA_CHARS = 50, 200
MAX_KEY_CHARS = 200
# Far more than there are, so that who lists each of them may say "final" and "*", too.
MAX_EVENTS = 100
# As many as a template may have.
MAX_VARIABLES = 50
# Far above any model's limit; which of them holds is the model's own answer.
MAX_PROMPT_CHARS = 1_000_000

Body = TypeVar("Body", bound=Value)
Key = Annotated[StrictStr, StringConstraints(min_length=1, max_length=MAX_KEY_CHARS)]
Scalar = StrictStr | StrictInt | float | bool | None


def _written(text: str) -> str:
    if not text.strip():
        raise ValueError("There is nothing in it")
    if _CONTROL.search(text):
        raise ValueError("It holds control characters")
    return text


# All but tab and line ends; nobody can read them, and some services stop at them.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
Prompt = Annotated[
    StrictStr,
    StringConstraints(min_length=1, max_length=MAX_PROMPT_CHARS),
    AfterValidator(_written),
]


class TemplateRef(Value):
    """Without `version` the newest; `variables` are what stands in the places of its prompt."""

    name: Short
    version: Annotated[StrictInt, WHOLE] | None = None
    variables: Mapping[str, Scalar] = Field(default={}, max_length=MAX_VARIABLES, repr=False)


def _without_default(schema: JsonDict) -> None:
    """An empty list is refused, so it is none that a tool could send."""
    del schema["default"]


class SubmitBody(Value):
    """One request for images."""

    prompt: Prompt | None = Field(
        default=None, repr=False, description="Exactly one of `prompt` and `template`."
    )
    template: TemplateRef | None = None
    n: Annotated[StrictInt, Field(ge=1, le=MAX_N), WHOLE] = 1
    size: Short = "1024x1024"
    quality: Short = "medium"
    background: Short | None = None
    output_format: Short = "png"
    output_compression: Annotated[StrictInt, Field(ge=0, le=100), WHOLE] | None = None
    moderation: Short | None = None
    partial_images: Annotated[StrictInt, Field(ge=0, le=MAX_PARTIALS), WHOLE] | None = None
    style: Short | None = None
    model: Short | None = None
    input_images: tuple[InputBody, ...] = Field(
        default=(),
        min_length=1,
        max_length=MAX_INPUTS,
        description="With them the request is an edit; leave it out for none.",
        json_schema_extra=_without_default,
    )
    mask: InputBody | None = Field(
        default=None, description="A PNG of the first image's size; transparent where to edit."
    )
    input_fidelity: Short | None = None
    lane: Lane = Field(
        default="interactive", description="`bulk` never keeps a person's request waiting."
    )
    approval: ApprovalBody | Literal["none", "default"] = "default"
    callback_url: Annotated[StrictStr, StringConstraints(max_length=MAX_URL_CHARS)] | None = Field(
        default=None, repr=False
    )
    callback_events: tuple[Literal["final", "*"] | Short, ...] = Field(
        default=("final",), max_length=MAX_EVENTS
    )
    callback_secret: Short | None = Field(default=None, repr=False)
    alt_text: Long | None = None
    purpose: Long | None = None
    include_prompt: StrictBool = Field(
        default=False, description="Reviewers may see the prompt: on the page, and in events."
    )
    require_provenance: StrictBool = Field(
        default=False, description="Fail, before anybody is asked, if an image comes without C2PA."
    )
    reuse: Reuse = Field(
        default="never",
        description="`allow`: an image of yours that people approved for exactly this may be the "
        "answer; then nothing is bought, and nobody is asked again.",
    )
    cost_center: Short | None = None
    requested_by: Short | None = None
    metadata: Mapping[
        Annotated[str, StringConstraints(max_length=100)],
        Annotated[StrictStr, StringConstraints(max_length=MAX_METADATA_CHARS)]
        | StrictInt
        | float
        | bool
        | None,
    ] = Field(default={}, max_length=MAX_METADATA_ENTRIES)


class QueueBody(SubmitBody):
    """What a queue message may say beside: headers have no place there."""

    idempotency_key: Key | None = None
    caller: Short | None = None


def parse(body: object, model: type[Body]) -> tuple[Body, list[Fault]]:
    """
    The body, and what is wrong with its shape.

    Fields with faults are left out of what is returned, so that the others can still be
    checked and every fault is named in one answer.
    """
    if not isinstance(body, dict):
        return model(), [Fault("#", "The body must be a JSON object.")]
    reserved = [name for name in body if name.lower() in RESERVED_FIELDS]
    faults = [Fault(f"#/{escaped(name)}", "This name is reserved.") for name in reserved]
    broken = [name for name in body if plain(name) != name]
    faults += [Fault(f"#/{escaped(name)}", "This name is no text.") for name in broken]
    left_out = {*reserved, *broken}
    kept = {name: value for name, value in body.items() if name not in left_out}
    while True:
        try:
            return model.model_validate(kept, by_alias=True, by_name=False), faults
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False, include_context=False)
            faults += faults_of(found, kept)
            wrong = broken_fields(found)
            kept = {name: value for name, value in kept.items() if name not in wrong}


def one_each(faults: Iterable[Fault]) -> list[Fault]:
    """The first fault of each place: a value of the wrong kind breaks every rule at once."""
    places: dict[str, Fault] = {}
    for fault in faults:
        places.setdefault(fault.pointer, fault)
    return list(places.values())


def events_asked(names: tuple[str, ...]) -> tuple[tuple[str, ...], list[Fault]]:
    """The event types behind `callbackEvents`."""
    known = {"final": FINAL_EVENTS, "*": EVENTS, **{event: (event,) for event in EVENTS}}
    faults = [
        Fault(f"#/callbackEvents/{k}", f"Unknown event; known: final, *, {', '.join(EVENTS)}.")
        for k, name in enumerate(names)
        if name not in known
    ]
    chosen = {event for name in names for event in known.get(name, ())}
    return tuple(event for event in EVENTS if event in chosen), faults
