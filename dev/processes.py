"""
Child processes that never outlive us: each in a group of its own, its output in a log.
"""

import atexit
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import IO, Any

from dev import guard
from dev.quiet import tail

STOP_GRACE_S = 5.0
POLL_S = 0.03
# What `nice` can give at most.
LOWEST = 19


class ChildFailed(Exception):
    """A child ended or stayed silent where it should have become ready."""


@dataclass(frozen=True)
class Recipe:
    """
    Everything needed to start a child, and to start it again. `low_priority`: it and its
    children only get what nobody else wants of the processors.
    """

    name: str
    argv: Sequence[str]
    cwd: Path
    logs: Path
    env: Mapping[str, str] | None = None
    low_priority: bool = False


class Child:
    """
    One running child. `log_offset` is where its own output begins in the log.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.stopped = False
        self.log = recipe.logs / f"{recipe.name}.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self.log_offset = output.tell()
            self.process = _start(recipe, output)
        _guard.add(self)

    @property
    def pid(self) -> int:
        return self.process.pid

    def stop(self, grace_s: float = STOP_GRACE_S) -> None:
        """
        Ask the group to end, wait, then force what is left of it.
        """
        if self.stopped:
            return
        self.stopped = True
        _terminate(self.process)
        try:
            self.process.wait(grace_s)
        except subprocess.TimeoutExpired:
            pass
        finally:
            guard.signal_group(self.pid, force=True)
            self.process.wait()
            _guard.forget(self)

    def wait_for_event(self, event: str, timeout_s: float) -> dict[str, Any]:
        """
        The first JSON line of its output whose `event` is this one.
        """
        deadline = time.monotonic() + timeout_s
        while (found := find_event(self.output(), event)) is None:
            self.must_live(deadline, f"did not say `{event}` within {timeout_s:.0f} s")
            time.sleep(POLL_S)
        return found

    def must_run(self) -> None:
        """
        Raise with the log's end when the child has ended.
        """
        if (code := self.process.poll()) is not None:
            raise ChildFailed(f"{self.recipe.name} ended with {code}. {self.tail()}")

    def must_live(self, deadline: float, otherwise: str) -> None:
        """
        Likewise when the time is over.
        """
        self.must_run()
        if time.monotonic() > deadline:
            raise ChildFailed(f"{self.recipe.name} {otherwise}. {self.tail()}")

    def output(self) -> str:
        with self.log.open("rb") as file:
            file.seek(self.log_offset)
            return file.read().decode(errors="replace")

    def tail(self) -> str:
        return tail(self.log, since=self.log_offset)


def find_event(output: str, event: str) -> dict[str, Any] | None:
    """
    The first complete JSON line naming the event; other output is passed over.
    """
    for line in output.splitlines():
        if line.startswith("{") and line.endswith("}"):
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if record.get("event") == event:
                return dict(record)
    return None


def _start(recipe: Recipe, output: IO[bytes]) -> subprocess.Popen[bytes]:
    options = _apart()
    if recipe.low_priority and sys.platform == "win32":
        options["creationflags"] |= subprocess.IDLE_PRIORITY_CLASS
    process = subprocess.Popen(
        recipe.argv,
        cwd=recipe.cwd,
        env=recipe.env,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        **options,
    )
    if recipe.low_priority and sys.platform != "win32":
        os.setpriority(os.PRIO_PROCESS, process.pid, LOWEST)
    return process


def _apart() -> dict[str, Any]:
    """
    A group of its own: Ctrl-C in the terminal reaches us alone, and we stop all in order.
    """
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def _terminate(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    if sys.platform == "win32":
        import signal

        process.send_signal(signal.CTRL_BREAK_EVENT)
    else:
        guard.signal_group(process.pid, force=False)


class _Guard:
    """
    Our end of `dev/guard.py`, started with the first child; and at our own exit, the net
    under everybody's `finally`.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.children: set[Child] = set()
        self.process: subprocess.Popen[str] | None = None

    def add(self, child: Child) -> None:
        with self.lock:
            self.children.add(child)
            self._tell(f"+{child.pid}")

    def forget(self, child: Child) -> None:
        with self.lock:
            if child in self.children:
                self.children.discard(child)
                self._tell(f"-{child.pid}")

    def close(self) -> None:
        for child in list(self.children):
            child.stop(grace_s=1.0)
        if self.process and self.process.stdin:
            with suppress(OSError):
                self.process.stdin.close()
            self.process.wait()

    def _tell(self, line: str) -> None:
        if self.process is None:
            self.process = self._run()
        assert self.process.stdin
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        except OSError:
            # Somebody ended the guard, which Windows calls EINVAL; the `finally`s still hold.
            return

    def _run(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(guard.__file__))],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            **_apart(),
        )


_guard = _Guard()
atexit.register(_guard.close)
