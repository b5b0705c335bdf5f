"""The connector's files before what is known of how Power Platform judges them."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from io import BytesIO
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV2SpecValidator
from PIL import Image

from dev.connector.__main__ import ICON, files
from dev.connector.operations import ACTIONS, SUBSCRIPTIONS, TRIGGERS
from dev.connector.properties import BRAND_COLOUR
from dev.connector.swagger import VARIANTS, operation_ids
from shared.domain.submission import SubmitBody
from shared.domain.templates import TemplateOptions
from shared.web.examples import examples_of
from shared.web.table import ROUTES

MADE = files()
PLACE_TO_ASK = ("POST", SUBSCRIPTIONS.removeprefix("/"))
TEXTS = {f"{path.parent.name}/{path.name}": path for path in MADE}
# Of what Microsoft's schemas of connector files (microsoft/PowerPlatformConnectors, `schemas/`,
# read in November 2026) allow, as much as we use.
IN_SCHEMA = {
    *("$ref", "type", "format", "enum", "default", "items", "properties", "required"),
    *("description", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"),
    *("additionalProperties", "x-ms-summary", "x-ms-visibility", "x-ms-notification-url"),
    *("x-ms-dynamic-values", "x-ms-dynamic-list"),
}
IN_OPERATION = {
    *("operationId", "summary", "description", "parameters", "responses", "produces"),
    *("x-ms-visibility", "x-ms-trigger", "x-ms-trigger-hint"),
}
IN_PARAMETER = IN_SCHEMA | {"name", "in", "schema", "x-ms-url-encoding"}
ON_TOP = {
    *("swagger", "info", "host", "basePath", "schemes", "consumes", "produces", "paths", "tags"),
    *("definitions", "securityDefinitions", "security", "x-ms-connector-metadata"),
}
TYPES = {"string", "integer", "number", "boolean", "object", "array"}
FORMATS = {"byte", "binary", "date-time", "uri"}
VISIBLE = frozenset({"important", "none", "advanced", "internal"})
POLICIES = {
    "dynamichosturl": {"x-ms-apimTemplateParameter.urlTemplate"},
    "routerequesttoendpoint": {
        "x-ms-apimTemplate-operationName",
        "x-ms-apimTemplateParameter.newPath",
        "x-ms-apimTemplateParameter.httpMethod",
    },
}
Json = dict[str, Any]


@cache
def read(name: str) -> Json:
    found: Json = json.loads(TEXTS[name].read_text(encoding="utf-8"))
    return found


def definition(variant: str) -> Json:
    return read(f"{variant}/apiDefinition.swagger.json")


def operations(found: Json) -> Iterator[Json]:
    for methods in found["paths"].values():
        yield from (one for one in methods.values() if "operationId" in one)


def schemas(node: Any) -> Iterator[Json]:
    """Every schema below this one, itself included."""
    yield node
    if isinstance(node.get("items"), dict):
        yield from schemas(node["items"])
    for child in node.get("properties", {}).values():
        yield from schemas(child)


def all_schemas(found: Json) -> Iterator[Json]:
    for one in found["definitions"].values():
        yield from schemas(one)
    for methods in found["paths"].values():
        content = methods.get("x-ms-notification-content")
        yield from schemas(content["schema"]) if content else ()
    for operation in operations(found):
        for parameter in operation["parameters"]:
            yield from schemas(parameter["schema"]) if parameter["in"] == "body" else ()
        for response in operation["responses"].values():
            yield from schemas(response["schema"]) if "schema" in response else ()


@pytest.mark.parametrize("name", TEXTS)
def test_files_are_fresh(name: str) -> None:
    """Each file is what `python -m dev.connector --write` makes from the routes and models."""
    assert TEXTS[name].read_text(encoding="utf-8") == MADE[TEXTS[name]]


@pytest.mark.parametrize("variant", VARIANTS)
def test_it_is_openapi_2(variant: str) -> None:
    """The specification's own schema has nothing against it, extensions aside."""
    found = OpenAPIV2SpecValidator(definition(variant)).iter_errors()

    assert [error.message for error in found] == []


@pytest.mark.parametrize("variant", VARIANTS)
def test_nothing_unknown(variant: str) -> None:
    """Keys, formats and visibilities are those that connector files may have."""
    found = definition(variant)

    assert set(found) <= ON_TOP
    for one in all_schemas(found):
        assert set(one) <= IN_SCHEMA
        assert one.get("format", "uri") in FORMATS
        assert one.get("x-ms-visibility", "none") in VISIBLE
        assert one.get("type", "object") in TYPES
    for operation in operations(found):
        assert set(operation) <= IN_OPERATION
        assert operation["x-ms-visibility"] in VISIBLE
        assert all(set(parameter) <= IN_PARAMETER for parameter in operation["parameters"])
    for path, methods in found["paths"].items():
        assert set(methods) <= {"get", "post", "put", "delete", "x-ms-notification-content"}, path


