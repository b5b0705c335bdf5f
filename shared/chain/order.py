"""From a parsed body to an order: defaults filled in, every rule checked, nothing stored yet."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.chain.agreement import people_of, stages_of
from shared.chain.inputs import Given, inputs_of
from shared.chain.request_keys import Origin
from shared.chain.services import Services, Terms
from shared.chain.templating import Written, written_out
from shared.domain import names
from shared.domain.content import Content
from shared.domain.deployments import can_take
from shared.domain.families import faults_of
from shared.domain.policy_mark import PolicyMark
from shared.domain.screening import ScreeningRules
from shared.domain.submission import (
    SubmitBody,
    events_asked,
    one_each,
    parse,
)
from shared.domain.values import BatchRef, Lane, Options, Reuse, Stage
from shared.errors import AddressRefused, Fault, InvalidRequest
from shared.security.callers import Caller
from shared.security.signatures import check_secret

# Every event carries it, and an event is at most 64 KB.
MAX_METADATA_BYTES = 16 * 1024
# What does not make a body another body: it says who sends it, not what is wanted.
_NOT_CONTENT = ("idempotencyKey", "caller")


@dataclass(frozen=True, slots=True)
class Order:
    """Everything `accept` needs; the same from both doors."""

    caller: Caller
    origin: Origin
    options: Options
    stages: tuple[Stage, ...]
    callback_events: tuple[str, ...]
    body_sha256: str
    content: Content = field(repr=False)
    inputs: tuple[Given, ...] = ()
    lane: Lane = "interactive"
    include_prompt: bool = False
    require_provenance: bool = False
    reuse: Reuse = "never"
    rerun_of: str | None = None
    policy: PolicyMark | None = None
    screening: ScreeningRules | None = None
    batch: BatchRef | None = None


def order_of(
    raw: object, model: type[SubmitBody], caller: Caller, origin: Origin, s: Services
) -> Order:
    """
    Raises:
        InvalidRequest: with every fault of the body.
    """
    body, faults = parse(raw, model)
    if not isinstance(raw, Mapping):
        raise InvalidRequest(faults)
    broken = {fault.pointer.split("/")[1] for fault in faults if "/" in fault.pointer}
    said, digest = _prompt_faults(body, caller, broken), digest_of(raw)
    written, template_faults = written_out(body, caller, origin, digest, s)
    body = written.body
    options = _options(body, broken, s.terms)
    events, event_faults = events_asked(body.callback_events)
    stages, approval_faults = stages_of(body, options, caller, s.terms)
    inputs, input_faults = inputs_of(body, caller, s)
    found = [
        *(*said, *template_faults),
        *faults_of(options, body.prompt or "", s.clock.now().date()),
        *(*model_faults(options, caller, s.terms), *approval_faults),
        *(*input_faults, *event_faults, *_metadata_faults(body)),
        *callback_faults(body.callback_url, body.callback_secret, s.terms),
    ]
    faults += [written.placed(one) for one in found if one.pointer.split("/")[1] not in broken]
    if faults := one_each(faults):
        raise InvalidRequest(faults)
    return Order(
        caller=caller,
        origin=origin,
        options=options,
        stages=tuple(stage for stage, _ in stages),
        callback_events=events if body.callback_url else (),
        body_sha256=digest,
        content=_content(written, people_of(stages), inputs, origin, s),
        inputs=inputs,
        **_as_asked(body),
    )


def _as_asked(body: SubmitBody) -> dict[str, Any]:
    """What the first fact repeats of the body, word for word."""
    names = ("lane", "include_prompt", "require_provenance", "reuse")
    return {name: getattr(body, name) for name in names}


def _options(body: SubmitBody, broken: set[str], terms: Terms) -> Options:
    """Whoever sends inputs that have faults means an edit."""
    first = min(terms.deployments, key=lambda one: one.priority)
    return Options(
        model=body.model or first.model,
        n=body.n,
        size=body.size,
        quality=body.quality,
        output_format=body.output_format,
        background=body.background,
        output_compression=body.output_compression,
        moderation=body.moderation,
        partial_images=body.partial_images,
        style=body.style,
        input_fidelity=body.input_fidelity,
        input_images=len(body.input_images) or int("inputImages" in broken),
        mask=body.mask is not None,
    )


def _prompt_faults(body: SubmitBody, caller: Caller, broken: set[str]) -> list[Fault]:
    if body.prompt is not None and caller.templates_only:
        return [Fault("#/prompt", "This caller may only use templates.")]
    if body.prompt is not None and (body.template is not None or "template" in broken):
        return [Fault("#/prompt", "Give either prompt or template, not both.")]
    if body.prompt is None and body.template is None and not broken & {"prompt", "template"}:
        return [Fault("#/prompt", "Exactly one of prompt and template is needed.")]
    return []


def model_faults(options: Options, caller: Caller, terms: Terms) -> list[Fault]:
    """Whether the caller can have this model here, so many of its images at once, and edits."""
    allowed = models_of(caller, terms)
    if options.model in allowed:
        if any(can_take(one, options) for one in terms.deployments):
            return []
        if options.edits:
            return [Fault("#/inputImages", f"{options.model} is not deployed here for edits.")]
        return [Fault("#/n", f"{options.model} is deployed here for one image a request.")]
    known = ", ".join(sorted(allowed)) or "none"
    return [Fault("#/model", f"Not available to this caller; available: {known}.")]


def models_of(caller: Caller, terms: Terms) -> set[str]:
    """The models that are deployed here and that this caller may ask for."""
    deployed = {one.model for one in terms.deployments}
    return deployed if caller.models is None else deployed & set(caller.models)


def callback_faults(url: str | None, secret: str | None, terms: Terms) -> list[Fault]:
    faults = []
    if url is not None:
        try:
            terms.outbound.check_url(url)
        except AddressRefused as error:
            faults.append(Fault("#/callbackUrl", str(error)))
    if secret is not None:
        try:
            check_secret(secret)
        except ValueError as error:
            faults.append(Fault("#/callbackSecret", f"{error}."))
    return faults


def _metadata_faults(body: SubmitBody) -> list[Fault]:
    size_bytes = len(json.dumps(dict(body.metadata)))
    if size_bytes <= MAX_METADATA_BYTES:
        return []
    return [Fault("#/metadata", f"At most {MAX_METADATA_BYTES:,} bytes as JSON.")]


def _content(
    written: Written,
    people: Mapping[str, str],
    inputs: tuple[Given, ...],
    origin: Origin,
    s: Services,
) -> Content:
    body = written.body
    return Content(
        salt=s.entropy.token_bytes(16).hex(),
        prompt=body.prompt or "",
        template=written.template,
        variables=dict(written.variables),
        requested_by=body.requested_by,
        purpose=body.purpose,
        alt_text=body.alt_text,
        cost_center=body.cost_center,
        idempotency_key=origin.key,
        metadata=dict(body.metadata),
        input_urls={one.ref.index: one.url for one in inputs if one.url is not None},
        uploads=tuple(_uploads(inputs, origin)),
        message_id=origin.message_id,
        callback_url=body.callback_url,
        callback_secret=body.callback_secret,
        people=people,
    )


def _uploads(inputs: tuple[Given, ...], origin: Origin) -> Iterator[str]:
    """What the sender has put into storage for this request: it goes when the request is erased."""
    places = (one.blob for one in inputs if one.blob is not None)
    yield from (name for container, name in places if container == names.UPLOADS)
    if origin.sent_ahead is not None:
        yield origin.sent_ahead


def digest_of(raw: object) -> str:
    """Of the body's meaning: the order of its fields and its spaces do not matter."""
    wanted = (
        {name: value for name, value in raw.items() if name not in _NOT_CONTENT}
        if isinstance(raw, Mapping)
        else raw
    )
    text = json.dumps(wanted, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
