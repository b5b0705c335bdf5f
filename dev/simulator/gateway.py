"""What Azure's front door checks before a deployment sees the request."""

from __future__ import annotations

import hmac

from . import errors
from .answers import Request
from .operations import Operation

# The one dated version known to serve the gpt-image models; earlier ones end with dall-e-3.
DATED_VERSIONS = frozenset({"2025-04-01-preview"})
V1_VERSIONS = frozenset({"", "v1", "preview"})  # none at all is v1

MOST_CUSTOM_HEADERS = 10
# Azure does not say which headers count as custom; the SDK's own and the protocol's cannot.
KNOWN_HEADERS = frozenset(
    {
        "accept",
        "accept-charset",
        "accept-encoding",
        "accept-language",
        "api-key",
        "authorization",
        "cache-control",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "date",
        "expect",
        "host",
        "origin",
        "pragma",
        "referer",
        "te",
        "traceparent",
        "tracestate",
        "transfer-encoding",
        "user-agent",
    }
)
KNOWN_PREFIXES = ("x-stainless-", "x-ms-", "openai-")


def check_headers(request: Request) -> None:
    """Refuse more than ten custom headers with 431."""
    custom = [
        name
        for name in request.headers
        if name not in KNOWN_HEADERS and not name.startswith(KNOWN_PREFIXES)
    ]
    if len(custom) > MOST_CUSTOM_HEADERS:
        raise errors.too_many_headers()


def _check_dated_version(request: Request) -> str:
    """The deployment form needs a served version; a missing one is as unknown as a wrong one."""
    version = request.query.get("api-version", "")
    if version not in DATED_VERSIONS:
        raise errors.resource_not_found()
    return version


def _check_v1_version(request: Request) -> str:
    """The v1 form takes none, ``v1`` or ``preview``."""
    version = request.query.get("api-version", "")
    if version not in V1_VERSIONS:
        raise errors.resource_not_found()
    return version or "v1"


class Credentials:
    """The resource key and, optionally, the one Entra token that is accepted."""

    def __init__(self, key: str, token: str | None = None) -> None:
        self._key = key
        self._token = token

    def check(self, request: Request, operation: Operation, *, v1: bool) -> None:
        """Let the request in or refuse it with 401.

        The v1 form also takes the key as a bearer: the plain OpenAI client sends it that way.
        """
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._is_key(request.headers.get("api-key", "")):
            return
        if self._is_token(bearer) or (v1 and self._is_key(bearer)):
            return
        if bearer:
            raise errors.missing_data_action(operation.data_action, operation.shown_path(v1=v1))
        raise errors.wrong_key()

    def check_safety(self, request: Request, data_action: str) -> None:
        """Content Safety takes the key in another header, and never as a bearer."""
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._is_key(request.headers.get("ocp-apim-subscription-key", "")):
            return
        if self._is_token(bearer):
            return
        if bearer:
            raise errors.lacking_role(data_action, request.path)
        raise errors.wrong_key()

    def _is_key(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._key.encode())

    def _is_token(self, given: str) -> bool:
        return self._token is not None and hmac.compare_digest(given.encode(), self._token.encode())


def enter(credentials: Credentials, request: Request, operation: Operation, *, v1: bool) -> str:
    """The api-version of a request that may come in on one of the URL forms."""
    api_version = _check_v1_version(request) if v1 else _check_dated_version(request)
    credentials.check(request, operation, v1=v1)
    return api_version
