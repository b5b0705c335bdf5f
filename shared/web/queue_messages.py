"""What is in a queue message: JSON, and maybe one of our own."""

import base64
from typing import TypeVar

import azure.functions as func
from pydantic import BaseModel, ValidationError

from shared.domain import names
from shared.domain.messages import EventMessage, Nudge
from shared.errors import Fault, InvalidRequest
from shared.web.bodies import parsed

# https://learn.microsoft.com/azure/storage/queues/scalability-targets: one message's limit
MAX_MESSAGE_BYTES = 64 * 1024

Message = TypeVar("Message", bound=BaseModel)


def json_in(body: bytes) -> object:
    """A message's JSON, plain or as base64: the host leaves it as it was sent."""
    if len(body) > MAX_MESSAGE_BYTES:
        raise InvalidRequest([Fault("#", f"More than {MAX_MESSAGE_BYTES:,} bytes.")])
    if body.lstrip()[:1] in (b"{", b"["):
        return parsed(body)
    try:
        return parsed(base64.b64decode(body.strip(), validate=True))
    except ValueError:
        return parsed(body)


def ours(model: type[Message], msg: func.QueueMessage) -> Message | None:
    """None for what we did not write."""
    try:
        return model.model_validate(json_in(msg.get_body()), by_alias=True, by_name=False)
    except (ValidationError, InvalidRequest):
        return None


def nudge_in(msg: func.QueueMessage) -> Nudge | None:
    nudge = ours(Nudge, msg)
    return nudge if nudge and names.stream_named(nudge.request_id) is not None else None


def event_in(msg: func.QueueMessage) -> EventMessage | None:
    event = ours(EventMessage, msg)
    named = names.stream_named(names.subject_of(event.stream)) if event else None
    return event if event and named == event.stream else None


def about(msg: func.QueueMessage) -> dict[str, str]:
    """The request that one of our own messages is about, for the log."""
    nudge, event = ours(Nudge, msg), ours(EventMessage, msg)
    subject = nudge.request_id if nudge else names.subject_of(event.stream) if event else ""
    if names.is_ulid(subject):
        return {"request_id": subject}
    stream = names.stream_named(subject)
    return {"stream": stream} if stream else {}
