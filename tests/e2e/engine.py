"""The shipped workflow files, deployed on the stand-in against the running system."""

import json
import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from string import Template
from typing import Any

from dev.engine.door import Callback
from dev.engine.mailbox import Mail, Mailbox
from dev.engine.pace import Pace
from dev.engine.run import Nobody, Run
from dev.engine.workflow import Setting, Workflow, deployed
from dev.http_client import Answer
from dev.places import ROOT
from tests.e2e.client import Client
from tests.e2e.waiting import until
from tests.integration.engine.flows import posted

FOLDER = ROOT / "infra" / "integrations" / "logic_app"
ASKED = "darkroom.approval.requested"
# A poll that Darkroom asks for in 5 s comes after a quarter of one.
QUICK = 20.0
# The three days of an approval mail pass in a quarter of a second.
HASTY = 1_000_000.0
RUN_TIMEOUT_S = 30.0


def shipped(name: str) -> dict[str, Any]:
    """The definition as it is deployed to Azure."""
    return dict(json.loads((FOLDER / name / "workflow.json").read_text(encoding="utf-8")))


@contextmanager
def asking(name: str, client: Client) -> Iterator[Workflow]:
    """A workflow that asks for images."""
    parameters = {"darkroomUrl": client.api_url, "darkroomKey": client.key}
    with deployed(shipped(name), parameters, Setting({}, Pace(QUICK), Nobody())) as workflow:
        yield workflow


@contextmanager
def mailing(
    client: Client, choose: Callable[[Mail], str | None], speed: float = 1.0, **parameters: str
) -> Iterator[tuple[Workflow, Mailbox]]:
    """The approval workflow, with people who answer their mail by `choose`."""
    mailbox = Mailbox(choose)
    setting = Setting({"office365": mailbox}, Pace(speed), Nobody())
    given = {"darkroomUrl": client.api_url, "approver": "somebody@contoso.example", **parameters}
    with deployed(shipped("approval"), given, setting) as workflow:
        yield workflow, mailbox


def started(workflow: Workflow, body: Mapping[str, Any]) -> Run:
    """The run of one call of the trigger."""
    answer = call(workflow, body)
    assert answer.status == 202, answer.body
    return workflow.runs.get(timeout=RUN_TIMEOUT_S)


def call(workflow: Workflow, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
    """A call of the trigger by somebody who has its address."""
    return posted(workflow.trigger_url, body, headers or {})


def next_run(workflow: Workflow) -> Run:
    """The run that an event of Darkroom starts."""
    return workflow.runs.get(timeout=RUN_TIMEOUT_S)


def request_of(run: Run, client: Client) -> str:
    """The request a run has asked for, found by the key that its action sends."""

    def look() -> str | None:
        items = client.listed(idempotencyKey=f"{run.id}-images").json()["items"]
        return str(items[0]["id"]) if items else None

    return until(look, "the run's request")


def ended(run: Run) -> tuple[str, str]:
    """Status and error code of the whole run."""
    outcome = run.outcome(RUN_TIMEOUT_S)
    return outcome.status, (outcome.error or {}).get("code", "")


def only_callback(run: Run) -> Callback:
    [callback] = run.callbacks
    return callback


def documented(mark: str, **values: str) -> tuple[str, str, Any, dict[str, str]]:
    """Method, address, body and headers of a request as the makers' page shows it."""
    text = (ROOT / "docs" / "integrations" / "logic-apps.md").read_text(encoding="utf-8")
    command = text.partition(f"<!-- run: {mark} -->\n```\n")[2].partition("```")[0]
    words = [Template(word).substitute(values) for word in shlex.split(command)]
    headers = dict(pair.split(": ", 1) for pair in _after("-H", words))
    [method], [body] = _after("-X", words), _after("-d", words)
    [url] = [word for word in words if word.startswith("http")]
    return method, url, json.loads(body), headers


def _after(option: str, words: list[str]) -> list[str]:
    return [words[k + 1] for k, word in enumerate(words) if word == option]