@pytest.mark.parametrize("variant", VARIANTS)
def test_words(variant: str) -> None:
    """Names, titles and explanations are as reviewers of connectors want them."""
    info = definition(variant)["info"]
    assert len(info["title"]) <= 30 and not re.search("API|Connector|Power", info["title"])
    assert 30 <= len(info["description"]) <= 500
    for one in operations(definition(variant)):
        assert re.fullmatch("[A-Z][A-Za-z]+", one["operationId"])
        assert len(one["summary"]) <= 80 and one["summary"][-1] != "."
        assert one["description"][-1] == "." and one["description"] != one["summary"]
        statuses = set(one["responses"])
        assert any(status.startswith("2") for status in statuses)
        for parameter in one["parameters"]:
            assert parameter["in"] == "body" or parameter["x-ms-summary"]
    for schema in all_schemas(definition(variant)):
        for name, field in schema.get("properties", {}).items():
            assert field["x-ms-summary"][0].isupper(), name
            assert field["description"][-1] in ".`", name


@pytest.mark.parametrize("variant", VARIANTS)
def test_references_resolve(variant: str) -> None:
    """Definitions, operations that give values, and policies name what is there."""
    found, whole = definition(variant), json.dumps(definition(variant))
    ids = [one["operationId"] for one in operations(found)]

    assert len(ids) == len(set(ids))
    assert set(re.findall(r'"#/definitions/(\w+)"', whole)) == set(found["definitions"])
    for schema in all_schemas(found):
        for name in ("x-ms-dynamic-values", "x-ms-dynamic-list"):
            assert schema.get(name, {"operationId": ids[0]})["operationId"] in ids
    for policy in read(f"{variant}/apiProperties.json")["properties"]["policyTemplateInstances"]:
        named = policy["parameters"].get("x-ms-apimTemplate-operationName", [])
        assert set(policy["parameters"]) == POLICIES[policy["templateId"]]
        assert set(named) <= set(ids)


def test_actions_are_routes() -> None:
    """Each action is a route of the app, with its method, path, parameters and success."""
    found = definition("key")
    for action in ACTIONS:
        route = ROUTES[action.route]
        operation = found["paths"][action.path or f"/{route.path}"][route.method.lower()]
        assert operation["operationId"] == action.operation_id
        in_path = [one["name"] for one in operation["parameters"] if one["in"] == "path"]
        assert in_path == list(route.path_names)
        assert str(route.status) in operation["responses"]


def test_which_actions_wait() -> None:
    """An engine follows every 202 with a `Location`, so an action has it and its twin has not."""
    waits = {
        one["operationId"]
        for one in operations(definition("key"))
        if "Location" in one["responses"].get("202", {}).get("headers", {})
    }

    assert waits == {"GenerateImages", "GenerateImagesFromTemplate"}
    assert "202" not in definition("key")["paths"]["/images/start"]["post"]["responses"]


def test_makers_see_the_fields_of_a_submit() -> None:
    """All but callbacks; a field that is new in the app is there, under advanced."""
    body = definition("key")["paths"]["/images"]["post"]["parameters"][-1]["schema"]
    fields = {one.alias or name for name, one in SubmitBody.model_fields.items()}
    left_out = {"template", "callbackUrl", "callbackEvents", "callbackSecret"}

    assert set(body["properties"]) == fields - left_out
    assert body["required"] == ["prompt"]
    assert list(body["properties"])[:4] == ["prompt", "n", "size", "quality"]
    assert body["properties"]["model"]["x-ms-dynamic-values"]["operationId"] == "ListModels"


@pytest.mark.parametrize("variant", VARIANTS)
def test_actions_with_a_template(variant: str) -> None:
    """They ask for a template instead of a prompt, send nothing unasked that one may set, and are
    led to the route of a submit, or of a batch."""
    found = definition(variant)
    policies = read(f"{variant}/apiProperties.json")["properties"]["policyTemplateInstances"]
    for action in ACTIONS:
        if action.path is None:
            continue
        body = found["paths"][action.path]["post"]["parameters"][-1]["schema"]
        named = body["properties"]["template"]["properties"]
        assert body["required"] == list(action.required) and "template" in action.required
        assert not {"prompt", "items"} & set(body["properties"])
        assert named["name"]["x-ms-dynamic-values"]["operationId"] == "ListTemplates"
        assert set(named) == {"name", "version", "variables"}
        for field in TemplateOptions.model_json_schema()["properties"]:
            assert "default" not in body["properties"].get(field, {})
        [routed] = (
            one["parameters"]
            for one in policies
            if action.operation_id in one["parameters"].get("x-ms-apimTemplate-operationName", [])
        )
        to = routed["x-ms-apimTemplateParameter.newPath"]
        assert (to, routed["x-ms-apimTemplateParameter.httpMethod"]) == (
            f"/{ROUTES[action.route].path}",
            "POST",
        )


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_batch_of_rows(variant: str) -> None:
    """A row has what a request may ask for, nothing that it may not, and nothing unasked; the
    answer is there at once."""
    post = definition(variant)["paths"]["/batches"]["post"]
    body = post["parameters"][-1]["schema"]
    row = body["properties"]["items"]["items"]["properties"]

    assert body["required"] == ["items"] and not {"csv", "template"} & set(body["properties"])
    fields = {one.alias or name for name, one in SubmitBody.model_fields.items()}
    left_out = {"callbackUrl", "callbackEvents", "callbackSecret", "lane"}
    assert set(row) == fields - left_out
    assert list(row)[:2] == ["prompt", "template"]
    for field in TemplateOptions.model_json_schema()["properties"]:
        assert "default" not in row[field]
    assert set(post["responses"]) == {"202", "default"}
    assert "headers" not in post["responses"]["202"]


