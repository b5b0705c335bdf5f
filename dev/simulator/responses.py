"""POST responses with the image tool: an orchestrator that calls an image deployment."""

from __future__ import annotations

from collections.abc import Mapping

from . import gateway, tool_errors
from .answers import Answer, Request
from .generations import deployment_name
from .operations import RESPONSES
from .order import ImageOrder
from .response_body import (
    DRAWN_TEXT,
    WORDS_TEXT,
    Frame,
    Item,
    all_usage,
    image_call,
    image_refused,
    message,
    new_id,
    usage,
)
from .response_input import Asked, check_body, read_input
from .response_stream import ImageStream, text_frames
from .service import Deployment, Service
from .serving import (
    BLOCKED_IMAGE,
    BLOCKED_PROMPT,
    Turn,
    cut_if_ordered,
    end_if_too_long,
    opened,
    serve,
    work,
)
from .tool import image_tool, read_tool
from .tool_errors import DEPLOYMENT_HEADER
from .validation import parse_object

# A prompt with this word gets words for an answer, whatever the tool choice says.
TEXT_ONLY = "text-only-prompt"


def create_response(service: Service, request: Request) -> Answer:
    """Exists on v1 alone; ``model`` is the orchestrator, a header names the image deployment."""
    api_version = gateway.enter(service.credentials, request, RESPONSES, v1=True)
    body = parse_object(request.body)
    orchestrator = service.orchestrator(deployment_name(body))
    deployment = _image_deployment(service, request, body)
    quotas = {deployment.name: deployment.quota} if deployment else {}
    quotas[orchestrator.name] = orchestrator.quota
    call = opened(service, request, RESPONSES, api_version, quotas)
    return serve(service, call, lambda turn: _make(turn, body, deployment))


def _image_deployment(
    service: Service, request: Request, body: Mapping[str, object]
) -> Deployment | None:
    """The deployment in the header, which must be there when the tool is."""
    name = request.headers.get(DEPLOYMENT_HEADER)
    if name is None and image_tool(body) is not None:
        raise tool_errors.header_missing()
    if name is not None and name not in service.deployments:
        raise tool_errors.image_deployment_not_found(name)
    return service.deployments[name] if name is not None else None


def _make(turn: Turn, body: Mapping[str, object], deployment: Deployment | None) -> Answer:
    check_body(body)
    asked = read_input(body)
    if BLOCKED_PROMPT in asked.text:
        turn.entry.close("filtered")
        raise tool_errors.prompt_filtered()
    found = image_tool(body)
    stream = body.get("stream") is True
    frame = Frame(new_id("resp"), int(turn.service.now_s()), body)
    if found is None or deployment is None:
        return _answer_in_words(turn, frame, asked, stream=stream)
    order = read_tool(*found, asked, deployment.model, stream=stream)
    if TEXT_ONLY in asked.text or body.get("tool_choice") == "none":
        return _answer_in_words(turn, frame, asked, stream=stream)
    end_if_too_long(turn, order)
    if stream:
        return _stream(turn, frame, deployment, order)
    return _deliver(turn, frame, deployment, order)


def _answer_in_words(turn: Turn, frame: Frame, asked: Asked, *, stream: bool) -> Answer:
    """No picture, so no image is billed; the orchestrator's tokens are in ``usage``."""
    if not stream:
        output = [message(new_id("msg"), WORDS_TEXT)]
        return turn.answer(frame.body("completed", output, usage=usage(asked.text)))
    turn.entry.close("completed")
    frames = text_frames(frame, WORDS_TEXT, usage(asked.text))
    return Answer(200, None, turn.headers, on_lost=turn.entry.lost, frames=frames)


def _stream(turn: Turn, frame: Frame, deployment: Deployment, order: ImageOrder) -> Answer:
    """Billed as it begins; the time goes into the wait before each picture."""
    filtered = BLOCKED_IMAGE in order.prompt
    turn.entry.bill(order.n)
    turn.entry.close("filtered" if filtered else turn.outcome)
    stream = ImageStream(turn.service, frame, deployment.model, order, turn.fault, filtered)
    return Answer(
        200,
        None,
        turn.headers,
        drip_s=turn.fault.seconds / stream.events if turn.fault.kind == "drip" else None,
        on_lost=turn.entry.lost,
        frames=stream.frames(),
        pause_s=turn.took_s / stream.events,
    )


def _deliver(turn: Turn, frame: Frame, deployment: Deployment, order: ImageOrder) -> Answer:
    (picture,) = work(turn, order)
    cut_if_ordered(turn)
    if BLOCKED_IMAGE in order.prompt:
        turn.entry.close("filtered")
        output = [image_call(new_id("ig"), order, "failed", None)]
        body = frame.body("failed", output, error=image_refused())
        return Answer(200, body, turn.headers, on_lost=turn.entry.lost)
    malformed = turn.fault.kind == "malformedUsage"
    both = all_usage(deployment.model, order, malformed=malformed)
    return turn.answer(frame.body("completed", _output(turn, order, picture), **both))


def _output(turn: Turn, order: ImageOrder, picture: str) -> list[Item]:
    """The call and the message; an order for no data makes the call fail in a good answer."""
    if turn.fault.kind == "emptyData":
        return [image_call(new_id("ig"), order, "failed", None)]
    call = image_call(new_id("ig"), order, "completed", picture)
    return [call, message(new_id("msg"), DRAWN_TEXT)]
