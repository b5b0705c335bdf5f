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
_STATUS_NOT_SENT = {
    401: ("upstream_unauthorized", "Azure OpenAI refused our key or identity."),
    403: ("upstream_forbidden", "Azure OpenAI does not let us in."),
    404: ("deployment_missing", "Azure OpenAI knows no such deployment."),
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
        raise ModelNotSent("Azure OpenAI could not be reached.") from exc
    except LOST as exc:
        raise ModelUnknown("The connection to Azure OpenAI broke during the call.") from exc


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
    """The filter's no. Azure may bill for an image it then filtered, and does not say."""
    error = ModelRefused(
        "The content filter refused the prompt or its images.",
        code="content_filtered",
        categories=envelope.categories,
    )
    error.maybe_billed = True
    return error


def request_id_of(headers: Mapping[str, str]) -> str | None:
    """Upstream's name of the call, for a support case."""
    text = headers.get("apim-request-id") or headers.get("x-request-id") or ""
    return text if _REQUEST_ID.fullmatch(text) else None


def _error(status: int, headers: Mapping[str, str], envelope: Envelope) -> ModelError:
    if status == 429:
        return ModelThrottled(
            "Azure OpenAI's quota is used up for now.", retry_after_s=_pause_s(headers)
        )
    if status == 400:
        return _bad_request(envelope)
    if status == 403 and envelope.code.lower() == "forbidden":
        # The whole resource, for days, whatever is asked; never the present prompt's fault.
        return ModelNotSent(
            "Azure OpenAI has blocked this resource for now.", code="upstream_blocked"
        )
    if status in _STATUS_NOT_SENT:
        code, sentence = _STATUS_NOT_SENT[status]
        return ModelNotSent(sentence, code=code)
    if 300 <= status < 400:
        return ModelNotSent("Azure OpenAI's endpoint sends us elsewhere.")
    return ModelUnknown(f"Azure OpenAI answered {status}.")


def _bad_request(envelope: Envelope) -> ModelError:
    if envelope.filtered:
        return refusal(envelope)
    if names_no_model(envelope):
        code, sentence = _STATUS_NOT_SENT[404]
        return ModelNotSent(sentence, code=code)
    if _PARAMETER.fullmatch(envelope.parameter):
        return ModelRefused(f"Azure OpenAI refused the parameter {envelope.parameter}.")
    return ModelRefused("Azure OpenAI refused the request.")


def names_no_model(envelope: Envelope) -> bool:
    """A deployment name nobody knows: 400 on the v1 surface, 404 on the other one."""
    if envelope.code == "model_not_found":
        return True
    return (envelope.code, envelope.parameter) == ("invalid_value", "model")


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
