"""The flow that asks reviewers, run on the stand-in: what it sends to whom, and when it decides."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from dev.engine.mailbox import Mailbox
from dev.engine.pace import Pace
from dev.engine.run import Nobody
from dev.engine.workflow import Setting, deployed
from dev.pack_solution import members
from shared.domain.event_views import forms
from shared.web.examples import examples
from tests.integration.engine.flows import done

Json = dict[str, Any]
# What people answer, as the connectors of Teams and Approvals give it.
ANSWERS: Json = {
    "body/data/outcome": "approve",
    "body/responder/userPrincipalName": "ana@contoso.com",
    "body/responses": [
        {"approverResponse": "Approve", "responder": {"email": "ana@contoso.com"}, "comments": ""}
    ],
}
ASK_IN, REVIEWERS = "Ask in (dkr_AskIn)", "Reviewers (dkr_Reviewers)"
TO_DECIDE = ["PostCardAndWaitForResponse", "DecideOnImages"]
IN_APPROVALS = ["StartAndWaitForAnApproval", "DecideOnImages"]
TO_LOOK = "PostCardToConversation"


class Recorder(Mailbox):
    """All connections of a flow; everybody answers at once, and approves."""

    def __init__(self) -> None:
        super().__init__(lambda mail: None)
        self.calls: list[tuple[str, Json]] = []

    def call(self, method: str, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        self.calls.append((path, dict(body)))
        return ANSWERS


def definition() -> Json:
    """The shipped flow, with a trigger and connections that the stand-in has."""
    [text] = [data for name, data in members("flows").items() if "AskReviewers" in name]
    found: Json = json.loads(text)["properties"]["definition"]
    trigger = {"type": "Request", "kind": "Http", "inputs": {"method": "POST"}}
    return dict(lowered({**found, "triggers": {"manual": trigger}}))


def lowered(node: Any) -> Any:
    if isinstance(node, list):
        return [lowered(one) for one in node]
    if not isinstance(node, dict):
        return node
    if not str(node.get("type")).startswith("OpenApiConnection"):
        return {name: lowered(one) for name, one in node.items()}
    host = {"connection": {"name": "/connections/all"}}
    path, body = node["inputs"]["host"]["operationId"], node["inputs"]["parameters"]
    inputs = {"host": host, "method": "post", "path": path, "body": body}
    return {**node, "type": "ApiConnection", "inputs": inputs}


def asked(event: Json, given: Mapping[str, str]) -> list[tuple[str, Json]]:
    """The calls that the flow makes for an event."""
    recorder = Recorder()
    setting = Setting({"all": recorder}, Pace(), Nobody())
    with deployed(definition(), given, setting) as workflow:
        assert done(workflow, event).outcome(10).status == "Succeeded"
    return recorder.calls


def of_a_request() -> Json:
    return dict(examples()["EventData"]["asked"])


def of_a_batch() -> Json:
    return dict(examples()["BatchAskingData"]["asked"])


def cut(steps: int) -> Json:
    """What is left of it when it was too large so many times."""
    event = of_a_request()
    links = {name: event[name] for name in ("decisionUrl", "reviewUrl", "reviewers")}
    return {**list(forms(event))[steps], **links}


@pytest.mark.parametrize(("where", "names"), [("Teams", TO_DECIDE), ("Approvals", IN_APPROVALS)])
@pytest.mark.parametrize("event", [of_a_request(), cut(1)])
def test_a_request(event: Json, where: str, names: list[str]) -> None:
    """People answer there, and what they say is posted with their token."""
    calls = asked(event, {ASK_IN: where})

    assert {name for name, _ in calls} == set(names)
    for verdict in (body for name, body in calls if name == "DecideOnImages"):
        assert (verdict["id"], verdict["body/decision"]) == (event["id"], "approve")
        assert verdict["x-review-token"] in json.dumps(event)


@pytest.mark.parametrize("where", ["Teams", "Approvals"])
@pytest.mark.parametrize("event", [of_a_batch(), cut(2)])
def test_what_only_the_page_can_show(event: Json, where: str) -> None:
    """A batch, and an event that was cut: a card leads to the page, and nothing is decided."""
    calls = asked(event, {ASK_IN: where})

    assert {name for name, _ in calls} == {TO_LOOK}
    cards = {card["body/recipient"]: json.loads(card["body/messageBody"]) for _, card in calls}
    assert len(cards) == len(calls)
    for own in event["reviewers"]:
        [button] = cards.pop(own["reviewer"])["actions"]
        assert (button["type"], button["url"]) == ("Action.OpenUrl", own["reviewUrl"])
    assert cards == {}


def test_a_batch_where_nobody_is_named() -> None:
    """Then those of the flow are told, with the link that is good for whoever holds it."""
    event = of_a_batch()
    nobody = {**event, "reviewers": [], "approval": {**event["approval"], "reviewers": []}}
    calls = asked(nobody, {REVIEWERS: "bo@contoso.com;caro@contoso.com"})

    told = {card["body/recipient"]: card["body/messageBody"] for _, card in calls}
    assert set(told) == {"bo@contoso.com", "caro@contoso.com"}
    assert all(event["reviewUrl"] in card for card in told.values())
