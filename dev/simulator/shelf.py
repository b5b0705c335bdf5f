"""What the simulated Content Safety resource keeps: blocklists, and what was screened."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence


class Shelf:
    """The blocklists, by name, and what was screened, without the texts."""

    def __init__(self) -> None:
        self._lists: dict[str, tuple[str, ...]] = {}
        self._screened: list[dict[str, object]] = []
        self._lock = threading.Lock()

    def replace(self, lists: Mapping[str, Sequence[str]]) -> None:
        with self._lock:
            self._lists = {name: tuple(items) for name, items in lists.items()}

    def lists(self) -> dict[str, tuple[str, ...]]:
        with self._lock:
            return dict(self._lists)

    def note(self, chars: int, severities: Mapping[str, int]) -> None:
        with self._lock:
            self._screened.append({"chars": chars, "severities": dict(severities)})

    def rows(self) -> list[dict[str, object]]:
        with self._lock:
            return list(self._screened)

    def clear(self) -> None:
        with self._lock:
            self._lists, self._screened = {}, []
