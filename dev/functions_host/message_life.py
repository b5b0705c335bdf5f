"""What happens to one received message, from the lease to its deletion, release or poison."""

from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from .eventlog import log_event
from .host_json import QueueRules
from .host_rules import valid_queue_name
from .message_text import decode_text
from .queue_output import put_creating
from .queue_store import Leased, MessageGone, QueueBusy, QueueError, QueueMissing, QueueStore

# The platform's receive hides a message for ten minutes; host.json cannot change it.
LEASE_S = 600
# It renews the lease every half lease; after a server error twice as soon, but not below 60 s.
RENEW_AFTER_S = 300.0
_RENEW_FLOOR_S = 60.0
_POISON_SUFFIX = "-poison"


class Running(Protocol):
    """An invocation as seen from the message's side."""

    def wait(self, for_s: float | None = None) -> bool:
        """True when it ended within the time."""

    def succeeded(self) -> bool:
        """The verdict, outputs included."""


def poison_name(queue: str) -> str | None:
    """`<queue>-poison`, or None where the platform defines no poison queue."""
    name = queue + _POISON_SUFFIX
    return None if queue.endswith(_POISON_SUFFIX) or not valid_queue_name(name) else name


class MessageLife:
    """Runs messages of one queue through a function, at least once each."""

    def __init__(
        self,
        queue: QueueStore,
        poison: QueueStore | None,
        rules: QueueRules,
        begin: Callable[[Leased, bytes], Running],
        wake_poison: Callable[[], None] = lambda: None,
    ) -> None:
        self._queue = queue
        self._poison = poison
        self._rules = rules
        self._begin = begin
        self._wake_poison = wake_poison

    def run(self, message: Leased) -> None:
        """Handle one message; a failing completion write is noted, the lease then runs out."""
        try:
            self._run(message)
        except QueueError as exc:
            log_event("queue.completion_failed", queue=self._queue.name, error=str(exc))

    def _run(self, message: Leased) -> None:
        try:
            body = decode_text(message.text, is_base64=self._rules.base64)
        except ValueError:
            # Stored as it came: it cannot be decoded, so it is not encoded again either.
            self._to_poison(message, message.receipt)
            return
        if message.dequeue_count > self._rules.max_dequeue_count:
            self._to_poison(message, message.receipt)
            return
        running = self._begin(message, body)
        receipt = self._keep_lease(message, running)
        if running.succeeded():
            self._delete(message, receipt)
        else:
            self._after_failure(message, receipt)

    def _keep_lease(self, message: Leased, running: Running) -> str:
        """Renew until the function ended; the newest receipt is needed for every write."""
        receipt, pause_s = message.receipt, RENEW_AFTER_S
        while not running.wait(pause_s):
            try:
                receipt = self._queue.renew(message.id, receipt, LEASE_S)
                pause_s = RENEW_AFTER_S
            except (MessageGone, QueueMissing):
                # Somebody else has the message: renewal stops, the function keeps running.
                while not running.wait(None):
                    pass
                return receipt
            except QueueBusy:
                pause_s = max(_RENEW_FLOOR_S, pause_s / 2)
        return receipt

    def _after_failure(self, message: Leased, receipt: str) -> None:
        if self._poison is None:
            # No poison queue: neither released nor deleted, so it stays hidden until the
            # ten-minute lease ends and is delivered again then.
            return
        if message.dequeue_count >= self._rules.max_dequeue_count:
            self._to_poison(message, receipt)
            return
        with suppress(MessageGone, QueueMissing):
            self._queue.renew(message.id, receipt, self._rules.retry_visible_in_s)

    def _to_poison(self, message: Leased, receipt: str) -> None:
        """A new message with the same text and nothing else about the failure."""
        if self._poison is None:
            # The bundled extension (5.3.7) silently skips over-limit messages here.
            return
        log_event("queue.poisoned", queue=self._queue.name, to=self._poison.name)
        put_creating(self._poison, message.text)
        self._wake_poison()
        self._delete(message, receipt)

    def _delete(self, message: Leased, receipt: str) -> None:
        with suppress(MessageGone, QueueMissing):
            self._queue.delete(message.id, receipt)
