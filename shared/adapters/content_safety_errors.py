"""
What a failed screening means: httpx's exceptions and Content Safety's error answers.

Told apart by status alone. No text of theirs gets into ours; it may quote what was screened.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from shared.adapters.model_errors import LOST, NOT_SENT
from shared.adapters.retry_after import retry_after_s
from shared.domain.screening import MISCONFIGURED, UNANSWERED
from shared.errors import ScreeningError, ScreeningMisconfigured

_SETUP = {401: "unauthorized", 403: "unauthorized", 404: "not_found"}
_PASSING = {408: "timed_out", 429: "throttled"}


@contextmanager
def translated() -> Iterator[None]:
    """Raise our error for httpx's. Its text stays behind: it may hold the address."""
    try:
        yield
    except NOT_SENT as exc:
        raise unanswered("unreachable") from exc
    except httpx.TimeoutException as exc:
        raise unanswered("timed_out") from exc
    except LOST as exc:
        raise unanswered("broken_answer") from exc


def unanswered(code: str, after_s: float = 0.0) -> ScreeningError:
    return ScreeningError(UNANSWERED[code], code=code, retry_after_s=after_s)


def misconfigured(code: str) -> ScreeningMisconfigured:
    return ScreeningMisconfigured(MISCONFIGURED[code], code=code)


def error_of(status: int, headers: httpx.Headers) -> ScreeningError:
    """The error for any answer but 200."""
    wait_s = retry_after_s(headers.get("retry-after"), headers.get("date")) or 0.0
    if status in _PASSING or status >= 500:
        return unanswered(_PASSING.get(status, "service_failed"), wait_s)
    if 300 <= status < 400:
        return misconfigured("not_found")
    if status >= 400:
        return misconfigured(_SETUP.get(status, "request_refused"))
    return unanswered("broken_answer")
