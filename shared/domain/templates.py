"""
Prompt templates: what one is made of, what can be wrong with it, and how its prompt is filled in.

A prompt names its variables in braces; two braces stand for one that is meant. It is filled in by
one pass over the template's own text, so that whatever a value holds, braces too, is only text.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool, StrictInt, StringConstraints, ValidationError

from shared.domain import body_faults
from shared.domain.body_faults import escaped
from shared.domain.families import MAX_N, MAX_PARTIALS
from shared.domain.stage_body import ApprovalBody, Short
from shared.domain.submission import MAX_VARIABLES, Prompt, Scalar, one_each
from shared.domain.template_variables import (
    NAME,
    Variable,
    faults_of,
    left_out,
    written,
)
from shared.domain.values import WHOLE, Instant, Reuse, Value
from shared.errors import Fault

# Part of a blob's name, of reports and of log lines.
TEMPLATE_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
MAX_TAGS = 20

_BRACES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
# Stands for what is wrong, so that the rest can still be checked.
_FILLERS: dict[str, object] = {"title": "-", "prompt": "-"}

Values = Mapping[str, Scalar]


class TemplateOptions(Value):
    """What holds for every request made with it; what is left out is the request's to say."""

    model: Short | None = None
    n: Annotated[StrictInt, Field(ge=1, le=MAX_N), WHOLE] | None = None
    size: Short | None = None
    quality: Short | None = None
    background: Short | None = None
    output_format: Short | None = None
    output_compression: Annotated[StrictInt, Field(ge=0, le=100), WHOLE] | None = None
    moderation: Short | None = None
    partial_images: Annotated[StrictInt, Field(ge=0, le=MAX_PARTIALS), WHOLE] | None = None
    style: Short | None = None
    input_fidelity: Short | None = None
    reuse: Reuse | None = None

    @property
    def given(self) -> dict[str, Any]:
        return {name: value for name, value in self if value is not None}


class TemplateText(Value):
    """
    Everything of a template that somebody writes. `prompt` has the variables' names in braces, and
    two braces for one. `example` is values to try it with: they have to fill it in.
    """

    title: Short
    prompt: Prompt = Field(repr=False)
    variables: Mapping[Annotated[str, StringConstraints(pattern=f"^{NAME}$")], Variable] = Field(
        default={}, max_length=MAX_VARIABLES
    )
    options: TemplateOptions = TemplateOptions()
    approval: ApprovalBody | Literal["default"] = Field(
        default="default",
        description="Of every request made with it; `default`: as without a template.",
    )
    owner: Short | None = Field(default=None, description="Whom to ask about it.")
    tags: tuple[Short, ...] = Field(default=(), max_length=MAX_TAGS)
    example: Values = Field(default={}, max_length=MAX_VARIABLES)
    retired: StrictBool = Field(
        default=False,
        description="In the newest version: no version takes new requests any more.",
    )


class TemplateBody(TemplateText):
    """What makes a new version; what a GET has answered may be sent back, changed."""

    name: Short | None = Field(default=None, description="If given, that of the address.")
    version: Annotated[StrictInt, WHOLE] | None = Field(
        default=None, description="The version that was changed; refused when there is a newer one."
    )

    @property
    def text(self) -> TemplateText:
        """As it is stored: whether a variable is required is said for each."""
        known = {
            name: one.model_copy(update={"required": one.needed})
            for name, one in self.variables.items()
        }
        kept = {name: getattr(self, name) for name in TemplateText.model_fields}
        return TemplateText.model_construct(**kept | {"variables": known})


class Template(TemplateText):
    """One version; it never changes."""

    v: Literal[1] = 1
    name: str
    version: int
    created_at: Instant
    created_by: str = Field(description="Name of the caller.")

    def says(self, text: TemplateText) -> bool:
        """Whether a version with this text would be the same again."""
        return all(getattr(self, name) == value for name, value in text)


def parse(raw: object) -> tuple[TemplateBody | None, list[Fault]]:
    """The body, with what is wrong with it: its shape, and what does not go together."""
    if not isinstance(raw, dict):
        return None, [Fault("#", "The body must be a JSON object.")]
    kept, faults = dict(raw), list[Fault]()
    while True:
        try:
            body = TemplateBody.model_validate(_FILLERS | kept, by_alias=True, by_name=False)
            break
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False, include_context=False)
            faults += body_faults.faults_of(found, kept)
            wrong = body_faults.broken_fields(found)
            kept = {name: value for name, value in kept.items() if name not in wrong}
    faults += [Fault(f"#/{name}", "Field required.") for name in _FILLERS if name not in raw]
    broken = {fault.pointer.split("/")[1] for fault in faults}
    faults += [one for one in _faults(body, broken) if one.pointer.split("/")[1] not in broken]
    return body, one_each(faults)


def _faults(body: TemplateBody, broken: set[str]) -> Iterator[Fault]:
    for name, variable in body.variables.items():
        yield from faults_of(variable, f"#/variables/{name}")
    if broken & {"prompt", "variables"}:
        return
    names, problems = _named(body.prompt)
    if problems:
        yield Fault("#/prompt", " ".join(problems))
    elif unknown := [name for name in names if name not in body.variables]:
        listed = ", ".join(escaped(name) for name in unknown)
        yield Fault("#/prompt", f"It names variables that are not there: {listed}.")
    for name in body.variables:
        if name not in names:
            yield Fault(f"#/variables/{name}", "The prompt does not use it.")
    if not problems:
        yield from filled(body, body.example, "#/example")[1]


def _named(prompt: str) -> tuple[list[str], list[str]]:
    """The variables that it names, in order, and what is wrong with its braces."""
    pieces = list(_BRACES.finditer(prompt))
    names = [piece[1] for piece in pieces if piece[1] is not None]
    problems = []
    if any(piece[0] in "{}" for piece in pieces):
        problems.append("A brace stands alone; write {{ or }} for one that is meant.")
    if any(not re.fullmatch(NAME, name) for name in names):
        problems.append("A name in braces is letters, digits and _, and begins with a letter.")
    return list(dict.fromkeys(names)), problems


def filled(template: TemplateText, values: Values, at: str) -> tuple[str, list[Fault]]:
    """The prompt with these values, and what is wrong with them; `at` is their place."""
    faults = [
        Fault(f"{at}/{escaped(name)}", "The template has no such variable.")
        for name in values
        if name not in template.variables
    ]
    texts: dict[str, str] = {}
    for name, variable in template.variables.items():
        given = values.get(name)
        value = variable.default if left_out(given) else given
        texts[name] = ""
        if left_out(value):
            faults += [Fault(f"{at}/{name}", "It is needed.")] if variable.needed else []
            continue
        try:
            texts[name] = written(variable, value)
        except ValueError as error:
            faults.append(Fault(f"{at}/{name}", str(error)))
    prompt = _BRACES.sub(lambda piece: _put(piece, texts), template.prompt)
    if not faults and not prompt.strip():
        faults.append(Fault(at, "With these the prompt is empty."))
    return prompt, faults


def _put(piece: re.Match[str], texts: Mapping[str, str]) -> str:
    return piece[0][0] if piece[1] is None else texts.get(piece[1], "")
