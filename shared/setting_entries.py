"""
The JSON settings: what their entries look like, and what the app makes of them.

Every `parse_…` raises `ValueError` with one argument for each fault; none repeats a value,
since keys stand among them.
"""

import base64
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic.alias_generators import to_camel

from shared.domain.deployments import Deployment
from shared.security.callers import Caller, CallerBook, Role
from shared.security.keys import KID, KeyRing, SigningKey
from shared.security.outbound import OutboundRules
from shared.setting_values import base_url

# Names become parts of blob names, and of event ids, which must not contain a dot.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
NAME_RULE = "1 to 64 letters, digits, `-` or `_`, the first no `-` or `_`"
Digest = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$"), AfterValidator(str.lower)]

AZURE_SCOPE = "https://cognitiveservices.azure.com/.default"
BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")

Value = TypeVar("Value")


class Entry(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        defer_build=True,
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        allow_inf_nan=False,
    )


def _one_or_more(value: object) -> object:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def _approval(value: object) -> object:
    if value == "none" or isinstance(value, dict):
        return value
    raise ValueError('expected an object or "none"')


# Any JSON for pydantic, so that there is one message for what is neither.
Approval = Annotated[Any, AfterValidator(_approval)]


def _versioned(version: str | None, others: ValidationInfo) -> str | None:
    if others.data.get("api") == "deployment" and not version:
        raise ValueError('apiVersion is missing; api "deployment" needs one')
    return version


# Of an entry whose `api` stands before it.
ApiVersion = Annotated[str | None, AfterValidator(_versioned)]


def _key(text: str) -> str:
    if not BASE64.fullmatch(text):
        raise ValueError("expected base64")
    SigningKey("any", base64.b64decode(text))
    return text


class DeploymentEntry(Entry):
    name: Name = Field(
        description="our name of it: in events, metrics and `options.deployment`; " + NAME_RULE
    )
    endpoint: Annotated[str, AfterValidator(base_url)] = Field(
        description="https address of the resource; http to 127.0.0.1 or [::1] for development"
    )
    deployment: str = Field(description="name of the deployment in Azure", min_length=1)
    model: str = Field(description="what is deployed there, e.g. `gpt-image-2`", min_length=1)
    api: Literal["v1", "deployment", "responses"] = Field(
        default="v1",
        description="`v1`, `deployment` (the older path, needs `apiVersion`) or `responses` "
        "(a chat model is asked to draw one image; needs `orchestrator` and `orchestratorModel`)",
    )
    api_version: ApiVersion = Field(
        default=None, validate_default=True, description="query parameter `api-version`"
    )
    requests_per_minute: float = Field(
        gt=0, description="the quota: calls from all workers go evenly spaced below it"
    )
    count_images: bool = Field(default=False, description="the quota counts images, not calls")
    priority: int = Field(
        default=0,
        description="of deployments that can begin at once, the smallest is asked",
    )
    api_key: str | None = Field(
        default=None, repr=False, min_length=1, description="else the managed identity is used"
    )
    scope: str = Field(default=AZURE_SCOPE, description="token scope of the managed identity")
    orchestrator: str | None = Field(
        default=None,
        validate_default=True,
        min_length=1,
        description="api `responses` only: name of the chat model's deployment in Azure",
    )
    orchestrator_model: str | None = Field(
        default=None,
        validate_default=True,
        description="api `responses` only: what is deployed there, as in the price book",
    )

    @field_validator("orchestrator", "orchestrator_model")
    @classmethod
    def _only_for_responses(cls, value: str | None, others: ValidationInfo) -> str | None:
        api = others.data.get("api")
        if api == "responses" and value is None:
            raise ValueError(
                f'{to_camel(others.field_name or "")} is missing; api "{api}" needs it'
            )
        if api not in (None, "responses") and value is not None:
            raise ValueError('only for api "responses"; leave it out')
        return value


class CallerEntry(Entry):
    name: Name = Field(
        description=f"stands in requests, budgets and reports; {NAME_RULE}; `default` is whoever "
        "has a key of the host that no entry claims, or sends a message without `caller`"
    )
    key_sha256: Annotated[tuple[Digest, ...], BeforeValidator(_one_or_more, str | list[str])] = (
        Field(default=(), description="hex SHA-256 of a function key, or a list of them")
    )
    principals: tuple[str, ...] = Field(default=(), description="object ids of Entra principals")
    roles: tuple[Role, ...] = Field(
        default=(Role.SUBMIT, Role.READ), description=", ".join(f"`{role}`" for role in Role)
    )
    monthly_budget_usd: Decimal | None = Field(
        default=None, ge=0, description="of requests accepted in a month (UTC); none: no limit"
    )
    over_budget: Literal["refuse", "ask"] = Field(
        default="refuse",
        description="a request without room in the budget: `refuse` it with 402, or take it and "
        "`ask` people (a stage named `spend`) before it is generated",
    )
    max_open_requests: int | None = Field(
        default=None, ge=1, description="unfinished ones at a time; none: no limit"
    )
    models: tuple[str, ...] | None = Field(default=None, description="none: every model")
    approval: Approval | None = Field(
        default=None, description="in place of `DARKROOM_DEFAULT_APPROVAL`"
    )
    templates_only: bool = Field(default=False, description="no free prompts")


class KeyEntry(Entry):
    kid: str = Field(
        pattern=f"^{KID.pattern}$", description="its public name: 1 to 16 letters, digits, _ or -"
    )
    key: Annotated[str, AfterValidator(_key)] = Field(
        repr=False, description="base64 of at least 32 random bytes"
    )


def parse_deployments(text: str) -> tuple[Deployment, ...]:
    entries = parsed(TypeAdapter(tuple[DeploymentEntry, ...]), text)
    if not entries:
        raise ValueError("expected at least one deployment")
    _unique("names", [entry.name for entry in entries])
    return tuple(Deployment(**entry.model_dump()) for entry in entries)


def parse_callers(text: str) -> CallerBook:
    entries = parsed(TypeAdapter(tuple[CallerEntry, ...]), text)
    callers = [entry.model_dump() | {"roles": frozenset(entry.roles)} for entry in entries]
    return CallerBook(tuple(Caller(**caller) for caller in callers))


def parse_signing_keys(text: str) -> KeyRing:
    entries = parsed(TypeAdapter(tuple[KeyEntry, ...]), text)
    return KeyRing(tuple(SigningKey(entry.kid, base64.b64decode(entry.key)) for entry in entries))


def parse_hosts(text: str) -> tuple[str, ...]:
    return OutboundRules(parsed(TypeAdapter(tuple[str, ...]), text)).hosts


def parse_approval(text: str) -> Mapping[str, object] | Literal["none"]:
    """Only that it is an object or `none`; its rules are checked where approvals are."""
    approval: Mapping[str, object] | Literal["none"] = parsed(
        TypeAdapter(Approval), '"none"' if text == "none" else text
    )
    return approval


def parsed(adapter: TypeAdapter[Value], text: str) -> Value:
    try:
        return adapter.validate_json(text, strict=True)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        reasons = (fault["msg"].removeprefix("Value error, ") for fault in faults)
        places = (_place(fault["loc"]) for fault in faults)
        raise ValueError(*map("".join, zip(places, reasons, strict=True))) from None


def _place(loc: Iterable[int | str]) -> str:
    pointer = "".join(f"/{part}" for part in loc)
    return f"{pointer}: " if pointer else ""


def _unique(what: str, values: list[str]) -> None:
    if len(set(values)) < len(values):
        raise ValueError(f"{what} must be unique")
