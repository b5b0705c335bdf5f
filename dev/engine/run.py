"""
One run of a workflow: its facts, its actions' outcomes, its end.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from dev.engine.door import Answer, Callback, Door, Incoming
from dev.engine.errors import EngineError, Stopped, TimedOut
from dev.engine.evaluate import Frame
from dev.engine.graph import run_all
from dev.engine.mailbox import Connector
from dev.engine.outcome import CANCELLED, SKIPPED, TIMED_OUT, Outcome
from dev.engine.pace import Pace
from dev.engine.tree import Actions, branches


class Watcher(Protocol):
    """
    Who looks on. Only names, statuses and codes are told: addresses and bodies are credentials.
    """

    def began(self, action: str) -> None: ...

    def waits(self, action: str, detail: str) -> None: ...

    def ended(self, action: str, status: str, code: str) -> None: ...


class Nobody:
    """Nobody looks on."""

    def began(self, action: str) -> None:
        """Not told."""

    def waits(self, action: str, detail: str) -> None:
        """Not told."""

    def ended(self, action: str, status: str, code: str) -> None:
        """Not told."""


@dataclass(frozen=True)
class World:
    """
    What all runs of a workflow share.
    """

    workflow: str
    actions: "Mapping[str, Act]"
    parameters: Mapping[str, Any]
    door: Door
    connectors: Mapping[str, Connector]
    pace: Pace
    watcher: Watcher


# Name, definition, the place it stands at, the run.
Act = Callable[[str, Mapping[str, Any], Frame, "Run"], Outcome]


class Run:
    """
    `tracking_id` is the caller's own, else the run's id; it goes with every call.
    """

    def __init__(self, run_id: str, world: World, incoming: Incoming, tracking_id: str) -> None:
        self.id, self.world, self.tracking_id = run_id, world, tracking_id
        self.trigger: Mapping[str, Any] = incoming.outputs()
        self.parameters = world.parameters
        self.variables: dict[str, Any] = {}
        self.response: Answer | None = None
        self.responded = threading.Event()
        self.stop = threading.Event()
        self.finished = threading.Event()
        self.ending: Outcome | None = None
        self.frame = Frame(self)
        self.callbacks: list[Callback] = []
        # What unsubscribing came to: the workflow cannot see it.
        self.unsubscribed: list[str] = []
        self.lock = threading.Lock()

    def execute(self, actions: Actions) -> None:
        """
        To the end; whoever waits for the response hears at the latest now.
        """
        status = self.run_group(actions, self.frame)
        with self.lock:
            self.ending = self.ending or Outcome(status)
        self.responded.set()
        self.finished.set()

    def run_group(self, actions: Actions, frame: Frame) -> str:
        return run_all(
            actions,
            lambda name, action: self._perform(name, action, frame),
            lambda name, action: self._skip(name, action, frame),
            self.stop,
        )

    def end(self, outcome: Outcome) -> None:
        """
        Ended before its last action: by `Terminate`, or from outside. The first one counts.
        """
        with self.lock:
            if self.ending is not None:
                return
            self.ending = outcome
            self.stop.set()
            waiting = list(self.callbacks)
        for callback in waiting:
            callback.box.put(None)

    def cancel(self) -> None:
        self.end(Outcome(CANCELLED))

    def open_callback(self, action: str) -> Callback:
        path = f"/workflows/{self.world.workflow}/runs/{self.id}/actions/{action}"
        callback = self.world.door.callback(path)
        with self.lock:
            self.callbacks.append(callback)
            if self.ending is not None:
                callback.box.put(None)
        return callback

    def result(self, action: str) -> Outcome:
        """
        How an action that stands in no loop ended.
        """
        return self.frame.results[action]

    def outcome(self, timeout_s: float) -> Outcome:
        """
        How the run ended; it must have, within the time.
        """
        if not self.finished.wait(timeout_s) or self.ending is None:
            raise TimedOut(f"The run did not end within {timeout_s:.0f} s.")
        return self.ending

    def _perform(self, name: str, action: Mapping[str, Any], frame: Frame) -> Outcome:
        self.world.watcher.began(name)
        try:
            outcome = self.world.actions[action["type"]](name, action, frame, self)
        except TimedOut as error:
            outcome = Outcome(TIMED_OUT, None, {"code": error.code, "message": str(error)})
        except Stopped as error:
            outcome = Outcome(CANCELLED, None, {"code": error.code, "message": str(error)})
        except EngineError as error:
            outcome = Outcome.failed(error.code, str(error))
        frame.results[name] = outcome
        self.world.watcher.ended(name, outcome.status, (outcome.error or {}).get("code", ""))
        return outcome

    def _skip(self, name: str, action: Mapping[str, Any], frame: Frame) -> Outcome:
        """
        With everything inside it.
        """
        frame.results[name] = outcome = Outcome(SKIPPED)
        self.world.watcher.ended(name, SKIPPED, "")
        self.skip_groups(branches(action), frame)
        return outcome

    def skip_groups(self, groups: list[Actions], frame: Frame) -> None:
        for group in groups:
            for inner_name, inner in group.items():
                self._skip(inner_name, inner, frame)
