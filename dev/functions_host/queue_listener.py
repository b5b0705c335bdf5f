"""Polling one queue for one function."""

import threading
import time
from collections.abc import Callable

from .eventlog import HOST_THREAD_PREFIX, log_event
from .host_json import QueueRules
from .message_life import LEASE_S
from .polling import PollDelay
from .queue_store import Leased, QueueError, QueueMissing, QueueStore


def spawn_thread(work: Callable[[], None]) -> None:
    """A daemon thread: a message abandoned at the end of the grace must not block exit."""
    threading.Thread(target=work, name=f"{HOST_THREAD_PREFIX}message", daemon=True).start()


class QueueListener:
    """Receives when few enough messages are in flight; backs off while nothing is found."""

    def __init__(
        self,
        queue: QueueStore,
        run_message: Callable[[Leased], None],
        rules: QueueRules,
        delay: PollDelay,
        spawn: Callable[[Callable[[], None]], None] = spawn_thread,
        pause: Callable[[threading.Event, float], object] = threading.Event.wait,
    ) -> None:
        self.queue_name = queue.name
        self._queue = queue
        self._run_message = run_message
        self._rules = rules
        self._delay = delay
        self._spawn = spawn
        self._pause = pause
        self._wake = threading.Event()
        self._changed = threading.Condition()
        self._in_flight = 0
        self._stopping = False
        self._found = False
        self._trouble = ""
        self._thread = threading.Thread(
            target=self._loop, name=f"{HOST_THREAD_PREFIX}queue-{queue.name}", daemon=True
        )

    def start(self) -> None:
        """Begin polling on the listener's own thread."""
        self._thread.start()

    def wake(self) -> None:
        """Cut the current delay short: this process put a message into the queue."""
        self._wake.set()

    def stop(self) -> None:
        """Stop receiving; messages in flight go on."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._wake.set()

    def wait_idle(self, until_s: float) -> bool:
        """Wait, until this monotonic time, for the last message; True when none is left."""
        self._thread.join(max(0.0, until_s - time.monotonic()))
        with self._changed:
            left_s = max(0.0, until_s - time.monotonic())
            return self._changed.wait_for(lambda: self._in_flight == 0, left_s)

    def _loop(self) -> None:
        while not self._stopping and not self._exists():
            self._back_off()
        while not self._stopping:
            self.step()

    def step(self) -> None:
        """One receive and what follows from it."""
        messages = self._receive()
        if not messages:
            self._back_off()
            return
        self._found = True
        with self._changed:
            self._in_flight += len(messages)
        for message in messages:
            self._spawn(lambda message=message: self._handle(message))  # type: ignore[misc]
        self._wait_for_room()

    def _handle(self, message: Leased) -> None:
        try:
            self._run_message(message)
        finally:
            with self._changed:
                self._in_flight -= 1
                self._changed.notify_all()

    def _wait_for_room(self) -> None:
        with self._changed:
            self._changed.wait_for(
                lambda: self._stopping or self._in_flight <= self._rules.new_batch_threshold
            )

    def _back_off(self) -> None:
        delay_s = self._delay.next_s(self._found)
        self._found = False
        self._pause(self._wake, delay_s)
        if not self._stopping:
            self._wake.clear()

    def _receive(self) -> list[Leased]:
        """Every refusal of the service counts as nothing found; a missing queue is silent."""
        try:
            found = self._queue.receive(self._rules.batch_size, LEASE_S)
        except QueueError as exc:
            self._note_trouble(exc)
            return []
        self._trouble = ""
        return found

    def _exists(self) -> bool:
        try:
            return self._queue.exists()
        except QueueError as exc:
            self._note_trouble(exc)
            return False

    def _note_trouble(self, exc: QueueError) -> None:
        """Once per kind of trouble: a listener may retry for hours."""
        if isinstance(exc, QueueMissing) or str(exc) == self._trouble:
            return
        self._trouble = str(exc)
        log_event("queue.unreachable", queue=self.queue_name, error=self._trouble)
