"""The call-rate quota, counted in slices.

A deployment's limit is stated per minute but judged in slices of 1 s and 10 s, so an uneven burst
is refused below the nominal rate. Requests that fail, refused ones included, count as well.
"""

from __future__ import annotations

import math
import threading
from collections import Counter
from dataclasses import dataclass
from typing import Protocol

# The minute keeps rates honest that do not divide into tens of seconds, 2 per minute for one.
SLICES_S = (1, 10, 60)


@dataclass(frozen=True)
class Standing:
    """Where a deployment stands after a request; ``retry_after_s`` is 0 when it was admitted."""

    limit_requests: int
    remaining_requests: int
    reset_s: int
    retry_after_s: float

    def headers(self) -> dict[str, str]:
        """Only the request headers: image deployments have no token quota."""
        return {
            "x-ratelimit-limit-requests": str(self.limit_requests),
            "x-ratelimit-remaining-requests": str(self.remaining_requests),
            "x-ratelimit-reset-requests": str(self.reset_s),
        }


class AnyQuota(Protocol):
    """What counts a deployment's requests."""

    def admit(self, now_s: float) -> Standing:
        """Count the request that arrived then; requests may be told out of order."""


class NoQuota:
    """Admits everything and shows the headers of an idle deployment."""

    def admit(self, now_s: float) -> Standing:
        return Standing(60, 59, 10, 0.0)


class Quota:
    """One deployment's requests per minute."""

    def __init__(self, requests_per_minute: int) -> None:
        if requests_per_minute < 1:
            raise ValueError("requests per minute must be at least 1")
        self._per_minute = requests_per_minute
        self._counts: Counter[tuple[int, int]] = Counter()
        self._lock = threading.Lock()

    def admit(self, now_s: float) -> Standing:
        """Count one request at a time in seconds, and say whether it is admitted."""
        with self._lock:
            waits_s = [self._count(slice_s, now_s) for slice_s in SLICES_S]
            left = max(0, self._per_minute - self._counts[60, int(now_s // 60)])
        wait_s = max(waits_s)
        reset_s = max(1, math.ceil(wait_s or 10 - now_s % 10))
        return Standing(self._per_minute, 0 if wait_s else left, reset_s, wait_s)

    def _allowed(self, slice_s: int) -> int:
        return math.ceil(self._per_minute * slice_s / 60)

    def _count(self, slice_s: int, now_s: float) -> float:
        """Seconds until this slice ends when it is full, else 0."""
        number = int(now_s // slice_s)
        # One slice back is kept: a long body is counted after a short one that arrived later.
        for key in [key for key in self._counts if key[0] == slice_s and key[1] < number - 1]:
            del self._counts[key]
        self._counts[slice_s, number] += 1
        full = self._counts[slice_s, number] > self._allowed(slice_s)
        return (number + 1) * slice_s - now_s if full else 0.0


def quota(requests_per_minute: int | None) -> AnyQuota:
    """The quota of a deployment, or one that admits everything."""
    return NoQuota() if requests_per_minute is None else Quota(requests_per_minute)
