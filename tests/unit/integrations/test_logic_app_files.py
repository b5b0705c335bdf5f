"""The shipped Logic Apps and the code agree: nothing in the files is known by them alone."""

from collections.abc import Mapping
from typing import Any, get_args

import pytest

from dev.engine.rules import faults_of
from dev.engine.tree import texts
from shared.domain.decision import DecisionBody, in_our_form
from shared.domain.resource import Status
from shared.domain.transitions import EVENTS, FINAL_EVENTS, REQUESTED
from shared.web.bodies import validated
from shared.web.openapi import document
from shared.web.table import ROUTES
from tests.unit.integrations.definitions import NAMES, Json, actions, nodes, paths, shipped

DOCUMENT = document(tuple(ROUTES.values()), "https://d.example/api", "0")
SCHEMAS = DOCUMENT["components"]["schemas"]
# Of the contract; to be routes as soon as subscriptions are.
NOT_YET = {("post", "/callbacks/unsubscribe")}
ASKS = {"submit_and_wait": "Ask_for_images", "http_webhook": "Ask_and_wait"}
# Signs of a value that lets whoever reads it do something.
CREDENTIALS = ("darkroomKey", "decisionUrl", "reviewUrl", "images", "Images_", "Ask_")
# What a run's history shows of these is a choice, not the values that led to it.
CHOOSING = {"If", "Switch", "Foreach", "Terminate", "InitializeVariable", "SetVariable"}


def calls(name: str) -> dict[str, Json]:
    """Every call of a file that goes to a route by its name."""
    found: dict[str, Json] = {}
    for action, body in actions(name).items():
        if body["type"] == "Http":
            found[action] = body["inputs"]
        elif body["type"] == "HttpWebhook":
            found |= {f"{action}/{part}": call for part, call in body["inputs"].items()}
    return found


def route(call: Mapping[str, Any]) -> tuple[str, str] | None:
    """Method and path; None where the address comes with an event."""
    uri = call["uri"]
    if uri == "@item()?['decisionUrl']":
        return None
    path = uri.removeprefix("@concat(parameters('darkroomUrl'), '").removesuffix("')")
    return call["method"].lower(), path


def field(schema: Mapping[str, Any], keys: tuple[Any, ...]) -> bool:
    """Whether the keys lead to a property of a schema of the OpenAPI document."""
    if "$ref" in schema:
        return field(SCHEMAS[schema["$ref"].rpartition("/")[2]], keys)
    if any(field(one, keys) for one in schema.get("anyOf", ())):
        return True
    if not keys:
        return True
    inside = schema.get("properties", {})
    return keys[0] in inside and field(inside[keys[0]], keys[1:])


