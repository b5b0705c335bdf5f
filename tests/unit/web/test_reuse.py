"""`reuse` as callers meet it: in a submit, a message, a batch, a dry run, and in what they read."""

import json
from decimal import Decimal
from typing import Any

import pytest

from shared.domain import names
from tests.unit.web.test_checking import checked, codes, frozen, limited
from tests.unit.web.world import OPERATOR, OTHER, PROMPT, SUBMIT, World

AGAIN = {**SUBMIT, "reuse": "allow"}


def approved(world: World) -> str:
    request_id = world.reviewing()
    assert (
        world.http("decision", {"decision": "approve"}, key=OPERATOR, id=request_id).status == 200
    )
    world.drain()
    return request_id


def source_of(world: World, request_id: str) -> str | None:
    found = world.resource(request_id)["reusedFrom"]
    return str(found["id"]) if found else None


@pytest.mark.parametrize("value", [True, "ALLOW", "", "always", None])
def test_two_words_are_known(value: object) -> None:
    """Anything else is a fault of its own."""
    answer = World().http("submit", {**SUBMIT, "reuse": value})

    assert (answer.status, answer.pointers) == (400, {"#/reuse"})


def test_a_submit() -> None:
    """The images are served from where the new request was released."""
    world = World()
    first = approved(world)
    second = world.submitted(AGAIN)
    world.drain()
    found = world.resource(second)
    image = world.http("content", id=second, index="0")

    assert source_of(world, second) == first and source_of(world, first) is None
    assert found["status"] == "approved" and found["cost"]["amount"] == 0
    assert image.body == world.http("content", id=first, index="0").body
    [decision] = found["reusedFrom"]["decisions"]
    assert (decision["stage"], decision["reviewer"]) == ("review", "operator")


def test_a_message() -> None:
    """Both doors take it."""
    world = World()
    first = approved(world)
    world.message("request_message", json.dumps({**AGAIN, "caller": "flow"}), "m-2")
    world.drain()
    [second] = set(world.requests()) - {first}

    assert source_of(world, second) == first


def test_rows_of_a_batch() -> None:
    """Each by itself: some are there already, others are made."""
    world = World()
    first = approved(world)
    batch = world.http("submit_batch", {"items": [AGAIN, {**AGAIN, "n": 2}]}).json["id"]
    world.drain()
    found = [names.member_of(batch, row) for row in (0, 1)]

    assert [source_of(world, one) for one in found] == [first, None]


def test_a_dry_run_tells() -> None:
    """Whose images would be the answer, as it stands now, and nothing is written for that."""
    world = World()
    assert checked(world, AGAIN)["reusedFrom"] is None
    first = approved(world)
    before = {place: blob.etag for place, blob in world.store.blobs.items()}
    found = checked(frozen(world), AGAIN)

    assert found["ok"] and found["reusedFrom"]["id"] == first
    assert found["reusedFrom"] == world.resource(submitted(world))["reusedFrom"]
    assert {place: world.store.blobs[place].etag for place in before} == before
    assert PROMPT not in json.dumps(found)
    assert checked(world)["reusedFrom"] is None


def submitted(world: World) -> str:
    request_id = world.submitted(AGAIN)
    world.drain()
    return request_id


def test_another_caller_is_told_nothing() -> None:
    """The answer to the very same body is the same as if nobody had ever asked for it."""
    world, untouched = World(), World()
    approved(world)
    asked = [one.http("check_request", AGAIN, key=OTHER).json for one in (world, untouched)]
    told: list[Any] = [found.pop("reusedFrom") for found in asked]

    assert told == [None, None]


@pytest.mark.parametrize("over", ["refuse", "ask"])
def test_where_there_is_no_money_left(over: str) -> None:
    """A dry run says that it would be accepted, since nothing would be bought."""
    world = limited(monthly_budget_usd=Decimal("0.06"), over_budget=over)
    approved(world)
    found = checked(world, AGAIN)

    assert codes(checked(world)) == (["budget_exhausted"] if over == "refuse" else [])
    assert "over_budget" not in codes(found, "warnings") and codes(found) == []
    assert found["budget"]["room"] and [one["name"] for one in found["approval"]["stages"]] == [
        "review"
    ]
