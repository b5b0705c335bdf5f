"""images/generations on both URL forms: from the front door to the pictures."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from . import errors, gateway, tokens
from .answers import Answer, CutConnection, Refusal, Request
from .faults import Fault
from .ledger import Entry
from .pictures import draw
from .service import Deployment, Service
from .streaming import Drawing
from .validation import ImageOrder, parse_object, validate

# A prompt with one of these words is filtered: before anything is drawn, or after.
BLOCKED_PROMPT = "blocked-prompt"
BLOCKED_IMAGE = "blocked-image"

NO_FAULT = Fault(kind="none", seconds=0.0)


@dataclass(frozen=True)
class Call:
    """A request that reached a deployment."""

    deployment: Deployment
    api_version: str
    body: Mapping[str, object]
    names_model: bool
    entry: Entry


def generate_on_deployment(service: Service, request: Request, name: str) -> Answer:
    """The older form: the deployment is in the path, ``model`` is the model id or left out."""
    api_version = gateway.check_dated_version(request)
    path = "/openai/deployments/{deployment-id}/images/generations"
    service.credentials.check(request, path, key_as_bearer=False)
    deployment = service.deployment(name)
    body = parse_object(request.body)
    entry = service.ledger.open(request.ledger_id, name)
    return _answer(service, Call(deployment, api_version, body, True, entry))


def generate_on_v1(service: Service, request: Request) -> Answer:
    """The newer form: ``model`` in the body is the deployment's name."""
    api_version = gateway.check_v1_version(request)
    service.credentials.check(request, "/openai/v1/images/generations", key_as_bearer=True)
    body = parse_object(request.body)
    name = body.get("model")
    if not isinstance(name, str):
        message = "Missing required parameter: 'model'."
        raise errors.parameter(message, "model", "missing_required_parameter")
    deployment = service.deployment(name)
    entry = service.ledger.open(request.ledger_id, name)
    return _answer(service, Call(deployment, api_version, body, False, entry))


def _answer(service: Service, call: Call) -> Answer:
    """Count the call against the quota, then serve it; its entry is closed in every case."""
    standing = call.deployment.quota.admit(service.now_s())
    try:
        if standing.retry_after_s:
            raise errors.too_many_requests(call.api_version, standing.retry_after_s)
        return _serve(service, call, standing.headers())
    except Refusal as refusal:
        if call.entry.outcome == "running":
            call.entry.close(str(refusal.status))
        return refusal.as_answer(standing.headers())
    except CutConnection:
        if call.entry.outcome == "running":
            call.entry.close("cut")
        raise


def _serve(service: Service, call: Call, headers: Mapping[str, str]) -> Answer:
    fault = service.faults.take(call.deployment.name) or NO_FAULT
    _refuse_if_ordered(fault, call)
    order = validate(call.body, call.deployment.model, names_model=call.names_model)
    if BLOCKED_PROMPT in order.prompt:
        call.entry.close("filtered")
        raise errors.prompt_filtered()
    took_s = service.latency_s + (fault.seconds if fault.kind == "slow" else 0.0)
    _end_if_too_long(service, call, order, took_s)
    if order.stream:
        return _stream(service, call, order, fault, took_s, headers)
    pictures = _draw_all(service, order)
    service.pause(took_s)
    call.entry.bill(order.n)
    return _deliver(service, call, order, fault, pictures, headers)


def _end_if_too_long(service: Service, call: Call, order: ImageOrder, took_s: float) -> None:
    """The reported limit on calls that send nothing before the end; their work is billed here."""
    limit_s = service.sync_limit_s
    if limit_s is None or order.flows or took_s <= limit_s:
        return
    service.pause(limit_s)
    call.entry.bill(order.n)
    raise errors.timed_out()


def _stream(
    service: Service,
    call: Call,
    order: ImageOrder,
    fault: Fault,
    took_s: float,
    headers: Mapping[str, str],
) -> Answer:
    """Billed as it begins; the time a call takes is spread over its events."""
    drawing = Drawing(
        call.deployment.model, order, service.next_call_number(), int(service.now_s())
    )
    filtered = BLOCKED_IMAGE in order.prompt
    call.entry.bill(order.n)
    call.entry.close("filtered" if filtered else _stream_outcome(fault))
    events = order.n * (order.partial_images + 1)
    return Answer(
        200,
        None,
        headers,
        drip_s=fault.seconds / events if fault.kind == "drip" else None,
        on_lost=call.entry.lost,
        frames=drawing.frames(fault, filtered),
        pause_s=took_s / events,
    )


def _stream_outcome(fault: Fault) -> str:
    return "completed" if fault.kind in (NO_FAULT.kind, "slow", "drip") else fault.kind


def _refuse_if_ordered(fault: Fault, call: Call) -> None:
    refusal = fault.refusal(call.api_version)
    if refusal is not None:
        call.entry.close(fault.kind)
        raise refusal
    if fault.kind == "cutBefore":
        call.entry.close(fault.kind)
        raise CutConnection


def _draw_all(service: Service, order: ImageOrder) -> list[str]:
    call_number = service.next_call_number()
    drawn = (draw(order, index, call_number) for index in range(order.n))
    return [base64.b64encode(picture).decode("ascii") for picture in drawn]


def _deliver(
    service: Service,
    call: Call,
    order: ImageOrder,
    fault: Fault,
    pictures: list[str],
    headers: Mapping[str, str],
) -> Answer:
    """The pictures exist and are billed; what the caller gets to see of them is another matter."""
    created_epoch_s = int(service.now_s())
    if BLOCKED_IMAGE in order.prompt:
        call.entry.close("filtered")
        raise errors.image_filtered(created_epoch_s)
    if fault.kind == "cutAfterBilling":
        call.entry.close(fault.kind)
        raise CutConnection
    body = _body(call, order, created_epoch_s, pictures)
    body |= _spoiled(fault)
    call.entry.close(fault.kind if _spoiled(fault) else "completed")
    drip_s = fault.seconds if fault.kind == "drip" else None
    return Answer(200, body, headers, drip_s, on_lost=call.entry.lost)


def _body(
    call: Call, order: ImageOrder, created_epoch_s: int, pictures: list[str]
) -> dict[str, object]:
    """The gpt-image answer; it echoes what was chosen wherever the caller said ``auto``."""
    return {
        "created": created_epoch_s,
        "background": order.background,
        "output_format": order.output_format,
        "quality": order.quality,
        "size": str(order.size),
        "data": [{"b64_json": picture} for picture in pictures],
        "usage": tokens.usage(call.deployment.model, order),
    }


def _spoiled(fault: Fault) -> dict[str, object]:
    """Fields a fault order replaces in an otherwise good answer."""
    if fault.kind == "emptyData":
        return {"data": []}
    if fault.kind == "malformedUsage":
        return {"usage": tokens.malformed_usage()}
    return {}
