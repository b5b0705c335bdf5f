"""The errors of each route as OpenAPI has them: statuses, codes, and what each code says."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from shared.web.access import Access
from shared.web.problems import AWAY, BROKEN, CONTENT_TYPE
from shared.web.route import Route

Json = dict[str, Any]

TITLES: Mapping[int, str] = {
    400: "The request has faults; all are listed.",
    401: "No valid key, token or signature. From the host itself: an empty body.",
    402: "The caller's budget for this month has no room for the request.",
    403: "The caller may not do this.",
    404: "There is nothing here for this caller.",
    409: "The request's state does not allow it.",
    410: "The review is closed.",
    411: "The body is empty, or was sent without a Content-Length.",
    413: "The body is too large.",
    422: "The idempotency key was used with another body, or the policy does not allow it.",
    429: "The caller has too many unfinished requests; Retry-After says when to ask again.",
    500: "A failure of ours. From the host itself: an empty body.",
    503: "A service around us did not answer. From the host itself: plain text.",
}
# Every code that an answer may carry; `detail` is for people and may say more.
DETAILS: Mapping[str, str] = {
    "invalid_request": "2 fault(s) in the request.",
    "unauthorized": "No valid key, token or signature came with the request.",
    "invalid_token": "The review token is not valid.",
    "expired_token": "The review token has expired.",
    "invalid_signature": "The signature of this link is not valid.",
    "budget_exhausted": "The caller's budget for this month has no room for the request.",
    "forbidden": "The caller is known but may not do this.",
    "not_a_reviewer": "Not a reviewer of this stage.",
    "not_found": "There is nothing here for this caller.",
    "conflict": "The request is in a state that does not allow this.",
    "already_final": "The request is final.",
    "releasing": "What was approved is being released.",
    "already_decided": "This review is decided.",
    "not_open": "There is nothing to decide at present.",
    "stale_round": "Another round or stage is open by now.",
    "round_limit": "There are at most 5 rounds.",
    "verdict_limit": "This stage was answered, taken back or passed on too often.",
    "decided_by_batch": "It is decided with its whole batch; to leave it out, cancel it.",
    "nothing_to_withdraw": "There is no verdict to take back.",
    "digest_mismatch": "These are not the bytes under review.",
    "not_in_attention": "The request does not wait for an operator.",
    "stale_attention": "Another attention is open by now.",
    "nothing_stored": "No image of an unknown call is stored.",
    "not_final": "Only a final request can be run again.",
    "content_retired": "The prompt of this request is no longer kept.",
    "model_not_available": "Its model is not to be had any more.",
    "template_retired": "This template is retired: it takes no new requests.",
    "templates_only": "This caller may only use templates.",
    "stale_version": "The newest version is 4.",
    "too_many_versions": "A template has at most 1,000 versions; take a new name.",
    "sink_gone": "Nobody can be told any more: the callback or subscription is gone.",
    "too_many_subscriptions": "This caller has as many subscriptions as it may have.",
    "review_closed": "The time for this decision is over.",
    "length_required": "The body is empty, as a chunked one arrives; send a Content-Length.",
    "body_too_large": "The body is larger than the route takes.",
    "policy_rejected": "1 rule(s) of the policy do not allow it.",
    "idempotency_key_reused": "The idempotency key was used with another body.",
    "too_many_open_requests": "The caller has as many unfinished requests as it may have.",
    "internal": BROKEN,
    "unavailable": AWAY,
}
_USUAL: Mapping[int, tuple[str, ...]] = {
    400: ("invalid_request",),
    402: ("budget_exhausted",),
    403: ("forbidden",),
    404: ("not_found",),
    409: ("conflict",),
    410: ("review_closed",),
    411: ("length_required",),
    413: ("body_too_large",),
    422: ("idempotency_key_reused", "policy_rejected"),
    429: ("too_many_open_requests",),
    500: ("internal", "digest_mismatch"),
    503: ("unavailable",),
}
_UNKNOWN: Mapping[Access, tuple[str, ...]] = {
    Access.KEY: ("unauthorized",),
    Access.TOKEN: ("invalid_signature",),
}
_TOKENS = ("unauthorized", "invalid_token", "expired_token")
# What single routes answer instead of the usual, or besides.
OF_ROUTES: Mapping[str, Mapping[int, tuple[str, ...]]] = {
    "submit": {409: ("digest_mismatch",)},
    "start": {409: ("digest_mismatch",)},
    "cancel": {409: ("already_final", "releasing")},
    "resume": {409: ("not_in_attention", "stale_attention", "nothing_stored")},
    "rerun": {
        409: (
            *("not_final", "content_retired", "model_not_available", "digest_mismatch"),
            *("template_retired", "templates_only"),
        )
    },
    "put_template": {409: ("stale_version", "too_many_versions")},
    "content": {409: ("digest_mismatch",)},
    "subscribe": {409: ("too_many_subscriptions",)},
    "redeliver": {409: ("sink_gone",)},
    "decision": {
        422: ("policy_rejected",),
        403: ("forbidden", "not_a_reviewer"),
        409: (
            *("already_decided", "not_open", "stale_round", "round_limit", "verdict_limit"),
            *("digest_mismatch", "nothing_to_withdraw", "decided_by_batch"),
        ),
    },
    "batch_decision": {
        403: ("forbidden", "not_a_reviewer"),
        409: (
            *("already_decided", "not_open", "stale_round", "verdict_limit"),
            *("digest_mismatch", "nothing_to_withdraw"),
        ),
    },
}


def problems_of(route: Route) -> dict[str, Json]:
    """The answers of a route that are errors, by status."""
    return {str(status): _problem(route, status) for status in sorted(_statuses(route))}


def codes_of(route: Route, status: int) -> tuple[str, ...]:
    if found := OF_ROUTES.get(route.name, {}).get(status):
        return found
    return _UNKNOWN.get(route.access, _TOKENS) if status == 401 else _USUAL[status]


def _statuses(route: Route) -> set[int]:
    found = {500, 503, *route.problems}
    found |= {400, 413} if route.request else set()
    found |= {411} if route.request and route.body_required else set()
    found |= {401} if route.access is not Access.OPEN else set()
    found |= {403} if route.role else set()
    return found | ({404} if route.path_names else set())


def _problem(route: Route, status: int) -> Json:
    codes = codes_of(route, status)
    only = {"type": "object", "properties": {"code": {"enum": list(codes)}}}
    content = {
        "schema": {"allOf": [{"$ref": "#/components/schemas/Problem"}, only]},
        "examples": {code: {"value": _example(route, status, code)} for code in codes},
    }
    found: Json = {"description": TITLES[status], "content": {CONTENT_TYPE: content}}
    if status in (429, 503):
        found["headers"] = {"Retry-After": {"description": "Seconds.", "schema": _WHOLE}}
    return found


_ID = "01M7WD7TG0APAAMTSM5XEGMJ22"
_WHOLE: Json = {"type": "integer", "minimum": 1}
_REJECTED = {
    "pointer": "#/prompt",
    "detail": "Names of other brands need the consent of their owner.",
    "rule": "other-brands",
}
_FAULTS = [
    {"pointer": "#/n", "detail": "Input should be less than or equal to 10."},
    {"pointer": "#/size", "detail": "gpt-image-2 takes auto or WIDTHxHEIGHT: both edges …"},
]


def _example(route: Route, status: int, code: str) -> Json:
    named = {name: "0" if name == "index" else _ID for name in route.path_names}
    found: Json = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": DETAILS[code],
        "instance": "/api/" + route.path.format(**named),
        "code": code,
    }
    if status == 400:
        found["errors"] = _FAULTS
    if code == "policy_rejected":
        found["errors"] = [_REJECTED]
    return found | ({"reference": "5f0c2e9a1b7d"} if status >= 500 else {})
