"""What the OpenAPI document says of bodies, errors and events is what the app does."""

import ast
import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from pydantic import BaseModel

import shared.errors
from shared.domain.notices import EVENTS as NOTICED
from shared.domain.notices import TOLD
from shared.domain.transitions import EVENTS
from shared.errors import CallerError
from shared.web.examples import examples, examples_of
from shared.web.openapi_errors import DETAILS, codes_of
from shared.web.problems import CONTENT_TYPE
from shared.web.table import ROUTES
from tests.rules.sources import sources
from tests.unit.web.world import CALLBACK, OPERATOR, OTHER, OWNER, SUBMIT, Answered, World, terms

DOCUMENT = World().http("openapi", key=None).json
BODIES: dict[str, type[BaseModel]] = {
    model.__name__: model
    for model in (
        *(route.request for route in ROUTES.values()),
        *(route.response for route in ROUTES.values()),
        *TOLD.values(),
    )
    if model
}
EXAMPLES = [(schema, name) for schema, named in examples().items() for name in named]


def faults(schema: dict[str, Any], value: object) -> list[str]:
    whole = {**schema, "components": DOCUMENT["components"]}
    found = Draft202012Validator(whole).iter_errors(value)
    return [f"{error.json_path}: {error.message}" for error in found]


def answer_of(name: str, answer: Answered) -> list[str]:
    """What is wrong with an answer by the document."""
    route = ROUTES[name]
    operation = DOCUMENT["paths"][f"/{route.path}"][route.method.lower()]
    media = answer.headers["Content-Type"]
    content = operation["responses"][str(answer.status)]["content"][media]
    return faults(content["schema"], answer.json)


@pytest.mark.parametrize("model", BODIES)
def test_every_body_has_an_example(model: str) -> None:
    """
    Whoever adds a body says what one looks like, under its name in `web/examples.json`; answers
    are put there by `python -m tests.unit.web.example_story --write`.
    """
    assert examples_of(model), f"write an example of {model} into shared/web/examples.json"


@pytest.mark.parametrize(("schema", "name"), EXAMPLES)
def test_examples_are_true(schema: str, name: str) -> None:
    """Each example is one of what it is an example of: by the document, and by the model."""
    value = examples()[schema][name]

    assert faults({"$ref": f"#/components/schemas/{schema}"}, value) == []
    if model := BODIES.get(schema):
        named = ("name",) if model in TOLD.values() else ()
        body = {key: one for key, one in value.items() if key not in named}
        model.model_validate(body, by_alias=True, by_name=False)


@pytest.mark.parametrize("name", examples()["SubmitBody"])
def test_examples_of_a_submit_are_accepted(name: str) -> None:
    """Who sends what the document shows gets images."""
    world = World(terms=terms(max_wait_days=180))
    template = examples()["TemplateBody"]["hero"]
    world.http("put_template", template, key=OPERATOR, name="campaign-hero")

    answer = world.http("submit", examples()["SubmitBody"][name])

    assert answer.status == 202, answer.json


def raised_codes() -> Iterator[tuple[str, str]]:
    """Every code with which the code refuses a caller, and where."""
    kinds = {
        name: one
        for name, one in vars(shared.errors).items()
        if isinstance(one, type) and issubclass(one, CallerError)
    }
    for name in kinds.keys() - {"CallerError", "Conflict"}:  # these are told apart by their codes
        yield kinds[name].code, name
    for source in sources("shared"):
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") not in kinds:
                continue
            for keyword in node.keywords:
                if keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
                    yield str(keyword.value.value), f"{source.path}:{node.lineno}"


def test_every_code_is_documented() -> None:
    """A refusal's code stands in `web/openapi_errors.py`: what it says, and at which routes."""
    shown = {
        code
        for route in ROUTES.values()
        for status in DOCUMENT["paths"][f"/{route.path}"][route.method.lower()]["responses"]
        if int(status) >= 400 and not (route.name == "health_ready" and status == "503")
        for code in codes_of(route, int(status))
    }
    raised = set(raised_codes())

    assert {one for one in raised if one[0] not in shown} == set()
    assert shown <= set(DETAILS)


def test_answers_are_as_documented() -> None:
    """Bodies of every kind of answer fit the schema of their status."""
    world = World()
    request_id = world.reviewing({**SUBMIT, "callbackUrl": CALLBACK})
    calls: list[tuple[str, Answered]] = [
        ("submit", world.http("submit", SUBMIT)),
        ("submit", world.http("submit", {"n": 0})),
        ("decision", world.http("decision", {"decision": "approve"}, key=None, id=request_id)),
        ("list_images", world.http("list_images")),
        ("get_image", world.http("get_image", key=OTHER, id=request_id)),
        ("get_image", world.http("get_image", id=request_id)),
        ("decision", world.http("decision", {"decision": "approve"}, key=OPERATOR, id=request_id)),
        ("decision", world.http("decision", {"decision": "reject"}, key=OPERATOR, id=request_id)),
        ("cancel", world.http("cancel", id=request_id)),
        ("evidence", world.http("evidence", id=request_id)),
        ("usage", world.http("usage", key=OWNER)),
        ("list_models", world.http("list_models")),
        ("check_request", world.http("check_request", dict(SUBMIT))),
        ("check_request", world.http("check_request", {"n": 0})),
    ]

    assert [
        (name, one.status, answer_of(name, one)) for name, one in calls if answer_of(name, one)
    ] == []
    assert {one.status for _, one in calls} >= {200, 202, 400, 401, 404, 409}
    assert CONTENT_TYPE in {one.headers["Content-Type"] for _, one in calls}


def test_webhooks_are_the_events() -> None:
    """Each type of event has its entry: the schema of its data, and all headers."""
    webhooks = DOCUMENT["webhooks"]
    world = World()
    request_id = world.reviewing({**SUBMIT, "callbackUrl": CALLBACK, "callbackEvents": ["*"]})
    world.http("cancel", id=request_id)
    world.drain()

    assert set(webhooks) == {*EVENTS, *NOTICED}
    assert len(world.webhooks.posted) > 3
    for post in world.webhooks.posted:
        told = webhooks[post.headers["ce-type"]]["post"]
        schema = told["requestBody"]["content"]["application/json"]["schema"]
        assert faults(schema, json.loads(post.body)) == []
        named = {one["$ref"].rpartition("/")[2] for one in schema["anyOf"]}
        assert post.headers["ce-dataschema"].rpartition("/")[2] in named
        required = {one["name"] for one in told["parameters"] if one["required"]}
        optional = {one["name"] for one in told["parameters"]} - required
        assert required <= set(post.headers) <= required | optional | {"content-type"}


def test_entra_where_it_is_on() -> None:
    """With an audience, a token of Entra opens what a function key opens, and nothing else."""
    with_entra = World(terms=terms(entra_audience="api://darkroom")).http("openapi", key=None).json

    assert "entra" not in DOCUMENT["components"]["securitySchemes"]
    for methods in with_entra["paths"].values():
        for operation in methods.values():
            keyed = {"functionKey": []} in operation["security"]
            assert ({"entra": []} in operation["security"]) == keyed
