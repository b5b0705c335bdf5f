"""Events as OpenAPI has them: what is sent to a callback, and to whoever subscribed."""

from collections.abc import Mapping
from typing import Any

from shared.chain.events import ASKING
from shared.domain.batch_review_views import BatchAskingData
from shared.domain.event_views import EventData, SlimEventData
from shared.domain.notices import TOLD
from shared.domain.subscriptions import EVENTS
from shared.domain.transitions import EVENTS as OF_REQUESTS
from shared.web.examples import examples_of

Json = dict[str, Any]

DATA = (EventData.__name__, SlimEventData.__name__)
# Where people are asked about a whole batch.
OF_BATCHES = BatchAskingData.__name__
_NAME: Json = {"type": "string", "description": "The stream's name without its kind."}
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


def webhooks() -> Json:
    """One entry for each type of event."""
    return {name: {"post": _post(name)} for name in EVENTS}


def of_requests(place: str, route: str) -> Json:
    """What is sent to a request's own address."""
    about = f"A CloudEvent in binary mode, of one of the types {', '.join(OF_REQUESTS)}."
    return _callback(place, _operation(f"{route}_event", about, _any_of(*DATA), _examples(DATA)))


def of_all(place: str, route: str) -> Json:
    """What is sent to whoever subscribed."""
    about = (
        "A CloudEvent, in binary mode as here, or structured where the subscription asks for it, "
        f"of one of the types {', '.join(EVENTS)}."
    )
    models = (*DATA, OF_BATCHES, *(notice.__name__ for notice in TOLD.values()))
    return _callback(
        place, _operation(f"{route}_event", about, _any_of(*models), _examples(models))
    )


def with_names(schemas: Json) -> Json:
    """A notice's data begins with the name of what it is about."""
    for notice in TOLD.values():
        if schema := schemas.get(notice.__name__):
            schema["properties"] = {"name": _NAME, **schema.get("properties", {})}
            schema["required"] = ["name", *schema.get("required", ())]
    return schemas


def _callback(place: str, post: Json) -> Json:
    return {"event": {place: {"post": post}}}


def _post(event: str) -> Json:
    models = (TOLD[event].__name__,) if event in TOLD else DATA
    models = (*models, OF_BATCHES) if event in ASKING else models
    examples = {key: one for key, one in _examples(models).items() if _fits(event, one["value"])}
    about = f"`{event}` as a CloudEvent in binary mode."
    return _operation(event, about, _any_of(*models), examples)


def _examples(models: tuple[str, ...]) -> Json:
    return {key: one for model in models for key, one in examples_of(model).items()}


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


def _any_of(*models: str) -> Json:
    found = [{"$ref": _SCHEMA + model} for model in models]
    return found[0] if len(found) == 1 else {"anyOf": found}
