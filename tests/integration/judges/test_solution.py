"""The Power Automate solutions: what is packed fits together, the connector and the app."""

import json
import re
import subprocess
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from dev.npm import INSTALLED, install_packages
from dev.pack_solution import API, PLACE, SOLUTIONS, main, members, packed
from shared.web.examples import examples
from tests.unit.web.world import SUBMIT, World

READ_CARD = Path(__file__).with_name("read_card.cjs")
# Teams takes about 28 KB for a message with its card; what the bot adds needs room as well.
MAX_CARD_BYTES = 24 * 1024
DARKROOM = "shared_darkroom"
SWAGGER = json.loads((PLACE / "connector" / "key" / "apiDefinition.swagger.json").read_text())
OPERATIONS: dict[str, dict[str, Any]] = {
    one["operationId"]: one
    for methods in SWAGGER["paths"].values()
    for one in methods.values()
    if "operationId" in one
}
Json = dict[str, Any]


def flows() -> dict[str, Json]:
    found = members("flows")
    return {
        name.split("/")[1].split("-")[0]: json.loads(data)["properties"]
        for name, data in found.items()
        if name.startswith("Workflows/")
    }


FLOWS = flows()


def xml_of(solution: str, name: str) -> ET.Element:
    return ET.fromstring(members(solution)[name])


def actions_of(block: Json) -> Iterator[tuple[str, Json]]:
    """Every action below, with its name."""
    for name, action in block.get("actions", {}).items():
        yield name, action
        yield from actions_of(action)
        yield from actions_of(action.get("default", {}))
        for case in action.get("cases", {}).values():
            yield from actions_of(case)


def calls(flow: Json) -> Iterator[tuple[str, Json]]:
    """Triggers and actions that go through a connection."""
    definition = flow["definition"]
    for name, one in [*definition["triggers"].items(), *actions_of(definition)]:
        if "host" in one.get("inputs", {}):
            yield name, one


def expressions(node: Any) -> Iterator[str]:
    if isinstance(node, str) and "@" in node:
        yield node
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in children:
        yield from expressions(child)


@pytest.mark.parametrize("solution", SOLUTIONS)
def test_the_zip(solution: str, tmp_path: Path) -> None:
    """It has the three files of every solution, each once, and is the same every time."""
    for name in ("a.zip", "b.zip"):
        assert main([solution, str(tmp_path / name)]) == 0
    data = (tmp_path / "a.zip").read_bytes()
    archive = zipfile.ZipFile(BytesIO(data))

    assert data == (tmp_path / "b.zip").read_bytes() == packed(members(solution))
    assert archive.testzip() is None
    names = archive.namelist()
    assert names[:3] == ["[Content_Types].xml", "solution.xml", "customizations.xml"]
    assert len(names) == len(set(names))
    types = ET.fromstring(archive.read("[Content_Types].xml"))
    endings = {str(one.get("Extension")) for one in types}
    assert endings == {name.rpartition(".")[2] for name in names} | {"xml"}


def test_components_are_there() -> None:
    """Whatever a solution lists is in it, under the same id, and nothing else is."""
    roots = xml_of("flows", "solution.xml").findall(".//RootComponent")
    workflows = xml_of("flows", "customizations.xml").findall("Workflows/Workflow")
    names = members("flows")
    listed = {one.get("id") for one in roots if one.get("type") == "29"}
    variables = {one.get("schemaName") for one in roots if one.get("type") == "380"}

    assert listed == {one.get("WorkflowId") for one in workflows}
    for workflow in workflows:
        file = workflow.findtext("JsonFileName", "").removeprefix("/")
        assert file in names
        assert str(workflow.get("WorkflowId")).strip("{}").upper() in file
    assert len(FLOWS) == len(workflows) == 2
    assert variables == {
        name.split("/")[1] for name in names if name.startswith("environmentvariabledefinitions/")
    }


def test_the_connector_is_one() -> None:
    """Both solutions mean the same connector, and its files are where the solution says."""
    root = xml_of("connector", "customizations.xml")
    connector = root.find("Connectors/Connector")
    component = xml_of("connector", "solution.xml").find(".//RootComponent")
    reference = xml_of("flows", "customizations.xml").find(".//customconnectorid/connectorid")
    assert connector is not None and component is not None and reference is not None

    assert component.get("type") == "372"
    assert component.get("id") == f"{{{connector.findtext('connectorid')}}}"
    assert component.get("schemaName") == connector.findtext("name")
    assert reference.text == connector.findtext("connectorid")
    for tag in ("openapidefinition", "connectionparameters", "policytemplateinstances", "iconblob"):
        assert connector.findtext(tag, "").removeprefix("/") in members("connector")
    packed_definition = members("connector")["Connector/dkr_darkroom_openapidefinition.json"]
    assert json.loads(packed_definition) == SWAGGER


