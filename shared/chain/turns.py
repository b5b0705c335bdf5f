"""Threads of this process that want to change the same blob take turns."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

# No wait may hold a thread for longer. Whoever is not through by then contends as another
# process would: the ETag decides who was first, the turns only save lost races.
PATIENCE_S = 3


class Turns:
    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._locks: defaultdict[str, Lock] = defaultdict(Lock)

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        lock = self._locks[name]
        mine = lock.acquire(timeout=self._patience_s)
        try:
            yield
        finally:
            if mine:
                lock.release()