def follows(names: set[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Those that are in no resource, and in no event."""
    return sorted(one for one in names if not field(SCHEMAS["EventData"], one))


@pytest.mark.parametrize("name", NAMES)
def test_no_faults(name: str) -> None:
    """Structure, names, order, expressions and durations are as the type reference says."""
    assert faults_of(shipped(name)) == []


@pytest.mark.parametrize("name", NAMES)
def test_calls_are_routes(name: str) -> None:
    """Each address a file builds is a path of our OpenAPI document, by its method."""
    known = {(method, path) for path, ways in DOCUMENT["paths"].items() for method in ways}
    wanted = {found for call in calls(name).values() if (found := route(call))}

    assert wanted <= known | NOT_YET


@pytest.mark.parametrize("name", ASKS)
def test_orders_have_known_fields(name: str) -> None:
    """What is sent to submit is in the submit body, and its headers are those of the route."""
    [call] = [call for call in calls(name).values() if route(call) == ("post", "/images")]
    submit = DOCUMENT["paths"]["/images"]["post"]
    headers = {one["name"].lower() for one in submit["parameters"] if one["in"] == "header"}
    keys = {one.get("name") for one in DOCUMENT["components"]["securitySchemes"].values()}

    assert set(call["body"]) <= set(SCHEMAS["SubmitBody"]["properties"])
    assert {one.lower() for one in call["headers"]} <= headers | keys | {"content-type"}


@pytest.mark.parametrize("name", ASKS)
def test_trigger_hands_on_what_it_takes(name: str) -> None:
    """Each field of the trigger's schema goes into the order, and none comes from elsewhere."""
    definition = shipped(name)
    taken = set(definition["triggers"]["manual"]["inputs"]["schema"]["properties"])

    assert {keys[0] for keys in paths(definition["actions"], "triggerbody")} == taken


@pytest.mark.parametrize(("name", "ask"), ASKS.items())
def test_answers_have_known_fields(name: str, ask: str) -> None:
    """What is read from an answer is in the resource."""
    found = paths(shipped(name)["actions"], "body", ask)

    assert follows(found) == []
    assert {("status",), ("images",), ("error", "code")} <= found


@pytest.mark.parametrize("name", ASKS)
def test_every_end_has_a_branch(name: str) -> None:
    """Each final status has a case, but failed, which is the default beside the unknown."""
    cases = {one["case"] for one in actions(name)["On_the_status"]["cases"].values()}
    final = {str(event).rpartition(".")[2] for event in FINAL_EVENTS}

    assert cases == final - {"failed"}
    assert cases <= set(get_args(Status))


def test_webhook_waits_for_the_end_only() -> None:
    """Nothing is said of `callbackEvents`, and what is meant then are the final events."""
    asks = calls("http_webhook")["Ask_and_wait/subscribe"]["body"]

    assert "callbackEvents" not in asks
    assert SCHEMAS["SubmitBody"]["properties"]["callbackEvents"]["default"] == ["final"]


def test_approval_reads_the_event() -> None:
    """Every field that a mail or a verdict needs is one that events have, of a request or batch."""
    definition = shipped("approval")
    schema = definition["triggers"]["manual"]["inputs"]["schema"]
    read, inside = paths(definition, "triggerbody"), schema["properties"]
    of_approval = {keys[1] for keys in read if keys[0] == "approval" and keys[1:]}
    of_batch, needed = SCHEMAS["BatchAskingData"]["properties"], set(schema["required"])

    assert {keys for keys in follows(read) if keys[0] not in of_batch} == set()
    assert {keys[0] for keys in read} == set(inside)
    assert of_approval - {"images"} == set(inside["approval"]["required"])
    for data in ("EventData", "SlimEventData", "BatchAskingData"):
        assert needed <= set(SCHEMAS[data]["properties"])
    assert set(inside["images"]["items"]["required"]) <= set(SCHEMAS["ImageView"]["properties"])


@pytest.mark.parametrize(
    ("places", "view"),
    [
        (("Images_to_decide_on", "Images_in_the_mail"), "ImageView"),
        (("Links_that_lead_elsewhere", "Send_approval_email", "Post_approval"), "OwnLinks"),
        (("Send_the_link",), "OwnLinks"),
    ],
)
def test_approval_reads_parts_of_the_event(places: tuple[str, ...], view: str) -> None:
    """What is read of one image, and of one reviewer, is there."""
    wanted = {keys[0] for place in places for keys in paths(actions("approval")[place], "item")}

    assert wanted and wanted <= set(SCHEMAS[view]["properties"])
    [approver] = actions("approval")["Approver"]["inputs"]
    assert set(approver) == set(SCHEMAS["OwnLinks"]["properties"])


def test_approval_waits_for_our_event() -> None:
    """The type it checks for is the one that asks people, and our events have that header."""
    definition = shipped("approval")
    wanted = {text for text in texts(definition["actions"]) if text.startswith("darkroom.")}
    headers = DOCUMENT["paths"]["/images"]["post"]["callbacks"]["event"]
    [event] = headers.values()

    assert wanted == {REQUESTED} and wanted <= set(EVENTS)
    read = {keys[1] for keys in paths(definition, "triggeroutputs") if keys[1:]}
    assert read <= {one["name"] for one in event["post"]["parameters"]}


@pytest.mark.parametrize(
    ("action", "decision"),
    [
        ("Post_approval", "approve"),
        ("Post_rejection", "reject"),
        ("Post_rejection_for_silence", "reject"),
    ],
)
def test_verdicts_are_taken(action: str, decision: str) -> None:
    """What is posted is a decision of the meant kind, with the place it is about."""
    body = dict(actions("approval")[action]["inputs"]["body"]) | {"round": 2}
    [ours] = in_our_form(body)
    verdict = validated(ours, DecisionBody)

    assert verdict.decision == decision
    assert verdict.reviewer and verdict.stage and verdict.round == 2


def test_mail_offers_what_the_switch_knows() -> None:
    """Each option of the mail has its case."""
    message = actions("approval")["Send_approval_email"]["inputs"]["body"]["Message"]
    cases = {one["case"] for one in actions("approval")["On_the_answer"]["cases"].values()}

    assert set(message["Options"].split(", ")) == cases
    assert message["UseOnlyHTMLMessage"] is True


@pytest.mark.parametrize("name", NAMES)
def test_credentials_stay_out_of_the_history(name: str) -> None:
    """Who may read a run's history sees no key, no token, and no link that opens images."""
    for action, body in actions(name).items():
        told = " ".join(texts(body.get("inputs")))
        if body["type"] in CHOOSING or not any(sign in told for sign in CREDENTIALS):
            continue
        secured = body.get("runtimeConfiguration", {}).get("secureData", {}).get("properties")
        # The inputs of a Compose are its outputs, and have the one setting for both.
        assert secured == ["inputs", "outputs"][: 1 if body["type"] == "Compose" else 2], action
    [trigger] = shipped(name)["triggers"].values()
    assert trigger["runtimeConfiguration"]["secureData"]["properties"] == ["outputs"]


@pytest.mark.parametrize("name", NAMES)
def test_no_key_but_as_a_secret(name: str) -> None:
    """A parameter that goes into the key's header is a secure one; nothing else is in it."""
    definition = shipped(name)
    for call in calls(name).values():
        if "x-functions-key" in call["headers"]:
            assert call["headers"]["x-functions-key"] == "@parameters('darkroomKey')"
            assert definition["parameters"]["darkroomKey"]["type"] == "SecureString"
    assert list(nodes(definition))