@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS)
def test_connections(flow: Json) -> None:
    """Every call names a connection of its flow, which the solution has a reference for."""
    references = xml_of("flows", "customizations.xml").findall(".//connectionreference")
    apis = {
        one.get("connectionreferencelogicalname"): one.findtext("connectorid") for one in references
    }
    for name, call in calls(flow):
        host = call["inputs"]["host"]
        connection = flow["connectionReferences"][host["connectionName"]]
        assert host["apiId"].rpartition("/")[2] == connection["api"]["name"], name
        assert apis[connection["connection"]["connectionReferenceLogicalName"]] == host["apiId"]
        assert call["inputs"]["authentication"] == "@parameters('$authentication')"


def test_the_environment_names_the_connector() -> None:
    """What the environment calls the connector takes the place of our name for it, everywhere."""
    found = members("flows", "shared_dkr-5fdarkroom-5f0a1b")

    texts = [data.decode() for data in found.values()]
    assert sum(text.count("shared_dkr-5fdarkroom-5f0a1b") for text in texts) > 5
    assert all(text.count(API) == text.count("shared_dkr-5fdarkroom-5f0a1b") for text in texts)


@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS)
def test_operations_of_the_connector(flow: Json) -> None:
    """A call to Darkroom is an operation of the connector, with parameters that it has."""
    ours = [(n, c) for n, c in calls(flow) if c["inputs"]["host"]["connectionName"] == DARKROOM]
    assert ours
    for name, call in ours:
        operation = OPERATIONS[call["inputs"]["host"]["operationId"]]
        given = set(call["inputs"]["parameters"])
        needed, known = parameters_of(operation)
        assert needed <= given <= known, name
        waits = "x-ms-trigger" in operation
        assert (call["type"] == "OpenApiConnectionWebhook") == waits


def parameters_of(operation: Json) -> tuple[set[str], set[str]]:
    """What a flow has to give, and what it may."""
    needed, known = set(), set()
    for one in operation["parameters"]:
        if one["in"] != "body":
            known.add(one["name"])
            needed |= {one["name"]} if one["required"] else set()
            continue
        fields = one["schema"]["properties"]
        hidden = {name for name, field in fields.items() if "x-ms-notification-url" in field}
        known |= {f"body/{name}" for name in fields if name not in hidden}
        needed |= {f"body/{name}" for name in one["schema"]["required"] if name not in hidden}
    return needed, known


@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS)
def test_names_inside_a_flow(flow: Json) -> None:
    """What runs after what, whose output is read, and every parameter: all are there."""
    definition = flow["definition"]
    names = dict(actions_of(definition))
    text = json.dumps(definition)

    for name in re.findall(r"(?:outputs|body|items|actions)\('([^']+)'\)", text):
        assert name in names
    for name in re.findall(r"parameters\('([^']+)'\)", text):
        assert name in definition["parameters"]
    for block in blocks(definition):
        for action in block.values():
            assert set(action["runAfter"]) <= set(block)
            assert {"Succeeded", "Failed", "TimedOut"} >= {
                status for statuses in action["runAfter"].values() for status in statuses
            }
    variables = {
        one["metadata"]["schemaName"] for one in list(definition["parameters"].values())[2:]
    }
    assert all(
        f"environmentvariabledefinitions/{one}/" in "".join(members("flows")) for one in variables
    )


@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS)
def test_loops_that_wait_say_how_many_at_once(flow: Json) -> None:
    """Where nothing is said Power Automate asks the second person after the first has answered."""
    for name, action in actions_of(flow["definition"]):
        waits = any(one["type"].endswith("Webhook") for _, one in actions_of(action))
        if action["type"] == "Foreach" and waits:
            at_once = action.get("runtimeConfiguration", {}).get("concurrency", {})
            assert at_once.get("repetitions") == 50, name


def blocks(block: Json) -> Iterator[Json]:
    if "actions" in block:
        yield block["actions"]
        for action in block["actions"].values():
            yield from blocks(action)
            yield from blocks(action.get("default", {}))
            for case in action.get("cases", {}).values():
                yield from blocks(case)


def has(schema: Json, path: list[str]) -> bool:
    """Whether a body of this schema may have this field."""
    if "$ref" in schema:
        schema = SWAGGER["definitions"][schema["$ref"].rpartition("/")[2]]
    if not path:
        return True
    inner = schema.get("properties", {}).get(path[0])
    return inner is not None and has(inner, path[1:])


def test_fields_that_the_flows_read() -> None:
    """Every field that a flow takes from an event or an answer is one that the app sends."""
    definitions = SWAGGER["definitions"]
    image = definitions["Resource"]["properties"]["images"]["items"]
    reviewer = definitions["EventData"]["properties"]["reviewers"]["items"]
    asking = dict(actions_of(FLOWS["AskReviewers"]["definition"]))
    pictures = json.dumps([asking["Images_under_review"], asking["Pictures"]])
    links = asking["Links_for_anybody"]["inputs"]["select"]
    review, ask = json.dumps(FLOWS["AskReviewers"]), json.dumps(FLOWS["AskForImages"])
    read = [
        *((definitions["EventData"], p) for p in paths(r"triggerBody\(\)", review)),
        *((reviewer, p) for p in paths(r"items\('Each_(?:reviewer|to_tell)'\)", review)),
        *((image, p) for p in paths(r"item\(\)", pictures) + paths(r"item\(\)", ask)),
        *((image, p) for p in paths(r"items\('Each_image'\)", ask)),
    ]
    body = re.findall(r"outputs\('Generate_images'\)\?\['body/([^']+)'\]", ask)
    answered = [(path.split("/"), path == "code") for path in body]

    assert len(read) > 15 and len(body) > 4
    assert set(links) == set(reviewer["properties"])
    unknown = {path[0] for schema, path in read if not has(schema, path)}
    # The connector shows makers one kind of event; what asks about a batch has a title instead.
    assert unknown == {"title"} <= set(examples()["BatchAskingData"]["asked"])
    for path, of_problem in answered:
        assert has(definitions["Problem" if of_problem else "Resource"], path), path


