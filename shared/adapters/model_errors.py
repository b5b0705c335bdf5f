"""
What a failed call means for money, from httpx's exceptions and Azure OpenAI's error answers.

Answers are told apart by status and code, never by their text: the text of a blocked resource
speaks of content policy too. No text of theirs gets into ours; it may quote the prompt.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from shared.adapters.retry_after import LONGEST_S, retry_after_s
from shared.domain import upstream
from shared.errors import ModelError, ModelNotSent, ModelRefused, ModelThrottled, ModelUnknown

# When a 429 names no time: the length of the slices in which the quota is enforced.
DEFAULT_PAUSE_S = 10.0

# Raised before the request is on its way: nobody can have been billed.
NOT_SENT: tuple[type[Exception], ...] = (
    *(httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError),
    *(httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL),
)
LOST: tuple[type[Exception], ...] = (httpx.HTTPError, httpx.StreamError, httpx.CookieConflict)

_FILTER_CODES = {
    *("contentfilter", "content_policy_violation", "content_filter", "moderation_blocked"),
    *("responsibleaipolicyviolation", "image_content_policy_violation"),
}
# By status: what Azure's codes mean, in lower case, and what any other or none means. `Forbidden`
# is seen of blocked resources only: firewalls say 403, and disabled keys what they are.
_NOT_SENT_BY_STATUS: Mapping[int, tuple[Mapping[str, str], str]] = {
    401: ({}, "upstream_unauthorized"),
    403: (
        {
            "forbidden": "upstream_blocked",
            "authenticationtypedisabled": "upstream_unauthorized",
            "permissiondenied": "upstream_unauthorized",
        },
        "upstream_forbidden",
    ),
    404: (
        {"deploymentnotfound": "deployment_missing", "model_not_found": "deployment_missing"},
        "path_missing",
    ),
    431: ({}, "headers_refused"),
}
_PARAMETER = re.compile(r"[a-z_\[\].0-9]{1,40}")
_CATEGORY = re.compile(r"[a-z_/-]{1,40}")
_VIOLATIONS = re.compile(r"safety_violations=\[([a-z_/, -]{1,200})\]")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")


@contextmanager
def translated() -> Iterator[None]:
    """Raise our error for httpx's."""
    try:
        yield
    except NOT_SENT as exc:
        raise not_sent("unreachable") from exc
    except httpx.TimeoutException as exc:
        raise unknown("timed_out") from exc
    except LOST as exc:
        raise ModelUnknown("The connection to Azure OpenAI broke during the call.") from exc


def not_sent(code: str) -> ModelNotSent:
    return ModelNotSent(upstream.NOT_SENT[code], code=code)


def unknown(code: str) -> ModelUnknown:
    return ModelUnknown(upstream.UNKNOWN[code], code=code)


@dataclass(frozen=True, slots=True)
class Envelope:
    """An error object of any of the forms Azure OpenAI's layers write; `""` where it is silent."""

    code: str = ""
    kind: str = ""
    parameter: str = ""
    message: str = field(default="", repr=False)
    inner_code: str = ""
    filters: Mapping[str, object] = field(default_factory=dict)

    @property
    def filtered(self) -> bool:
        return bool({self.code.lower(), self.inner_code.lower()} & _FILTER_CODES)

    @property
    def categories(self) -> tuple[str, ...]:
        """What the filter objected to; may be empty although it did."""
        hit = {name for name, verdict in self.filters.items() if _is_hit(verdict)}
        named = _VIOLATIONS.search(self.message)
        if named:
            hit |= {name.strip() for name in named[1].split(",")}
        return tuple(sorted(name for name in hit if _CATEGORY.fullmatch(name)))