def test_triggers_subscribe() -> None:
    """Each keeps the address to itself, says what it wants to hear, and can be undone."""
    found = definition("key")
    for trigger in TRIGGERS:
        item = found["paths"][trigger.path]
        schema = item["post"]["parameters"][0]["schema"]
        url, events = (schema["properties"][name] for name in ("notificationUrl", "events"))
        assert url["x-ms-notification-url"] is True
        assert url["x-ms-visibility"] == events["x-ms-visibility"] == "internal"
        assert set(schema["required"]) == {"notificationUrl", "events"}
        assert tuple(events["default"]) == trigger.events
        assert item["post"]["x-ms-trigger"] == "single"
        assert "Location" in item["post"]["responses"]["201"]["headers"]
        name = item["x-ms-notification-content"]["schema"]["$ref"].rpartition("/")[2]
        shown = found["definitions"][name]["properties"]
        for example in examples_of(name).values():
            given = {key for key, value in example["value"].items() if value is not None}
            assert given <= set(shown)
    assert "delete" in found["paths"][SUBSCRIPTIONS + "/{id}"]


def test_triggers_fit_the_route() -> None:
    """What a trigger sends is what the app's route takes, and the answer is 201."""
    [route] = [one for one in ROUTES.values() if (one.method, one.path) == PLACE_TO_ASK]
    assert route.request is not None

    assert route.status == 201
    for trigger in TRIGGERS:
        schema = definition("key")["paths"][trigger.path]["post"]["parameters"][0]["schema"]
        sent: Json = {"notificationUrl": "https://prod-00.westeurope.logic.azure.com/1"}
        sent |= {"events": schema["properties"]["events"]["default"], "callers": []}
        assert set(sent) == set(schema["properties"])
        route.request.model_validate(sent, by_alias=True, by_name=False)


@pytest.mark.parametrize("variant", VARIANTS)
def test_properties(variant: str) -> None:
    """A connection asks for a secret and the app's address; the secret fits the definition."""
    properties = read(f"{variant}/apiProperties.json")["properties"]
    asked = properties["connectionParameters"]
    [scheme] = definition(variant)["securityDefinitions"].values()

    assert set(properties) <= {
        *("iconBrandColor", "capabilities", "connectionParameters", "publisher", "stackOwner"),
        "policyTemplateInstances",
    }
    assert properties["iconBrandColor"] not in ("#007ee5", "#ffffff")
    assert asked["hostUrl"]["uiDefinition"]["constraints"]["required"] == "true"
    if variant == "key":
        assert (scheme["type"], scheme["name"]) == ("apiKey", "x-functions-key")
        assert asked["api_key"]["type"] == "securestring"
    else:
        settings = asked["token"]["oAuthSettings"]
        assert (scheme["type"], scheme["flow"]) == ("oauth2", "accessCode")
        assert (settings["identityProvider"], settings["redirectMode"]) == ("aad", "Global")
        resource = settings["properties"]["AzureActiveDirectoryResourceId"]
        assert settings["customParameters"]["resourceUri"]["value"] == resource


def test_both_variants_do_the_same() -> None:
    """They differ in how a connection is made, and in nothing else."""
    key, entra = (deepcopy(definition(variant)) for variant in VARIANTS)
    for one in (key, entra):
        del one["security"], one["securityDefinitions"]

    assert key == entra
    assert operation_ids(key)


def test_icon() -> None:
    """230 by 230 pixels, on the brand's colour, neither white nor transparent."""
    picture = Image.open(BytesIO(ICON.read_bytes()))

    assert (picture.size, picture.mode, picture.format) == ((230, 230), "RGB", "PNG")
    assert picture.tobytes()[:3].hex() == BRAND_COLOUR.removeprefix("#")
