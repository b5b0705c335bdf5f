"""
Starts a child again when it dies unexpectedly, as the platform does with a Functions host.
"""

import time
from collections.abc import Callable
from threading import Event, Lock, Thread

from dev.processes import Child, Recipe

# A host that cannot live is not started for ever.
MOST_RESTARTS = 5
WITHIN_S = 60.0


class Supervised:
    """
    A child with a second life. `on_restart` gets the new pid; after too many restarts
    `failed` is set and the child stays down.
    """

    def __init__(self, recipe: Recipe, on_restart: Callable[[int], None] | None = None) -> None:
        self.recipe = recipe
        self.child = Child(recipe)
        self.on_restart = on_restart
        self.failed = Event()
        self.restarts: list[float] = []
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
            f"{self.recipe.name} ended {MOST_RESTARTS + 1} times within {WITHIN_S:.0f} s "
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
                self.child = Child(self.recipe)
            if self.on_restart:
                self.on_restart(self.child.pid)

    def _too_many(self) -> bool:
        now = time.monotonic()
        self.restarts = [at for at in self.restarts if now - at < WITHIN_S]
        if len(self.restarts) >= MOST_RESTARTS:
            return True
        self.restarts.append(now)
        return False
