"""The host's half of an invocation: start it, send its outputs, note how it ended."""

import time
import uuid
from collections.abc import Mapping

from azure.functions.meta import Datum

from .bindings import RETURN, Function
from .eventlog import log_event, traceback_text
from .invocation import Inputs, Produced
from .queue_output import QueueOutput
from .worker import Call, Worker


class Execution:
    """A running invocation. `finish` must be called once, by whoever waits for it."""

    def __init__(
        self, function: Function, call: Call, outputs: Mapping[str, QueueOutput], run_id: str
    ) -> None:
        self._function = function
        self._call = call
        self._outputs = outputs
        self._run_id = run_id
        self._started_s = time.monotonic()

    def wait(self, for_s: float | None = None) -> bool:
        """True when the handler ended within the time."""
        return self._call.wait(for_s)

    def finish(self) -> Datum | None:
        """Send outputs after the handler; returns its value, raises its failure."""
        try:
            produced = self._call.result()
            self._send(produced)
        except BaseException as exc:
            self._note(ok=False, error=traceback_text(exc))
            raise
        self._note(ok=True)
        return produced.returned

    def succeeded(self) -> bool:
        """`finish` for callers to whom only the verdict matters."""
        try:
            self.finish()
        except BaseException:
            return False
        return True

    def _send(self, produced: Produced) -> None:
        values = dict(produced.outputs)
        if produced.returned is not None:
            values[RETURN] = produced.returned
        for name, value in values.items():
            if name in self._outputs:
                self._outputs[name].send(value)

    def _note(self, **fields: object) -> None:
        log_event(
            "function.executed",
            function=self._function.name,
            invocation_id=self._run_id,
            duration_ms=round((time.monotonic() - self._started_s) * 1000),
            **fields,
        )


class Executor:
    """Starts invocations; knows the output queues of each function."""

    def __init__(
        self, worker: Worker, outputs: Mapping[str, Mapping[str, QueueOutput]] | None = None
    ) -> None:
        self._worker = worker
        self._outputs = outputs or {}

    def begin(self, function: Function, inputs: Inputs) -> Execution:
        """Hand the invocation to the worker."""
        run_id = str(uuid.uuid4())
        call = self._worker.start(function, inputs, run_id)
        return Execution(function, call, self._outputs.get(function.name, {}), run_id)
