"""The simulator's own books: which requests reached a deployment, and what each would have cost.

Tests compare these with the application's books, so an image counts as billed once it was made,
whether or not the caller ever saw it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from .answers import Request


@dataclass
class Entry:
    """One request; ``images`` is how many were made, which is also how many were billed.

    ``arrived_epoch_s`` is when its first line was read, before its body was.
    """

    request_id: str
    deployment: str
    route: str
    arrived_epoch_s: float
    images: int = 0
    outcome: str = "running"
    billed: bool = False

    def bill(self, images: int) -> None:
        self.images, self.billed = images, True

    def close(self, outcome: str) -> None:
        self.outcome = outcome

    def lost(self) -> None:
        """The client went away before it had the answer."""
        self.outcome = "clientGone"

    def row(self) -> dict[str, object]:
        return {
            "requestId": self.request_id,
            "deployment": self.deployment,
            "images": self.images,
            "outcome": self.outcome,
            "billed": self.billed,
            "route": self.route,
            "arrivedAt": self.arrived_epoch_s,
        }


class Ledger:
    """Entries in the order they reached a deployment; one still at work shows as ``running``."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._lock = threading.Lock()

    def open(self, request: Request, deployment: str, route: str) -> Entry:
        entry = Entry(request.ledger_id, deployment, route, request.arrived_epoch_s)
        with self._lock:
            self._entries.append(entry)
        return entry

    def rows(self) -> list[dict[str, object]]:
        with self._lock:
            return [entry.row() for entry in self._entries]

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
