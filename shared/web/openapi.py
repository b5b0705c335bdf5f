"""OpenAPI 3.1, made from the table of routes and the models of the bodies."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from shared.domain.event_views import EventData, SlimEventData
from shared.domain.notices import TOLD
from shared.domain.resource import Resource
from shared.domain.subscriptions import EVENTS as ALL_EVENTS
from shared.domain.transitions import EVENTS
from shared.web.access import Access
from shared.web.problems import CONTENT_TYPE, Problem
from shared.web.route import Parameter, Route

Json = dict[str, Any]

_SCHEMA = "#/components/schemas/"
# The host drops empty query values before the app sees them.
_ABOUT = (
    "Images on request: generated, looked at by people, and released. "
    "An empty query parameter counts as not given."
)
_TITLES = {
    400: "The request has faults; all are listed.",
    401: "No valid key, token or signature. From the host itself: an empty body.",
    402: "The caller's budget for this month has no room for the request.",
    403: "The caller may not do this.",
    404: "There is nothing here for this caller.",
    409: "The request's state does not allow it.",
    410: "The review is closed.",
    411: "The body is empty, or was sent without a Content-Length.",
    413: "The body is too large.",
    422: "The idempotency key was used with another body.",
    429: "The caller has too many unfinished requests; Retry-After says when to ask again.",
    500: "A failure of ours. From the host itself: an empty body.",
    503: "A service around us did not answer. From the host itself: plain text.",
}
_SCHEMES: Mapping[str, Json] = {
    "functionKey": {"type": "apiKey", "in": "header", "name": "x-functions-key"},
    "functionKeyInQuery": {"type": "apiKey", "in": "query", "name": "code"},
    "reviewToken": {"type": "apiKey", "in": "header", "name": "x-review-token"},
    "reviewTokenInQuery": {"type": "apiKey", "in": "query", "name": "token"},
    "resultSignature": {"type": "apiKey", "in": "query", "name": "sig"},
}
_SECURITY: Mapping[Access, tuple[str, ...]] = {
    Access.KEY: ("functionKey", "functionKeyInQuery"),
    Access.MIXED: ("reviewToken", "reviewTokenInQuery", "functionKey", "functionKeyInQuery"),
    Access.REVIEWER: ("reviewToken", "reviewTokenInQuery"),
    Access.TOKEN: ("resultSignature",),
    Access.OPEN: (),
}
_NAME: Json = {"type": "string", "description": "The stream's name without its kind."}
_EVENT_HEADERS = (
    *("ce-specversion", "ce-id", "ce-source", "ce-type", "ce-subject", "ce-time"),
    *("ce-sequence", "ce-journalhead", "webhook-id", "webhook-timestamp", "webhook-signature"),
)


def document(routes: tuple[Route, ...], public_url: str, version: str) -> Json:
    paths: Json = {}
    for route in routes:
        paths.setdefault(f"/{route.path}", {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Darkroom",
            "version": version,
            "description": _ABOUT,
        },
        "servers": [{"url": public_url}],
        "paths": paths,
        "components": {"schemas": _schemas(routes), "securitySchemes": dict(_SCHEMES)},
    }


def _schemas(routes: tuple[Route, ...]) -> Json:
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        (Problem, "serialization"),
        (EventData, "serialization"),
        (SlimEventData, "serialization"),
    ]
    wanted += [(notice, "serialization") for notice in TOLD.values()]
    for route in routes:
        wanted += [(route.request, "validation")] if route.request else []
        wanted += [(route.response, "serialization")] if route.response else []
    unique = list(dict.fromkeys(wanted))
    _, schemas = models_json_schema(unique, by_alias=True, ref_template=_SCHEMA + "{model}")
    found = dict(schemas["$defs"])
    for notice in TOLD.values():
        schema = found[notice.__name__]
        schema["properties"] = {"name": _NAME, **schema.get("properties", {})}
        schema["required"] = ["name", *schema.get("required", ())]
    return found


def _operation(route: Route) -> Json:
    operation: Json = {
        "operationId": route.name,
        "summary": route.summary,
        "parameters": [*map(_in_path, route.path_names), *map(_parameter, route.parameters)],
        "responses": _responses(route),
        "security": [{name: []} for name in _SECURITY[route.access]],
    }
    if route.role:
        operation["description"] = f"Needs the role `{route.role}`."
    if route.request:
        content = {"application/json": _ref(route.request)}
        operation["requestBody"] = {"required": route.body_required, "content": content}
    if route.name == "submit":
        operation["callbacks"] = {"event": {"{$request.body#/callbackUrl}": _of_requests()}}
    if route.name == "subscribe":
        operation["callbacks"] = {"event": {"{$request.body#/notificationUrl}": _of_all()}}
    return operation


def _responses(route: Route) -> Json:
    responses: Json = {str(route.status): _success(route)}
    if route.polled and route.status != 202:
        responses["202"] = _success(route)
    if route.polled:
        responses["202"]["headers"] = _polling_headers()
    if route.waits:
        responses["200"] = _waited()
    if route.name == "health_ready":
        responses["503"] = _success(route)
    for status in sorted(_problems(route)):
        content = {CONTENT_TYPE: _ref(Problem)}
        responses.setdefault(str(status), {"description": _TITLES[status], "content": content})
    return responses


def _problems(route: Route) -> set[int]:
    found = {500, 503, *route.problems}
    found |= {400, 413} if route.request else set()
    found |= {411} if route.request and route.body_required else set()
    found |= {401} if route.access is not Access.OPEN else set()
    found |= {403} if route.role else set()
    return found | ({404} if route.path_names else set())


def _success(route: Route) -> Json:
    if route.response:
        content: Json = {"application/json": _ref(route.response)}
    elif route.media:
        content = {}
    else:
        content = {"application/json": {"schema": {"type": "object"}}}
    content |= {media: {} for media in route.media}
    success: Json = {"description": route.summary, "content": content}
    if route.name == "subscribe":
        success["headers"] = {"Location": {"schema": {"type": "string", "format": "uri"}}}
    return {"description": route.summary} if route.status == 204 else success


def _waited() -> Json:
    applied = {"description": "`wait=N`: what was heeded.", "schema": {"type": "string"}}
    return {
        "description": "It was over in time, for a caller who preferred to wait.",
        "headers": {"Preference-Applied": applied},
        "content": {"application/json": _ref(Resource)},
    }


def _polling_headers() -> Json:
    return {
        "Location": {
            "description": "Where to poll; needs no key.",
            "schema": {"type": "string", "format": "uri"},
        },
        "Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}},
    }


def _in_path(name: str) -> Json:
    kind = "integer" if name == "index" else "string"
    return {"name": name, "in": "path", "required": True, "schema": {"type": kind}}


def _parameter(parameter: Parameter) -> Json:
    return {
        "name": parameter.name,
        "in": parameter.where,
        "description": parameter.about,
        "schema": _text(parameter),
    }


def _text(parameter: Parameter) -> Json:
    if parameter.most:
        return {"type": "integer", "minimum": 1, "maximum": parameter.most}
    schema: Json = {"type": "string"}
    if parameter.choices:
        schema["enum"] = list(parameter.choices)
    if parameter.pattern:
        schema["pattern"] = f"^{parameter.pattern}$"
    return schema


def _of_requests() -> Json:
    about = f"A CloudEvent in binary mode, of one of the types {', '.join(EVENTS)}."
    return _callback(about, _any_of(EventData, SlimEventData))


def _of_all() -> Json:
    about = (
        "A CloudEvent, in binary mode as here, or structured where the subscription asks for it, "
        f"of one of the types {', '.join(ALL_EVENTS)}."
    )
    return _callback(about, _any_of(EventData, SlimEventData, *TOLD.values()))


def _any_of(*models: type[BaseModel]) -> Json:
    return {"schema": {"anyOf": [_ref(model)["schema"] for model in models]}}


def _callback(about: str, data: Json) -> Json:
    headers = [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
        for name in _EVENT_HEADERS
    ]
    body = {"required": True, "content": {"application/json": data}}
    answers = {"2XX": {"description": "Taken."}, "410": {"description": "Send no more."}}
    post = {"summary": about, "parameters": headers, "requestBody": body, "responses": answers}
    return {"post": post}


def _ref(model: type[BaseModel]) -> Json:
    return {"schema": {"$ref": _SCHEMA + model.__name__}}
