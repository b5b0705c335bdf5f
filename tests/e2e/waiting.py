"""The one place where tests wait."""

import time
from collections.abc import Callable
from typing import TypeVar

POLL_S = 0.03

Found = TypeVar("Found")


def until(look: Callable[[], Found | None], what: str, timeout_s: float = 20.0) -> Found:
    """Look until something is found; `what` says in the failure what never came."""
    deadline_s = time.monotonic() + timeout_s
    while not (found := look()):
        assert time.monotonic() < deadline_s, f"not within {timeout_s:.0f} s: {what}"
        time.sleep(POLL_S)
    return found
