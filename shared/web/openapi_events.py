"""Events as OpenAPI has them: what is sent to a callback, and to whoever subscribed."""

from collections.abc import Mapping
from typing import Any

from shared.chain.events import ASKING
from shared.domain.event_views import EventData
from shared.domain.notices import NOTICES, Notice
from shared.domain.transitions import EVENTS
from shared.web.examples import examples_of

Json = dict[str, Any]

DATA = EventData.__name__
_SCHEMA = "#/components/schemas/"
_HEADERS: Mapping[str, str] = {
    "ce-specversion": "`1.0`.",
    "ce-id": "The same for each repetition of this event; keep it to tell repetitions.",
    "ce-source": "`/darkroom/` and the app's name.",
    "ce-type": "What happened.",
    "ce-subject": "The stream, such as `images/` and the request's id.",
    "ce-time": "When it happened.",
    "ce-dataschema": "Where the body's schema stands.",
    "ce-sequence": "Six digits that grow within a stream; gaps are normal.",
    "ce-correlationid": "The sender's `x-ms-client-tracking-id`, else the request's id.",
    "ce-journalhead": "Hash of the journal's line, to check an evidence pack by.",
    "webhook-id": "As `ce-id`.",
    "webhook-timestamp": "Unix seconds of this attempt.",
    "webhook-signature": "Standard Webhooks: `v1,` and the base64 of an HMAC-SHA256.",
}
_OPTIONAL: Mapping[str, str] = {"ce-traceparent": "As the sender gave it."}
_ANSWERS: Json = {
    "2XX": {"description": "Taken; within 15 seconds."},
    "410": {"description": "Send no more: a subscription is removed."},
    "default": {"description": "Sent again later, ten times within two days; Retry-After counts."},
}


def notices() -> tuple[type[Notice], ...]:
    """What is told of other streams than requests."""
    told = [one for one in NOTICES.values() if issubclass(one, Notice) and one.EVENT]
    return tuple(sorted(told, key=lambda one: str(one.EVENT)))


def webhooks() -> Json:
    """One entry for each type of event."""
    told = {str(one.EVENT): one.__name__ for one in notices()}
    return {name: {"post": _post(name, told.get(name))} for name in sorted({*EVENTS, *told})}


def callback(route: str) -> Json:
    """What is sent to a request's own address."""
    about = f"A CloudEvent in binary mode, of one of the types {', '.join(EVENTS)}."
    return {"post": _operation(f"{route}_event", about, _ref(DATA), examples_of(DATA))}


def _post(event: str, notice: str | None) -> Json:
    name = notice or DATA
    examples = {key: one for key, one in examples_of(name).items() if _fits(event, one["value"])}
    return _operation(event, f"`{event}` as a CloudEvent in binary mode.", _ref(name), examples)


def _fits(event: str, value: Json) -> bool:
    """Whether this could be the body of this event: a resource has the status it tells of."""
    if event in ASKING:
        return bool(value.get("decisionUrl"))
    return value.get("status") in (None, event.rpartition(".")[2])


def _operation(name: str, about: str, schema: Json, examples: Json) -> Json:
    content = {"schema": schema, **({"examples": examples} if examples else {})}
    return {
        "operationId": f"on_{name.replace('.', '_')}",
        "summary": about,
        "parameters": [
            *(_header(name, about, required=True) for name, about in _HEADERS.items()),
            *(_header(name, about, required=False) for name, about in _OPTIONAL.items()),
        ],
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": _ANSWERS,
        "security": [],
    }


def _header(name: str, about: str, *, required: bool) -> Json:
    schema = {"type": "string"}
    where: Json = {"name": name, "in": "header", "required": required}
    return where | {"description": about, "schema": schema}


def _ref(name: str) -> Json:
    return {"$ref": _SCHEMA + name}
