"""Prices in a blob, as callers and operators meet them."""

import json
from dataclasses import replace
from typing import Any

import pytest

from shared.chain.prices_in_force import PricesInForce
from shared.chain.runner import InvocationFailed
from shared.chain.sweep import sweep
from shared.domain.document_place import DocumentBlob
from shared.errors import PricesUnavailable
from shared.services import NO_PRICES, PRICES
from tests.unit.web.world import READER, SUBMIT, World

PLACE = DocumentBlob("rules", "prices.json")
RATES = {"textIn": 5, "imageIn": 8, "imageOut": 30, "textOut": 10}
DEAR = {**RATES, "imageOut": 300}


def put(world: World, version: str, rates: Any = RATES, **more: Any) -> None:
    """An operator uploads it; the app sees it within a minute."""
    book = {"version": version, "currency": "USD", "models": {"gpt-image-2": rates}, **more}
    world.s.blobs.put(PLACE.container, PLACE.name, json.dumps(book).encode())
    world.clock.advance(60)


def restarted(world: World) -> None:
    """Another process, which knows no book yet."""
    s = world.s
    prices = PricesInForce(s.blobs, world.clock, PLACE, s.terms.deployments)
    terms = replace(s.terms, prices=NO_PRICES, later_prices=prices)
    world.s = replace(s, terms=terms)


def priced(version: str = "1") -> World:
    world = World()
    restarted(world)
    put(world, version)
    return world


def dry_run(world: World) -> dict[str, Any]:
    answer = world.http("check_request", dict(SUBMIT))
    assert answer.status == 200, answer.json
    return dict(answer.json["estimate"])


def standing(world: World) -> dict[str, Any]:
    world.clock.advance(10)
    return dict(world.http("health_ready", key=READER).json["prices"])


def test_new_prices() -> None:
    """They hold within a minute, for what is asked from then on; costs name their book."""
    world = priced()
    before = dry_run(world)
    put(world, "2", DEAR)
    after = dry_run(world)
    request_id = world.reviewing()

    assert (before["priceBook"], after["priceBook"]) == ("1", "2")
    assert after["amount"] > 9 * before["amount"]
    assert world.resource(request_id)["cost"]["priceBook"] == "2"


def test_the_bill_is_of_the_book_that_holds_then() -> None:
    """A change while a model works is no fault: the cost says which prices it is by."""
    world = priced()
    request_id = world.submitted()
    put(world, "2", DEAR)
    world.drain()

    assert world.resource(request_id)["cost"]["priceBook"] == "2"


@pytest.mark.parametrize(
    ("broken", "place"),
    [
        ({"models": {"gpt-image-9": RATES}}, "#/models"),
        ({"currency": "EUR"}, "#/currency"),
        ({"models": 7}, "#/models"),
    ],
)
def test_a_book_with_faults(broken: dict[str, Any], place: str) -> None:
    """The last good one holds, and whoever has a key sees what is wrong; anybody: degraded."""
    world = priced()
    assert standing(world)["state"] == "current"
    put(world, "2", **broken)

    found = standing(world)
    assert (found["state"], found["source"], found["version"]) == ("stale", "blob", "1")
    assert [one["pointer"] for one in found["faults"]] == [place]
    anybody = world.http("health_ready", key=None).json
    assert (anybody["status"], anybody["prices"]) == ("degraded", None)
    assert dry_run(world)["priceBook"] == "1"
    put(world, "3")
    assert standing(world)["version"] == "3"


def test_without_prices_nothing_is_taken() -> None:
    """503 at each door, and nothing stored; once there is a book, the same is taken."""
    world = World()
    restarted(world)

    for name in ("submit", "check_request"):
        answer = world.http(name, dict(SUBMIT))
        assert (answer.status, answer.code) == (503, "unavailable")
    with pytest.raises(InvocationFailed):
        world.message("request_message", json.dumps(SUBMIT))
    assert standing(world)["state"] == "missing" and world.untouched
    with pytest.raises(PricesUnavailable):
        _ = world.s.terms.book

    put(world, "1")
    assert world.http("submit", dict(SUBMIT)).status == 202


def test_without_prices_nothing_is_bought() -> None:
    """A process that knows none waits, a minute at a time, and goes on once there are some."""
    world = priced()
    request_id = world.submitted()
    world.s.blobs.delete(PLACE.container, PLACE.name)
    restarted(world)
    world.drain()

    assert (world.model.calls, world.resource(request_id)["status"]) == ([], "queued")
    put(world, "2")
    sweep(world.s)
    world.drain()
    assert world.resource(request_id)["cost"]["priceBook"] == "2"


def test_a_book_of_the_settings() -> None:
    """It is always there, and health says which it is."""
    found = standing(World())

    assert (found["state"], found["source"]) == ("current", "builtIn")
    assert found["version"] == json.loads(PRICES.read_text(encoding="utf-8"))["version"]
