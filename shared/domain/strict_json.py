"""JSON that means one thing only: UTF-8, each name once, finite numbers, not nested without end."""

import json
import math
from collections.abc import Iterable

from shared.errors import DocumentBroken, Fault


def document(data: bytes, max_bytes: int, broken: type[DocumentBroken]) -> object:
    """
    What an operator's document says.

    Raises:
        DocumentBroken: as `broken`; it is too large, or no such JSON.
    """
    if len(data) > max_bytes:
        raise broken([Fault("#", f"More than {max_bytes:,} bytes.")])
    try:
        return loads(data)
    except ValueError:
        fault = Fault("#", "It must be JSON: UTF-8, each name once, finite numbers.")
        raise broken([fault]) from None


def loads(data: bytes) -> object:
    """
    Raises:
        ValueError: it is something else.
    """
    try:
        return json.loads(
            data.decode("utf-8-sig"),
            parse_constant=_no_number,
            parse_float=_finite,
            object_pairs_hook=_each_once,
        )
    except RecursionError:
        raise ValueError("nested too deep") from None


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number too large")
    return number


def _each_once(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError("a name occurs twice")
        found[name] = value
    return found
