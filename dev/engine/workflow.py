"""
A workflow that is deployed here: its trigger answers, and each call of it starts a run.
"""

import queue
import re
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dev.engine.actions import ACTIONS
from dev.engine.conditions import holds
from dev.engine.door import Answer, Incoming, open_door, refusal
from dev.engine.errors import FaultyWorkflow
from dev.engine.evaluate import Frame, evaluated
from dev.engine.mailbox import Connector
from dev.engine.pace import Pace
from dev.engine.rules import faults_of
from dev.engine.run import Nobody, Run, Watcher, World
from dev.engine.shape import fits
from dev.engine.tree import every

# A request to a trigger waits for its Response action no longer.
RESPONSE_TIMEOUT_S = 120.0

Definition = Mapping[str, Any]


class Workflow:
    """
    `trigger_url` is a credential. `runs` has each run as it begins.
    """

    def __init__(self, definition: Definition, world: World) -> None:
        self.definition, self.world = definition, world
        [(name, self.trigger)] = definition["triggers"].items()
        self.runs: queue.Queue[Run] = queue.Queue()
        self.threads: list[threading.Thread] = []
        self.begun: list[Run] = []
        self.responds = any(a["type"] == "Response" for _, a in every(definition["actions"]))
        path = f"/workflows/{world.workflow}/triggers/{name}/paths/invoke"
        self.trigger_url = world.door.open(path, f"/triggers/{name}/run", self.take)

    def take(self, incoming: Incoming) -> Answer:
        """
        Without a Response action 202 at once; else what it says, if it says it in time.
        """
        validated = "EnableSchemaValidation" in self.trigger.get("operationOptions", "")
        schema = self.trigger["inputs"].get("schema", {})
        if validated and not fits(incoming.body, schema):
            return refusal(400, "TriggerInputSchemaMismatch", "The body is not as the schema says.")
        run = self._begin(incoming)
        headers = {
            "x-ms-workflow-run-id": run.id,
            "x-ms-client-tracking-id": run.tracking_id,
        }
        if not self.responds:
            return Answer(202, None, headers)
        if not run.responded.wait(RESPONSE_TIMEOUT_S):
            return refusal(504, "GatewayTimeout", "No Response action was reached in time.")
        return run.response or refusal(502, "NoResponse", "The run ended without a Response.")

    def stop(self) -> None:
        for run in self.begun:
            run.cancel()
        for thread in self.threads:
            thread.join()

    def _begin(self, incoming: Incoming) -> Run:
        run_id = uuid.uuid4().hex.upper()
        given = {name.lower(): value for name, value in incoming.headers.items()}
        run = Run(run_id, self.world, incoming, given.get("x-ms-client-tracking-id", run_id))
        run.tracking_id = _tracking_id(self.trigger, run)
        actions = self.definition["actions"] if _meant(self.trigger, run) else {}
        thread = threading.Thread(target=run.execute, args=(actions,))
        self.threads.append(thread)
        self.begun.append(run)
        thread.start()
        self.runs.put(run)
        return run


@dataclass(frozen=True)
class Setting:
    """
    Where a workflow runs, and how fast its time passes.
    """

    connectors: Mapping[str, Connector]
    pace: Pace
    watcher: Watcher

    @classmethod
    def plain(cls, **connectors: Connector) -> "Setting":
        return cls(connectors, Pace(), Nobody())


@contextmanager
def deployed(
    definition: Definition, parameters: Mapping[str, Any], setting: Setting
) -> Iterator[Workflow]:
    """
    The workflow while it can be called; runs that are under way at the end are cancelled.

    Raises `FaultyWorkflow` where Azure would refuse to save it, or the stand-in cannot run it.
    """
    values = {"$connections": _connections(setting.connectors), **parameters}
    if faults := [*faults_of(definition), *_missing(definition, values)]:
        raise FaultyWorkflow(faults)
    known = {
        name: values.get(name, declared.get("defaultValue"))
        for name, declared in definition.get("parameters", {}).items()
    }
    with open_door() as door:
        name = uuid.uuid4().hex
        workflow = Workflow(definition, World(name, ACTIONS, known, door, *_parts(setting)))
        try:
            yield workflow
        finally:
            workflow.stop()


def _parts(setting: Setting) -> tuple[Mapping[str, Connector], Pace, Watcher]:
    return setting.connectors, setting.pace, setting.watcher


def _connections(connectors: Mapping[str, Connector]) -> dict[str, Any]:
    return {name: {"connectionId": f"/connections/{name}"} for name in connectors}


def _missing(definition: Definition, values: Mapping[str, Any]) -> list[str]:
    declared = definition.get("parameters", {})
    wanted = [n for n, one in declared.items() if "defaultValue" not in one and n not in values]
    faults = [f"parameters/{name}: has no value." for name in wanted]
    unknown = sorted(set(values) - set(declared) - {"$connections"})
    faults += [f"parameters/{name}: the workflow has no such parameter." for name in unknown]
    return faults + [
        f"parameters/{name}: must be one of {', '.join(map(str, allowed))}."
        for name, one in declared.items()
        if (allowed := one.get("allowedValues")) and values.get(name, allowed[0]) not in allowed
    ]


def _tracking_id(trigger: Mapping[str, Any], run: Run) -> str:
    own = trigger.get("correlation", {}).get("clientTrackingId")
    found = evaluated(own, Frame(run)) if own else None
    return re.sub(r"[^\x21-\x7e]", "", found)[:128] if found else run.tracking_id


def _meant(trigger: Mapping[str, Any], run: Run) -> bool:
    conditions = trigger.get("conditions", [])
    return all(holds(one["expression"], Frame(run)) for one in conditions)
