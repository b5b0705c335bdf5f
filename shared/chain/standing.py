"""
How receivers' hosts did of late, as this process saw it; what it forgets costs a little time only.

So that one slow receiver costs neither the chain nor the other receivers anything: its events
are not tried inside the chain, and only so many attempts at once may wait for hosts like it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.chain.ports import Clock

# After a failure; a success ends it at once.
DOUBTED_FOR = timedelta(minutes=5)
# Attempts to doubted hosts at once in one process: a host hands over 16 messages at a time.
DOUBTED_AT_ONCE = 4
MAX_HOSTS = 1000


@dataclass(slots=True)
class Standing:
    clock: Clock
    _failed: dict[str, datetime] = field(default_factory=dict)
    _under_way: list[str] = field(default_factory=list)

    def doubted(self, host: str) -> bool:
        at = self._failed.get(host)
        return at is not None and self.clock.now() < at + DOUBTED_FOR

    def note(self, host: str, *, worked: bool) -> None:
        self._failed.pop(host, None)
        if not worked:
            while len(self._failed) >= MAX_HOSTS:
                self._failed.pop(next(iter(self._failed)), None)
            self._failed[host] = self.clock.now()

    @contextmanager
    def place(self, host: str) -> Iterator[bool]:
        """Whether an attempt may begin now; a host that nobody doubts always has a place."""
        if not self.doubted(host):
            yield True
            return
        self._under_way.append(host)
        try:
            yield len(self._under_way) <= DOUBTED_AT_ONCE
        finally:
            self._under_way.remove(host)
