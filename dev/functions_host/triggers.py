"""From accepted functions to their listeners and output queues."""

import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

from azure.functions.meta import Datum

from .bindings import Binding, Function
from .connections import HOST_STORAGE, resolve
from .cron import parse_cron
from .executor import Execution, Executor
from .host_json import QueueRules
from .host_rules import queue_name
from .invocation import Inputs
from .message_life import MessageLife, poison_name
from .message_text import overwrite_from_body, trigger_metadata, trigger_value
from .polling import PollDelay
from .queue_listener import QueueListener
from .queue_output import QueueOutput
from .queue_store import AzureQueueStore, Leased, QueueStore
from .settings import AppSettings
from .timer_listener import TimerListener, timer_value
from .timer_status import CONTAINER, BlobTimerStatus, TimerStatus, host_id


class Watchers:
    """Listeners by connection and queue, woken when this process stores a message there."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[tuple[str, str], list[QueueListener]] = {}

    def add(self, connection: str, listener: QueueListener) -> None:
        """Register a listener for its queue."""
        with self._lock:
            self._listeners.setdefault((connection, listener.queue_name), []).append(listener)

    def waker(self, connection: str, queue: str) -> Callable[[], None]:
        """A call that wakes every listener of the queue, also ones added later."""

        def wake() -> None:
            with self._lock:
                listeners = list(self._listeners.get((connection, queue), ()))
            for listener in listeners:
                listener.wake()

        return wake


class Triggers:
    """Builds what serves the app's queue and timer functions."""

    def __init__(
        self,
        root: Path,
        settings: AppSettings,
        rules: QueueRules,
    ) -> None:
        self._root = root
        self._settings = settings
        self._rules = rules
        self._watchers = Watchers()
        self._clients = ExitStack()

    def outputs(self, functions: Iterable[Function]) -> dict[str, Mapping[str, QueueOutput]]:
        """The output queues of every function, by parameter name."""
        return {
            function.name: {
                binding.name: self._output(binding)
                for binding in function.bindings
                if binding.type == "queue" and binding.is_out
            }
            for function in functions
        }

    def _output(self, binding: Binding) -> QueueOutput:
        name = queue_name(binding, self._settings)
        connection = binding.text("connection")
        return QueueOutput(
            self._store(connection, name),
            is_base64=self._rules.base64,
            wake=self._watchers.waker(connection or HOST_STORAGE, name),
        )

    def _store(self, connection: str, name: str) -> QueueStore:
        client = resolve(connection, "queue", self._settings).queue(name)
        self._clients.callback(client.close)
        return AzureQueueStore(client)

    def close(self) -> None:
        """Close every storage client; nothing may use one any more."""
        self._clients.close()

    def queue_listener(self, function: Function, executor: Executor) -> QueueListener:
        """The listener of one queue function."""
        connection = function.trigger.text("connection")
        queue = self._store(connection, queue_name(function.trigger, self._settings))
        life = self._life(connection, queue, lambda *received: begin(*received))

        def begin(message: Leased, body: bytes) -> Execution:
            return executor.begin(function, queue_inputs(function.trigger, message, body))

        listener = QueueListener(queue, life.run, self._rules, PollDelay(self._rules.poll_max_s))
        self._watchers.add(connection or HOST_STORAGE, listener)
        return listener

    def _life(
        self, connection: str, queue: QueueStore, begin: Callable[[Leased, bytes], Execution]
    ) -> MessageLife:
        poison = poison_name(queue.name)
        if poison is None:
            return MessageLife(queue, None, self._rules, begin)
        wake = self._watchers.waker(connection or HOST_STORAGE, poison)
        return MessageLife(queue, self._store(connection, poison), self._rules, begin, wake)

    def timer_listener(self, function: Function, executor: Executor) -> TimerListener:
        """The listener of one timer function."""
        trigger = function.trigger
        cron = parse_cron(self._settings.expand(trigger.text("schedule")))
        monitored = trigger.raw.get("useMonitor", True) and not cron.more_than_once_a_minute()

        def run(value: Datum) -> None:
            executor.begin(function, Inputs({trigger.name: value})).succeeded()

        return TimerListener(
            function.name,
            cron,
            run,
            self._timer_status(function.name) if monitored else None,
            run_on_startup=bool(trigger.raw.get("runOnStartup", False)),
        )

    def _timer_status(self, function: str) -> TimerStatus:
        container = resolve(HOST_STORAGE, "blob", self._settings).container(CONTAINER)
        self._clients.callback(container.close)
        return BlobTimerStatus(container, host_id(self._root, self._settings), function)


def queue_inputs(trigger: Binding, message: Leased, body: bytes) -> Inputs:
    """The trigger value and its metadata, as the worker receives them."""
    value = trigger_value(body, trigger.text("dataType"))
    return Inputs({trigger.name: value}, trigger_metadata(message, value))


def manual_inputs(trigger: Binding, text: str) -> Inputs:
    """What a start by hand passes: a timer request, or a message that has only a body."""
    if trigger.type == "timerTrigger":
        return Inputs({trigger.name: timer_value(False, None)})
    value = trigger_value(text.encode(), trigger.text("dataType"))
    facts = {"QueueTrigger": Datum(text, "string")}
    return Inputs({trigger.name: value}, overwrite_from_body(facts, value))
