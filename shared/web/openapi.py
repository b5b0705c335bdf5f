"""OpenAPI 3.1, made from the table of routes and the models of the bodies."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from shared.domain.batch_review_views import BatchAskingData
from shared.domain.event_views import EventData, SlimEventData
from shared.domain.notices import TOLD
from shared.domain.resource import Resource
from shared.domain.submission import SubmitBody
from shared.domain.subscriptions import SubscriptionBody
from shared.domain.transitions import FINAL, PUBLIC_STATUS
from shared.security.callers import Role
from shared.web.access import Access
from shared.web.examples import examples_of
from shared.web.openapi_errors import problems_of
from shared.web.openapi_events import of_all, of_requests, webhooks, with_names
from shared.web.problems import Problem
from shared.web.route import Parameter, Route

Json = dict[str, Any]

_FINAL = frozenset(PUBLIC_STATUS.get(state, state.value) for state in FINAL)
_URI: Json = {"type": "string", "format": "uri"}
_SCHEMA = "#/components/schemas/"
# The host drops empty query values before the app sees them.
_ABOUT = (
    "Images on request: generated, looked at by people, and released. "
    "An empty query parameter counts as not given."
)
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
_ENTRA = "entra"
_TAGS: Mapping[str, str] = {
    "images": "Ask for images, look at requests, get the result.",
    "reviews": "What reviewers look at, and their verdicts.",
    "operations": "What operators see and do.",
    "pages": "Health, pages for people, this document.",
}


def document(
    routes: tuple[Route, ...], public_url: str, version: str, entra_audience: str | None = None
) -> Json:
    paths: Json = {}
    for route in routes:
        paths.setdefault(f"/{route.path}", {})[route.method.lower()] = _operation(route)
    found: Json = {
        "openapi": "3.1.0",
        "info": {"title": "Darkroom", "version": version, "description": _ABOUT},
        "servers": [{"url": public_url}],
        "tags": [{"name": name, "description": about} for name, about in _TAGS.items()],
        "paths": paths,
        "webhooks": webhooks(),
        "components": {"schemas": _schemas(routes), "securitySchemes": dict(_SCHEMES)},
    }
    return _with_entra(found, entra_audience) if entra_audience else found


def _with_entra(found: Json, audience: str) -> Json:
    """Where a function key opens, a token of Entra does as well."""
    scheme = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    about = f"A Microsoft Entra access token for {audience}; App Service authentication checks it."
    found["components"]["securitySchemes"][_ENTRA] = scheme | {"description": about}
    for methods in found["paths"].values():
        for operation in methods.values():
            if {"functionKey": []} in operation["security"]:
                operation["security"].append({_ENTRA: []})
    return found


def _schemas(routes: tuple[Route, ...]) -> Json:
    of_requests = (EventData, SlimEventData, BatchAskingData)
    sent: tuple[type[BaseModel], ...] = (Problem, *of_requests, *TOLD.values())
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(one, "serialization") for one in sent]
    for route in routes:
        wanted += [(route.request, "validation")] if route.request else []
        wanted += [(route.response, "serialization")] if route.response else []
    schemas = _defined(wanted)
    taken = _defined([(route.request, "validation") for route in routes if route.request])
    for name in set(schemas) - set(taken):
        # What we send may have more fields one day; what we take may not have others.
        schemas[name].pop("additionalProperties", None)
    return schemas


def _defined(wanted: list[tuple[type[BaseModel], JsonSchemaMode]]) -> Json:
    unique = list(dict.fromkeys(wanted))
    _, schemas = models_json_schema(unique, by_alias=True, ref_template=_SCHEMA + "{model}")
    found = dict(schemas["$defs"])
    return with_names(found)


def _operation(route: Route) -> Json:
    operation: Json = {
        "operationId": route.name,
        "summary": route.summary,
        "tags": [_tag(route)],
        "parameters": [*map(_in_path, route.path_names), *map(_parameter, route.parameters)],
        "responses": {**_successes(route), **_failures(route)},
        "security": [{name: []} for name in _SECURITY[route.access]],
    }
    if route.role:
        operation["description"] = f"Needs the role `{route.role}`."
    if route.request:
        content = {"application/json": _content(route.request)}
        operation["requestBody"] = {"required": route.body_required, "content": content}
    if route.request is SubmitBody:
        operation["callbacks"] = of_requests("{$request.body#/callbackUrl}", route.name)
    if route.request is SubscriptionBody:
        operation["callbacks"] = of_all("{$request.body#/notificationUrl}", route.name)
    return operation


def _tag(route: Route) -> str:
    if route.role in (Role.OPERATE, Role.ERASE) or route.name == "usage":
        return "operations"
    if route.access in (Access.KEY, Access.TOKEN):
        return "images"
    return "pages" if route.access is Access.OPEN else "reviews"


def _successes(route: Route) -> Json:
    found: Json = {str(route.status): _success(route, final=route.status != 202)}
    if route.polled:
        found["202"] = _success(route, final=False)
        found["202"]["headers"] = _polling_headers()
    if route.waits:
        found["200"] = _waited()
    if route.status == 201:
        found["201"]["headers"] = {"Location": {"description": "Where it is.", "schema": _URI}}
    if route.name == "health_ready":
        found["503"] = _success(route)
    if route.name == "asset":
        found["304"] = {"description": "It is as `If-None-Match` has it."}
    return found


def _failures(route: Route) -> Json:
    found = problems_of(route)
    if route.name == "health_ready":
        del found["503"]
    return found


def _success(route: Route, final: bool | None = None) -> Json:
    if route.response:
        content: Json = {"application/json": _content(route.response, final)}
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
        "content": {"application/json": _content(Resource, final=True)},
    }


def _content(model: type[BaseModel], final: bool | None = None) -> Json:
    """`final`: whether requests shown as examples are to be so; None leaves all."""
    found = _ref(model)
    examples = examples_of(model.__name__)
    if model is Resource and final is not None:
        examples = {
            name: one
            for name, one in examples.items()
            if (one["value"]["status"] in _FINAL) == final
        }
    return found | ({"examples": examples} if examples else {})


def _polling_headers() -> Json:
    return {
        "Location": {"description": "Where to poll; needs no key.", "schema": _URI},
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


def _ref(model: type[BaseModel]) -> Json:
    return {"schema": {"$ref": _SCHEMA + model.__name__}}
