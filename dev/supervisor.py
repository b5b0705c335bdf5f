"""
Starts a child again when it dies unexpectedly, as the platform does with a Functions host.
"""

import time
from collections.abc import Callable
from threading import Event, Lock, Thread

from dev.processes import Child, Recipe, find_event

# A host that cannot come up is not started for ever. One that did come up, or lived this
# long, and was then killed, is: however often somebody kills it.
MOST_RESTARTS = 5
HEALTHY_AFTER_S = 5.0


class Supervised:
    """
    A child with a second life. `on_restart` gets the new pid; after too many starts in a row
    that led to nothing `failed` is set and the child stays down.
    """

    def __init__(
        self,
        recipe: Recipe,
        on_restart: Callable[[int], None] | None = None,
        healthy_after_s: float = HEALTHY_AFTER_S,
    ) -> None:
        self.recipe = recipe
        self.child = Child(recipe)
        self.on_restart = on_restart
        self.healthy_after_s = healthy_after_s
        self.failed = Event()
        self.started_at = time.monotonic()
        self.restarts = 0
        self._stopping = False
        self._lock = Lock()
        self._thread = Thread(target=self._watch, name=f"watch-{recipe.name}", daemon=True)

    def supervise(self) -> None:
        """
        From now on an end is unexpected; before, the start-up reports it.
        """
        self._thread.start()

    def stop(self) -> None:
        with self._lock:
            self._stopping = True
            child = self.child
        child.stop()
        if self._thread.is_alive():
            self._thread.join()

    def why_failed(self) -> str:
        return (
            f"{self.recipe.name} ended {MOST_RESTARTS + 1} times in a row before it was up "
            f"and is not started again. {self.child.tail()}"
        )

    def _watch(self) -> None:
        while True:
            self.child.process.wait()
            with self._lock:
                if self._stopping:
                    return
                # Its own children may have survived it, holding the port.
                self.child.stop(grace_s=0)
                if self._too_many():
                    self.failed.set()
                    return
                self.started_at = time.monotonic()
                self.child = Child(self.recipe)
            if self.on_restart:
                self.on_restart(self.child.pid)

    def _too_many(self) -> bool:
        self.restarts = 0 if self._was_up() else self.restarts
        self.restarts += 1
        return self.restarts > MOST_RESTARTS

    def _was_up(self) -> bool:
        lived_s = time.monotonic() - self.started_at
        started = find_event(self.child.output(), f"{self.recipe.name}.started")
        return lived_s >= self.healthy_after_s or started is not None