def envelope_of(document: object) -> Envelope | None:
    """The error in an answer; None when it has none."""
    error = _object(document).get("error")
    if not error:
        return None
    fields = _object(error)
    # Images write inner_error with content_filter_results, chat innererror with …_result.
    inner = _object(fields.get("inner_error") or fields.get("innererror"))
    filters = inner.get("content_filter_results") or inner.get("content_filter_result")
    return Envelope(
        code=_text(fields.get("code")),
        kind=_text(fields.get("type")),
        parameter=_text(fields.get("param")),
        message=_text(fields.get("message"))[:4096],
        inner_code=_text(inner.get("code")),
        filters=_object(filters),
    )


def error_of(status: int, headers: Mapping[str, str], body: bytes) -> ModelError:
    """The error for an answer with a status other than 200; `body` may be anything."""
    envelope = envelope_of(parsed(body)) or Envelope()
    error = _error(status, headers, envelope)
    error.upstream_request_id = request_id_of(headers)
    return error


def refusal(envelope: Envelope) -> ModelRefused:
    """The filter's no."""
    code = "content_filtered"
    error = ModelRefused(upstream.REFUSED[code], code=code, categories=envelope.categories)
    error.maybe_billed = upstream.may_have_cost(code)
    return error


def error_without_images(document: Mapping[str, object]) -> ModelError:
    """
    The error for a 200 that holds none: the filter's refusal, another error, or nothing at all.

    Some answers had the error in the place of the image.
    """
    data = document.get("data")
    entries = data if isinstance(data, list) else []
    found = [one for one in map(envelope_of, (document, *entries)) if one is not None]
    refused = [one for one in found if one.filtered]
    if refused:
        return refusal(refused[0])
    return unknown("upstream_failed" if found else "broken_answer")


def request_id_of(headers: Mapping[str, str]) -> str | None:
    """Upstream's name of the call, for a support case."""
    text = headers.get("apim-request-id") or headers.get("x-request-id") or ""
    return text if _REQUEST_ID.fullmatch(text) else None


def _error(status: int, headers: Mapping[str, str], envelope: Envelope) -> ModelError:
    if status == 429:
        error = ModelThrottled(upstream.NOT_SENT["throttled"])
        error.retry_after_s = _pause_s(headers)
        return error
    # Asked elsewhere, a prompt that the filter refused would be another strike.
    if status in (400, 403) and envelope.filtered:
        return refusal(envelope)
    if status == 400:
        return _bad_request(envelope)
    if status in _NOT_SENT_BY_STATUS:
        by_code, otherwise = _NOT_SENT_BY_STATUS[status]
        return not_sent(by_code.get(envelope.code.lower(), otherwise))
    if 300 <= status < 400:
        return not_sent("path_missing")
    return unknown("timed_out" if status == 408 else "upstream_failed")


def _bad_request(envelope: Envelope) -> ModelError:
    # The only model we ever name is a deployment, on the v1 surface.
    if names_no_model(envelope):
        return not_sent("deployment_missing")
    if _PARAMETER.fullmatch(envelope.parameter):
        return ModelRefused(f"Azure OpenAI refused the parameter {envelope.parameter}.")
    return ModelRefused(upstream.REFUSED["model_rejected_request"])


def names_no_model(envelope: Envelope) -> bool:
    """A deployment name nobody knows: 400 on the v1 surface, 404 on the other one."""
    return envelope.parameter == "model" or envelope.code == "model_not_found"


def _pause_s(headers: Mapping[str, str]) -> float:
    exact_ms = headers.get("retry-after-ms", "")
    if re.fullmatch(r"[0-9]{1,9}", exact_ms):
        return min(int(exact_ms) / 1000, LONGEST_S)
    pause_s = retry_after_s(headers.get("retry-after"), headers.get("date"))
    return DEFAULT_PAUSE_S if pause_s is None else pause_s


def parsed(body: bytes) -> object:
    """JSON, or None for what gateways answer beside it: HTML, nothing, half of something."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _is_hit(verdict: object) -> bool:
    fields = _object(verdict)
    return fields.get("filtered") is True or fields.get("detected") is True


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
