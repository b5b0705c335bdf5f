"""The worker's half: runs handlers and converts what they return.

`def` handlers share one thread pool, `async def` handlers one event loop, as in Azure. A
handler that outlives `functionTimeout` ends the whole process: in Azure the worker process is
restarted and every invocation it was running dies with it; here whoever started us restarts us.
"""

import asyncio
import concurrent.futures
import os
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

from .bindings import Function
from .eventlog import log_event
from .invocation import Inputs, Produced, invoke_async, invoke_sync

# What a process aborted by SIGABRT reports; Windows has no signals, the number serves as well.
TIMEOUT_EXIT_CODE = 134


def exit_on_timeout(function_name: str) -> None:
    """End the process at once, without running any cleanup: that is what the app would see."""
    log_event("function.timeout", function=function_name, exit_code=TIMEOUT_EXIT_CODE)
    sys.stdout.flush()
    os._exit(TIMEOUT_EXIT_CODE)


def default_thread_count() -> int:
    """The worker's own default when PYTHON_THREADPOOL_THREAD_COUNT is not set."""
    return min(32, (os.cpu_count() or 1) + 4)


class Call:
    """A started invocation; whoever waits for it also watches the time limit."""

    def __init__(
        self,
        name: str,
        future: "concurrent.futures.Future[Produced]",
        timeout_s: float,
        on_timeout: Callable[[str], None],
    ) -> None:
        self._name = name
        self._future = future
        self._deadline_s = time.monotonic() + timeout_s
        self._on_timeout = on_timeout

    def wait(self, for_s: float | None = None) -> bool:
        """Wait until it ended, at most `for_s`; True when it ended."""
        left_s = self._deadline_s - time.monotonic()
        pause_s = left_s if for_s is None else min(for_s, left_s)
        # A lock cannot wait for ever-large numbers of seconds ("timeout value is too large").
        bounded_s = max(0.0, min(pause_s, threading.TIMEOUT_MAX))
        concurrent.futures.wait([self._future], timeout=bounded_s)
        if self._future.done():
            return True
        if time.monotonic() >= self._deadline_s:
            self._on_timeout(self._name)
        return False

    def result(self) -> Produced:
        """What the handler produced; raises what it raised."""
        self.wait()
        return self._future.result()


class Worker:
    """The thread pool and the event loop on which the app's code runs."""

    def __init__(
        self,
        thread_count: int,
        timeout_s: float,
        on_timeout: Callable[[str], None] = exit_on_timeout,
    ) -> None:
        self._timeout_s = timeout_s
        self._on_timeout = on_timeout
        self._pool = concurrent.futures.ThreadPoolExecutor(thread_count, "worker")
        self._loop = asyncio.new_event_loop()
        self._loop_thread = threading.Thread(
            target=self._loop.run_forever, name="worker-loop", daemon=True
        )
        self._loop_thread.start()

    def start(self, function: Function, inputs: Inputs, invocation_id: str) -> Call:
        """Begin one invocation; it may wait for a free thread."""
        if function.is_async:
            future = self._on_loop(invoke_async(function, inputs, invocation_id))
        else:
            future = self._pool.submit(invoke_sync, function, inputs, invocation_id)
        return Call(function.name, future, self._timeout_s, self._on_timeout)

    def _on_loop(
        self, coroutine: Coroutine[Any, Any, Produced]
    ) -> "concurrent.futures.Future[Produced]":
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def stop(self, *, wait: bool) -> None:
        """Let the threads go; with `wait` they must be idle already."""
        self._pool.shutdown(wait=wait, cancel_futures=True)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._loop_thread.join(1.0)
        if not self._loop.is_running():
            self._loop.close()
