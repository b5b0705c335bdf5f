"""How long a server asks us to wait."""

import re

from shared.adapters.clock import http_date

# A day: the longest wait seen from Azure OpenAI (restricted subscriptions say 86400).
LONGEST_S = 86_400.0

_SECONDS = re.compile(r"[0-9]{1,18}(\.[0-9]{1,6})?")


def retry_after_s(value: str | None, date: str | None) -> float | None:
    """
    Seconds from a `Retry-After` value, a number or an HTTP date; None when it says nothing.

    A date is counted from `date`, the same answer's `Date` header, so that our clock and
    the server's need not agree.
    """
    if value and _SECONDS.fullmatch(value.strip()):
        return min(float(value), LONGEST_S)
    until, since = http_date(value), http_date(date)
    if until is None or since is None:
        return None
    return min(max((until - since).total_seconds(), 0.0), LONGEST_S)
