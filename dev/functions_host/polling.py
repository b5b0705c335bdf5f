"""How long a queue listener waits between two empty receives."""

import random
from collections.abc import Callable

from .host_json import MIN_POLL_S

# The platform multiplies each growth by a factor drawn from this range.
_JITTER_LOW, _JITTER_HIGH = 0.8, 1.2


class PollDelay:
    """The platform's randomised doubling: 0.1 s floor, ceiling from host.json.

    Once the ceiling is reached it stays there until a message was found; a hit brings the
    next delay back to the floor.
    """

    def __init__(self, max_s: float, jitter: Callable[[float, float], float] | None = None) -> None:
        self._max_s = max_s
        self._jitter = jitter or random.uniform
        self._interval_s = 0.0
        self._exponent = 0

    def next_s(self, found: bool) -> float:
        """`found`: a message was seen since the previous delay."""
        if found:
            self._interval_s, self._exponent = MIN_POLL_S, 1
        elif self._interval_s != self._max_s:
            self._grow()
        return self._interval_s

    def _grow(self) -> None:
        self._interval_s = MIN_POLL_S + self._increment_s()
        if self._interval_s < self._max_s:
            self._exponent += 1
        else:
            self._interval_s = self._max_s

    def _increment_s(self) -> float:
        if self._exponent == 0:
            return 0.0
        factor = self._jitter(_JITTER_LOW, _JITTER_HIGH)
        return float(factor * 2 ** (self._exponent - 1) * MIN_POLL_S)
