"""What a caller may ask for."""

from dataclasses import replace

from shared.domain.deployments import Deployment
from shared.domain.families import FAMILIES
from tests.unit.web.world import FLOW, SUBMIT, World, book, terms


def deployment(name: str, model: str, api: str = "v1", priority: int = 0) -> Deployment:
    return Deployment(
        *(name, "https://res.example", name, model, api, None, 60.0),  # type: ignore[arg-type]
        priority=priority,
    )


SEVERAL = (
    deployment("later", "gpt-image-1.5", "responses", priority=1),
    deployment("first", "gpt-image-2"),
    deployment("twin", "gpt-image-2", priority=2),
)


def test_models_are_those_deployed_here() -> None:
    """Each model once, in the order of priority, with what its family takes."""
    listed = World(terms=terms(deployments=SEVERAL)).http("list_models").json["items"]

    assert [one["name"] for one in listed] == ["gpt-image-2", "gpt-image-1.5"]
    family = FAMILIES["gpt-image-2"]
    assert tuple(listed[0]["qualities"]) == family.qualities
    assert (listed[0]["customSizes"], listed[0]["maxInputs"]) == (True, family.most_inputs)
    assert listed[0]["title"] == f"gpt-image-2 (until {family.retires_on})"


def test_responses_draw_one_and_edit_none() -> None:
    """Where a model is reached by the Responses tool alone, its limits are the tool's."""
    one = World(terms=terms(deployments=SEVERAL)).http("list_models").json["items"][1]

    assert (one["maxImages"], one["maxInputs"], one["mask"]) == (1, 0, False)
    assert one["inputFidelity"] == []


def test_models_of_the_caller() -> None:
    """What a caller may not ask for is not offered, and everything offered is taken."""
    callers = tuple(
        replace(one, models=("gpt-image-1.5",)) if one.name == "flow" else one
        for one in book().callers
    )
    world = World(terms=terms(deployments=SEVERAL, callers=replace(book(), callers=callers)))

    listed = world.http("list_models", key=FLOW).json["items"]

    assert [one["name"] for one in listed] == ["gpt-image-1.5"]
    body = {**SUBMIT, "model": listed[0]["name"], "size": listed[0]["sizes"][0]}
    assert world.http("submit", body).status == 202


def test_start_waits_for_nobody() -> None:
    """It answers 201 with the request's own address: what would be followed is not sent."""
    world = World()

    answer = world.http("start", SUBMIT)

    assert answer.status == 201
    assert answer.headers["Location"] == answer.json["statusUrl"]
    assert "Retry-After" not in answer.headers
    assert world.resource(answer.json["id"])["status"] == "accepted"


def test_start_is_a_submit() -> None:
    """The same key and body answer the same request by either route."""
    world, key = World(), {"Idempotency-Key": '"k"'}

    first = world.http("start", SUBMIT, headers=key).json["id"]

    assert world.http("submit", SUBMIT, headers=key).json["id"] == first
    assert world.http("start", {"prompt": ""}).pointers == {"#/prompt"}
