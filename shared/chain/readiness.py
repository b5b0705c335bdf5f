"""Whether storage answers: asked at most every ten seconds, however often we are asked."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.chain.ports import Blobs, Clock
from shared.domain import names
from shared.errors import StorageError

KEPT = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Found:
    """`missing` names the first container that could not be listed; None when all could."""

    at: datetime
    missing: str | None


class Readiness:
    def __init__(self, blobs: Blobs, clock: Clock) -> None:
        self._blobs, self._clock = blobs, clock
        self._found: Found | None = None

    def look(self) -> Found:
        now = self._clock.now()
        if self._found is None or not timedelta(0) <= now - self._found.at < KEPT:
            self._found = Found(now, self._missing())
        return self._found

    def _missing(self) -> str | None:
        """The first is enough: with storage away, each question takes its full time."""
        for container in names.CONTAINERS:
            try:
                self._blobs.page(container, "", 1)
            except StorageError:
                return container
        return None
