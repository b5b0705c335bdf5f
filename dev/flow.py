"""
`python3 dev flow FILE`: a workflow definition, run here against the running system.
"""

import argparse
import base64
import json
import queue
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dev.cli import Stop
from dev.display import Display, progress
from dev.engine.errors import FaultyWorkflow
from dev.engine.mailbox import Mail, Mailbox
from dev.engine.outcome import SKIPPED, SUCCEEDED, Outcome
from dev.engine.pace import Pace
from dev.engine.run import Run
from dev.engine.tree import every
from dev.engine.workflow import Setting, Workflow, deployed
from dev.http_client import send
from dev.places import from_caller
from dev.up_file import running_record

Json = Mapping[str, Any]

EVENT_TIMEOUT_S = 120.0
NOBODY = "nobody"
ASKED = "darkroom.approval.requested"
# What is asked for where the person says nothing.
ORDER = {"prompt": "A lighthouse at dusk, watercolour", "quality": "low"}
ME = "me@example.com"
LOOK_EVERY_S = 0.5


def run(options: argparse.Namespace) -> int:
    """
    0 when the run succeeded.
    """
    record, definition = running_record(), _definition(from_caller(options.file))
    names = tuple(dict.fromkeys(name for name, _ in every(definition["actions"])))
    try:
        with progress(names) as display:
            ended = flow(definition, record, options, display)
    except FaultyWorkflow as error:
        raise Stop(f"{options.file} cannot run:\n{error}") from error
    print("\n" + "\n".join(closing(ended)))
    return 0 if ended.outcome(LOOK_EVERY_S).status == SUCCEEDED else 1


def flow(definition: Json, record: Json, options: argparse.Namespace, display: Display) -> Run:
    """
    Deploy it, call its trigger or let Darkroom call it, and watch it to its end.
    """
    mailbox = Mailbox(lambda mail: _answer(mail, options.answer))
    setting = Setting({"office365": mailbox}, Pace(options.speed), Shown(display))
    with deployed(definition, _parameters(definition, record, options), setting) as workflow:
        body = json.loads(options.body) if options.body else ORDER
        fed = "decisionUrl" in workflow.trigger["inputs"].get("schema", {}).get("required", ())
        begun = _by_event(workflow, record, body) if fed else _by_hand(workflow, body)
        while not begun.finished.wait(LOOK_EVERY_S):
            if options.answer != NOBODY and not fed:
                decide(begun, record, options.answer)
        return begun


def decide(begun: Run, record: Json, answer: str) -> None:
    """
    Whoever is asked about the request that the run has made says the same as to a mail. It is
    found by its key, which our files begin with the id of the run.
    """
    key = {"x-functions-key": record["functionKey"]}
    found = send(
        "GET", f"{record['apiUrl']}/images?idempotencyKey={begun.id}-images", headers=key
    ).json()
    for one in found.get("items", []):
        if one["status"] == "awaitingApproval":
            verdict = {"decision": answer, "reviewer": ME}
            send("POST", f"{record['apiUrl']}/images/{one['id']}/decision", verdict, key)


def closing(ended: Run) -> list[str]:
    """
    How it ended, and what the calls that failed were answered.
    """
    outcome = ended.outcome(LOOK_EVERY_S)
    code = (outcome.error or {}).get("code")
    said = [f"The run has ended: {outcome.status}" + (f" ({code})" if code else "")]
    for name, one in ended.frame.results.items():
        if isinstance(one.outputs, dict) and int(one.outputs.get("statusCode", 0)) >= 400:
            said.append(f"{name} was answered {one.outputs['statusCode']}: {_problem(one)}")
    return said


def _problem(outcome: Outcome) -> str:
    """
    Our errors tell no secrets; to a workflow their kind of JSON is only bytes.
    """
    body = outcome.outputs["body"]
    if not isinstance(body, dict) or "$content" not in body:
        return "no problem document"
    problem = json.loads(base64.b64decode(body["$content"]))
    faults = [f"{one['pointer']} {one['detail']}" for one in problem.get("errors", [])]
    return " ".join([str(problem.get("code")), *faults])


class Shown:
    """
    The engine's watcher, on the display.
    """

    def __init__(self, display: Display) -> None:
        self.display = display

    def began(self, action: str) -> None:
        self.display.begin(action)

    def waits(self, action: str, detail: str) -> None:
        self.display.note(action, detail)

    def ended(self, action: str, status: str, code: str) -> None:
        if status == SUCCEEDED:
            self.display.done(action)
        elif status == SKIPPED:
            self.display.done(action, "skipped")
        else:
            self.display.fail(action, f"{status} {code}".strip())


def _definition(file: Path) -> Json:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Stop(f"{file} is no workflow definition ({error}).") from error
    if not isinstance(found, dict) or not isinstance(found.get("actions"), dict):
        raise Stop(f"{file} is no workflow definition: it has no actions.")
    return found


def _parameters(definition: Json, record: Json, options: argparse.Namespace) -> dict[str, Any]:
    """
    What the running system knows, where the workflow asks for it; then what the person says.
    """
    known = {
        "darkroomUrl": record["apiUrl"],
        "darkroomKey": record["functionKey"],
        "approver": ME,
    }
    declared = definition.get("parameters", {})
    own = dict(pair.split("=", 1) for pair in options.param if "=" in pair)
    if len(own) < len(options.param):
        raise Stop("a parameter is given as --param name=value, each name once.")
    typed = {name: _typed(value, declared.get(name, {})) for name, value in own.items()}
    return {name: value for name, value in known.items() if name in declared} | typed


def _typed(text: str, declared: Json) -> Any:
    """
    Texts are given as they are, everything else as JSON.
    """
    if str(declared.get("type")).endswith("String"):
        return text
    try:
        return json.loads(text)
    except ValueError:
        raise Stop(f"`{text}` is no {declared.get('type')}.") from None


def _by_hand(workflow: Workflow, body: Any) -> Run:
    answer = send("POST", workflow.trigger_url, body)
    if answer.status >= 400:
        raise Stop(f"the trigger answered {answer.status}: {answer.body.decode()}")
    return workflow.runs.get(timeout=EVENT_TIMEOUT_S)


def _by_event(workflow: Workflow, record: Json, body: Json) -> Run:
    """
    A request that asks people; its question starts the workflow.
    """
    wanted = {"approval": "default", "callbackUrl": workflow.trigger_url, "callbackEvents": [ASKED]}
    key = {"x-functions-key": record["functionKey"]}
    answer = send("POST", f"{record['apiUrl']}/images", {**body, **wanted}, key)
    if answer.status != 202:
        raise Stop(f"submit answered {answer.status}: {answer.body.decode()}")
    try:
        return workflow.runs.get(timeout=EVENT_TIMEOUT_S)
    except queue.Empty:
        raise Stop("no event came; does somebody have to be asked?") from None


def _answer(mail: Mail, wanted: str) -> str | None:
    """
    As the mail writes it.
    """
    if wanted == NOBODY:
        return None
    fitting = [option for option in mail.options if option.lower() == wanted.lower()]
    return fitting[0] if fitting else mail.options[0]
