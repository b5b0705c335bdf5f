"""The host: starts everything in order and stops it in the opposite order."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .admin import Admin
from .bindings import Function
from .errors import ConfigurationError, FunctionRefused
from .eventlog import log_event
from .executor import Executor
from .host_json import HostOptions, read_host_json
from .host_rules import check_function, is_disabled
from .http_server import DEFAULT_BODY_LIMIT_BYTES, HttpServer
from .indexing import index_app
from .keys import KeyRing
from .queue_listener import QueueListener
from .settings import AppSettings
from .site import FunctionRoutes, Site
from .timer_listener import TimerListener
from .triggers import Triggers, manual_inputs
from .worker import Worker, default_thread_count, exit_on_timeout


@dataclass(frozen=True)
class HostConfig:
    """What the command line and the environment say."""

    root: Path
    port: int
    keys: KeyRing
    environ: Mapping[str, str]
    poll_max_s: float | None = None


class Host:
    """One app, one process: HTTP server, listeners and the worker's threads."""

    def __init__(
        self, config: HostConfig, on_timeout: Callable[[str], None] = exit_on_timeout
    ) -> None:
        self.state = "Starting"
        self.functions: Mapping[str, Function] = {}
        self.errors: dict[str, str] = {}
        self._config = config
        self._settings = AppSettings(config.environ)
        self._options = read_host_json(config.root / "host.json", config.environ, config.poll_max_s)
        self._site = Site(Admin(self, config.keys), self._settings, lambda: self.state == "Running")
        self._server = HttpServer(config.port, self._site.respond, self._body_limit_bytes())
        self._worker = Worker(self._thread_count(), self._options.function_timeout_s, on_timeout)
        self._executor = Executor(self._worker)
        self._triggers = Triggers(config.root, self._settings, self._options.queues)
        self._queues: list[QueueListener] = []
        self._timers: list[TimerListener] = []

    @property
    def url(self) -> str:
        """Base address without a trailing slash."""
        return self._server.url

    def start(self) -> None:
        """Listen (answering 503), index, start listeners; IndexingError leaves nothing served."""
        self._server.start()
        try:
            self._index()
        except BaseException:
            self.state = "Error"
            self._server.stop()
            self._worker.stop(wait=False)
            raise
        for listener in self._listeners():
            listener.start()
        self.state = "Running"

    def _index(self) -> None:
        self.functions = self._accepted(index_app(self._config.root, self._settings))
        active = [f for f in self.functions.values() if not is_disabled(f, self._settings)]
        self._executor = Executor(self._worker, self._triggers.outputs(self.functions.values()))
        for function in active:
            if function.trigger.type == "queueTrigger":
                self._queues.append(self._triggers.queue_listener(function, self._executor))
            elif function.trigger.type == "timerTrigger":
                self._timers.append(self._triggers.timer_listener(function, self._executor))
        prefix = self._options.route_prefix
        routes = FunctionRoutes(self.functions.values(), self._settings, prefix, self._config.keys)
        self._site.serve(routes, self._executor)

    def _accepted(self, indexed: list[Function]) -> dict[str, Function]:
        accepted: dict[str, Function] = {}
        for function in sorted(indexed, key=lambda f: f.name.lower()):
            if not _wanted(self._options, function.name):
                continue
            try:
                check_function(
                    function, self._settings, self._options.route_prefix, accepted.values()
                )
                accepted[function.name] = function
            except FunctionRefused as reason:
                self.errors[function.name] = str(reason)
                log_event("function.in_error", function=function.name, reason=str(reason))
        if not indexed:
            log_event("app.no_functions", hint="No job functions found.")
        return accepted

    def run_now(self, function: Function, text: str) -> None:
        """A start by hand; the verdict is in the log only."""
        with self._server.busy:
            self._executor.begin(function, manual_inputs(function.trigger, text)).succeeded()

    def stop(self, drain_s: float) -> bool:
        """Finish what is in flight within `drain_s`; True when nothing was left behind."""
        self.state = "Stopping"
        until_s = time.monotonic() + drain_s
        for listener in self._listeners():
            listener.stop()
        drained = [queue.wait_idle(until_s) for queue in self._queues]
        drained += [timer.wait_idle(_left_s(until_s)) for timer in self._timers]
        drained.append(self._server.busy.wait_idle(_left_s(until_s)))
        self._server.stop()
        self._worker.stop(wait=all(drained))
        if all(drained):
            self._triggers.close()
        self.state = "Stopped"
        return all(drained)

    def _listeners(self) -> list[QueueListener | TimerListener]:
        return [*self._queues, *self._timers]

    def _body_limit_bytes(self) -> int:
        text = self._settings.get("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT")
        return _positive(text, "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT") or DEFAULT_BODY_LIMIT_BYTES

    def _thread_count(self) -> int:
        name = "PYTHON_THREADPOOL_THREAD_COUNT"
        return _positive(self._settings.get(name), name) or default_thread_count()


def _wanted(options: HostOptions, name: str) -> bool:
    return options.only_functions is None or name in options.only_functions


def _positive(text: str | None, name: str) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ConfigurationError(f"{name} must be a whole number of at least 1")
    return int(text)


def _left_s(until_s: float) -> float:
    return max(0.0, until_s - time.monotonic())


def environment() -> Mapping[str, str]:
    """A snapshot of the process environment, taken after local.settings.json was applied."""
    return dict(os.environ)