def paths(start: str, text: str) -> list[list[str]]:
    found = re.findall(start + r"((?:\?\['[^']+'\])+)", text)
    return [re.findall(r"\['([^']+)'\]", steps) for steps in found]


def test_tokens_are_not_shown_in_runs() -> None:
    """Whatever has a link to decide or to look by is hidden in the history of runs."""
    for name, one in [
        *FLOWS["AskReviewers"]["definition"]["triggers"].items(),
        *actions_of(FLOWS["AskReviewers"]["definition"]),
    ]:
        own = json.dumps(one.get("inputs", {}))
        carries = re.search(
            r"decisionUrl|reviewUrl|\['url'\]|outputs\('Card|\['reviewers'\],|darkroom\.", own
        )
        hidden = one.get("runtimeConfiguration", {}).get("secureData", {}).get("properties", [])
        assert not carries or hidden == ["inputs", "outputs"], name


def filled(node: Any, pictures: list[Json]) -> Any:
    """The card as a reviewer gets it."""
    if isinstance(node, dict):
        return {name: filled(child, pictures) for name, child in node.items()}
    if isinstance(node, list):
        return [filled(child, pictures) for child in node]
    if node == "@body('Pictures')":
        return pictures
    asked = examples()["EventData"]["asked"]
    if str(node).startswith("@items(") and "reviewUrl" in node:
        return asked["reviewers"][0]["reviewUrl"]
    return "Lighthouse at dusk, for the autumn campaign" if str(node).startswith("@") else node


def card(images: int) -> Json:
    actions = dict(actions_of(FLOWS["AskReviewers"]["definition"]))
    shape = actions["Pictures"]["inputs"]["select"]
    url = examples()["EventData"]["asked"]["images"][0]["url"]
    pictures = [{**shape, "url": url, "altText": f"Image {k}"} for k in range(images)]
    found: Json = filled(actions["Card"]["inputs"], pictures)
    return found


@pytest.mark.parametrize("images", [0, 1, 10])
def test_the_card(images: int) -> None:
    """Microsoft's own reader has nothing against it, and with ten images it fits into Teams."""
    made = card(images)
    read = read_by_teams(made)

    assert read["found"] == []
    assert (read["version"], read["inputs"]) == ("1.4", ["comments"])
    assert len(json.dumps(made)) < MAX_CARD_BYTES


def test_the_card_with_a_link_only() -> None:
    """It is one that can be read, and asks for nothing that it would have to send."""
    actions = dict(actions_of(FLOWS["AskReviewers"]["definition"]))
    read = read_by_teams(filled(actions["Card_with_the_link"]["inputs"], []))

    assert (read["found"], read["version"], read["inputs"]) == ([], "1.4", [])


def read_by_teams(made: Json) -> Json:
    """What Microsoft's own reader finds in a card."""
    node = install_packages().node
    argv = [node, str(READ_CARD), str(INSTALLED / "node_modules")]
    done = subprocess.run(
        argv, input=json.dumps(made), capture_output=True, text=True, timeout=60, check=True
    )
    return dict(json.loads(done.stdout))


def test_answers_of_the_card_count() -> None:
    """Each button of the card is a verdict that the app takes, with the token of the event."""
    outcomes = [
        action["data"]["outcome"]
        for action in card(1)["actions"]
        if action["type"] == "Action.Submit"
    ]
    parameters = dict(actions_of(FLOWS["AskReviewers"]["definition"]))["Decide_by_card"]["inputs"][
        "parameters"
    ]
    fields = {name.removeprefix("body/") for name in parameters if name.startswith("body/")}

    assert outcomes == ["approve", "reject", "revise"]
    for outcome in outcomes:
        world = World()
        approval = {"after": [{"name": "brand", "reviewers": ["ana@contoso.com"]}]}
        request_id = world.reviewing({**SUBMIT, "approval": approval})
        body = {
            "decision": outcome,
            "reviewer": "Ana@contoso.onmicrosoft.com",
            "alsoKnownAs": ["ana@contoso.com"],
            "comment": "warmer",
            "stage": "brand",
            "round": 1,
        }
        assert set(body) == fields
        token = {"x-review-token": world.token(request_id)}
        answer = world.http("decision", body, key=None, headers=token, id=request_id)
        assert answer.status == 200, answer.json
