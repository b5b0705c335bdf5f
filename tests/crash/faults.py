"""What can go wrong at a port call, and the gate at which it does."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.errors import (
    ModelNotSent,
    ModelUnknown,
    ScreeningError,
    ServiceError,
    SinkError,
    StorageError,
)

if TYPE_CHECKING:
    from tests.crash.world import World

FREEZE_S = 800.0


class Died(BaseException):
    """The process is gone: nothing in it may catch this."""


@dataclass(frozen=True)
class Fault:
    """`kind` happens at call number `at`; `at2` is where a second worker pauses, if it does."""

    kind: str
    at: int
    at2: int = 0


KINDS = (
    "die_before",
    "die_after",
    "unavailable",
    "lost_answer",
    "lost_message",
    "freeze_before",
    "freeze_after",
    "twice_before",
    "twice_after",
)


class Gate:
    """Counts port calls; at the fault's call, lets the fault happen."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.count = 0
        self.log: list[str] = []
        self.frozen_at: list[str] = []
        self.open = True

    def __call__(self, what: str, call: Callable[[], Any]) -> Any:
        fault = self._world.fault
        inner = self._world.second
        if inner is not None and inner.is_current():
            return inner.gate(call)
        if not self.open:
            return call()
        self.count += 1
        self.log.append(what)
        if fault is None or self.count != fault.at:
            return call()
        return getattr(self, "_" + fault.kind)(what, call)

    def _die_before(self, what: str, call: Callable[[], Any]) -> Any:
        raise Died

    def _die_after(self, what: str, call: Callable[[], Any]) -> Any:
        call()
        raise Died

    def _unavailable(self, what: str, call: Callable[[], Any]) -> Any:
        raise _failure(what)

    def _lost_answer(self, what: str, call: Callable[[], Any]) -> Any:
        call()
        raise _failure(what)

    def _lost_message(self, what: str, call: Callable[[], Any]) -> Any:
        return None if what == "queue.send" else call()

    def _freeze_before(self, what: str, call: Callable[[], Any]) -> Any:
        self.frozen_at.append(what)
        self._world.meanwhile(lambda: self._world.run_for(FREEZE_S))
        return call()

    def _freeze_after(self, what: str, call: Callable[[], Any]) -> Any:
        answer = call()
        self._world.meanwhile(lambda: self._world.run_for(FREEZE_S))
        return answer

    def _freeze_then_die(self, what: str, call: Callable[[], Any]) -> Any:
        """The worker wakes up long after, gets a few calls further, and dies."""
        assert self._world.fault is not None
        self._world.fault = Fault("die_after", self.count + self._world.fault.at2)
        return self._freeze_after(what, call)

    def _twice_before(self, what: str, call: Callable[[], Any]) -> Any:
        self._world.meanwhile(self._world.again)
        return call()

    def _twice_after(self, what: str, call: Callable[[], Any]) -> Any:
        answer = call()
        self._world.meanwhile(self._world.again)
        return answer

    def _interleaved(self, what: str, call: Callable[[], Any]) -> Any:
        assert self._world.fault is not None
        self._world.second = Second(self._world.again, self._world.fault.at2)
        self._world.second.run_until_pause()
        return call()


def _failure(what: str) -> ServiceError:
    if what.startswith("model"):
        return ModelNotSent() if what == "model.prepare" else ModelUnknown()
    if what.startswith("describer"):
        return ModelUnknown()
    if what.startswith("screener"):
        return ScreeningError()
    return SinkError() if what.startswith("webhooks") else StorageError()


class Second:
    """A second worker in a thread of its own; only one of the two ever runs."""

    def __init__(self, work: Callable[[], None], pause_at: int) -> None:
        self._pause_at, self._count = pause_at, 0
        self._mine, self._theirs = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, args=(work,))
        self.failed: BaseException | None = None

    def is_current(self) -> bool:
        return threading.current_thread() is self._thread

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            self.failed = error
        self._theirs.set()

    def gate(self, call: Callable[[], Any]) -> Any:
        self._count += 1
        if self._count == self._pause_at:
            self._theirs.set()
            self._mine.wait()
        return call()

    def run_until_pause(self) -> None:
        self._thread.start()
        self._theirs.wait()

    def finish(self) -> None:
        self._mine.set()
        self._thread.join()


class Watched:
    """A port whose calls pass the gate."""

    def __init__(self, port: Any, name: str, gate: Gate) -> None:
        self._port, self._name, self._gate = port, name, gate

    def __getattr__(self, method: str) -> Any:
        call = getattr(self._port, method)
        if not callable(call):
            return call
        what = f"{self._name}.{method}"

        def watched(*args: Any, **kwargs: Any) -> Any:
            answer = self._gate(what, lambda: _now(call(*args, **kwargs)))
            if method == "writer":
                return Watched(answer, f"{self._name}.writer", self._gate)
            return answer

        return watched


def _now(answer: Any) -> Any:
    return list(answer) if isinstance(answer, Iterator) else answer
