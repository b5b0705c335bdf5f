"""A limit over a whole exchange; the HTTP client's own limits are per read."""

from collections.abc import Callable


class Deadline:
    """Ends `after_s` from now, by a clock that is never set back."""

    def __init__(self, after_s: float, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._ends_at_s = monotonic() + after_s

    def left_s(self) -> float:
        return self._ends_at_s - self._monotonic()

    def over(self) -> bool:
        return self.left_s() <= 0
