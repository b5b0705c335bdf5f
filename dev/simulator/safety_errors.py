"""Content Safety's refusals. The codes are documented, the sentences are composed.

https://learn.microsoft.com/azure/ai-services/content-safety/concepts/response-codes
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import errors
from .answers import Refusal


def _refusal(status: int, code: str, message: str, target: str | None = None) -> Refusal:
    error = {"code": code, "message": message, "details": []}
    if target is not None:
        error["target"] = target
    return Refusal(status, {"error": error}, {"x-ms-error-code": code})


def invalid_body(field: str, rule: str) -> Refusal:
    """400 for a field that does not match the API's definition; it quotes no value."""
    return _refusal(400, "InvalidRequestBody", f"The request body is invalid. {rule}", field)


def blocklist_not_found(name: str) -> Refusal:
    return _refusal(404, "ResourceNotFound", f"The blocklist '{name}' is not found.")


def too_many_requests(retry_after_s: float) -> Refusal:
    refusal = _refusal(429, "TooManyRequests", "The requests per second exceed the quota.")
    refusal.headers.update(errors.retry_headers(retry_after_s))
    return refusal


def internal_error() -> Refusal:
    return _refusal(500, "InternalError", "The server failed.")


def server_busy() -> Refusal:
    return _refusal(503, "ServerBusy", "The server cannot process the request temporarily.")


# Fault orders of their own, so that none meant for the model is used up here.
REFUSALS: Mapping[str, Callable[[], Refusal]] = {
    "screen401": errors.wrong_key,
    "screen403": errors.network_denied,
    "screen404": errors.resource_not_found,
    "screen500": internal_error,
    "screen503": server_busy,
}
# `screenSlow` takes its `seconds` before it answers; `screenCut` hangs up.
KINDS = ("screen429", *REFUSALS, "screenCut", "screenSlow")
