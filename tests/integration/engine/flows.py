"""Small workflows around the actions under test, and a pace at which no test waits."""

import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from dev.engine.errors import Stopped
from dev.engine.mailbox import Connector
from dev.engine.pace import Pace
from dev.engine.run import Nobody, Run
from dev.engine.shapes import SCHEMA
from dev.engine.workflow import Setting, Workflow, deployed
from dev.http_client import Answer, send


class Skipping(Pace):
    """Time passes by pauses alone; each is written down and takes none of ours."""

    def __init__(self) -> None:
        super().__init__(speed=1_000_000.0)
        self.pauses_s: list[float] = []

    def now_s(self) -> float:
        return sum(self.pauses_s)

    def wait(self, pause_s: float, stop: threading.Event) -> None:
        self.pauses_s.append(pause_s)
        if stop.is_set():
            raise Stopped("The run ended.")


def definition(actions: Mapping[str, Any], trigger: Mapping[str, Any]) -> dict[str, Any]:
    manual = {"type": "Request", "kind": "Http", "inputs": {"method": "POST"}, **trigger}
    return {
        "$schema": SCHEMA,
        "contentVersion": "1.0.0.0",
        "parameters": {"url": {"type": "String"}, "$connections": {"type": "Object"}},
        "triggers": {"manual": manual},
        "actions": {name: {"runAfter": {}, **action} for name, action in actions.items()},
    }


@contextmanager
def flow(
    actions: Mapping[str, Any],
    url: str,
    pace: Pace,
    mail: Connector | None = None,
    trigger: Mapping[str, Any] | None = None,
) -> Iterator[Workflow]:
    connectors = {"office365": mail} if mail else {}
    setting = Setting(connectors, pace, Nobody())
    with deployed(definition(actions, trigger or {}), {"url": url}, setting) as workflow:
        yield workflow


def begun(workflow: Workflow, body: Any = None) -> Run:
    assert send("POST", workflow.trigger_url, body or {}).status == 202
    return workflow.runs.get(timeout=60)


def done(workflow: Workflow, body: Any = None) -> Run:
    run = begun(workflow, body)
    run.outcome(10)
    return run


def posted(url: str, body: Any, headers: Mapping[str, str]) -> Answer:
    """Header names go out letter by letter as they are, as Darkroom's do."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.netloc, timeout=60)
    sent = {"content-type": "application/json", **headers}
    try:
        connection.request("POST", f"{place.path}?{place.query}", json.dumps(body), sent)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()
