"""
What a retry policy may say.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from dev.engine.durations import seconds
from dev.engine.errors import BadExpression
from dev.engine.shapes import MAX_RETRIES, MAX_RETRY_S, MIN_RETRY_S, RETRY, RETRY_TYPES


def retry_faults(policy: Mapping[str, Any] | None, path: str) -> Iterator[str]:
    """
    None is the default of the service.
    """
    if policy is None:
        return
    yield from (f"{path}: `{name}` is no field of it." for name in policy if name not in RETRY)
    if policy.get("type") not in RETRY_TYPES:
        yield f"{path}: a type is one of {', '.join(sorted(RETRY_TYPES))}."
        return
    if policy["type"] in ("default", "none"):
        return
    if not 1 <= policy.get("count", 0) <= MAX_RETRIES:
        yield f"{path}: between 1 and {MAX_RETRIES} retries."
    if "interval" not in policy:
        yield f"{path}: the interval is missing."
    for name in RETRY - {"type", "count"}:
        yield from _interval_faults(policy.get(name, "PT5S"), f"{path}/{name}")


def _interval_faults(text: object, path: str) -> Iterator[str]:
    try:
        if not MIN_RETRY_S <= seconds(text) <= MAX_RETRY_S:
            yield f"{path}: between PT5S and P1D."
    except BadExpression as error:
        yield f"{path}: {error}"
