"""GET /images: newest first, one's own, in pages."""

import pytest

from shared.domain import names
from tests.unit.web.world import FLOW, OPERATOR, OTHER, SUBMIT, World


def many(world: World, count: int, key: str = FLOW) -> list[str]:
    ids = []
    for _ in range(count):
        ids.append(world.submitted(key=key))
        world.clock.advance(1)
    return ids


def pages(world: World, key: str = FLOW, **query: str) -> list[list[str]]:
    found, more = [], dict(query)
    while True:
        answer = world.http("list_images", key=key, query=more)
        assert answer.status == 200, answer.json
        found.append([item["id"] for item in answer.json["items"]])
        if answer.json["continuation"] is None:
            return found
        more = {**query, "continuation": answer.json["continuation"]}


def test_pages_newest_first() -> None:
    """Pages follow each other without a gap, and the last has no continuation."""
    world = World()
    ids = many(world, 7)

    found = pages(world, limit="3")

    assert found == [ids[6:3:-1], ids[3:0:-1], ids[:1]]


def test_exact_page() -> None:
    """A list that ends with its page does not promise another."""
    world = World()
    many(world, 3)

    assert [len(page) for page in pages(world, limit="3")] == [3]


def test_new_requests_between_pages() -> None:
    """What comes while somebody turns pages neither repeats nor hides anything."""
    world = World()
    ids = many(world, 4)
    first = world.http("list_images", query={"limit": "2"}).json
    many(world, 3)

    rest = world.http("list_images", query={"continuation": first["continuation"]}).json

    assert [item["id"] for item in first["items"] + rest["items"]] == ids[::-1]


def test_whose() -> None:
    """One's own requests; all of them with readAll, or those of one caller."""
    world = World()
    mine, theirs = many(world, 2), many(world, 1, OTHER)

    assert pages(world) == [mine[::-1]]
    assert pages(world, caller="flow") == [mine[::-1]]
    assert pages(world, OPERATOR) == [theirs + mine[::-1]]
    assert pages(world, OPERATOR, caller="other") == [theirs]
    assert pages(world, OPERATOR, caller="nobody") == [[]]
    assert world.http("list_images", query={"caller": "other"}).status == 403


def test_by_status() -> None:
    """Only requests of the asked status; a scan that found few goes on in the next page."""
    world = World()
    ids = many(world, 205)
    world.http("cancel", id=ids[0])

    found = pages(world, status="cancelled")

    assert found == [[], [ids[0]]]
    assert pages(world, status="expired", limit="100") == [[], []]


def test_by_key() -> None:
    """The request that an idempotency key stands for."""
    world = World()
    many(world, 1)
    keyed = world.http("submit", dict(SUBMIT), headers={"Idempotency-Key": "k"}).json["id"]

    assert pages(world, idempotencyKey="k") == [[keyed]]
    assert pages(world, idempotencyKey="k", status="approved") == [[]]
    assert pages(world, idempotencyKey="other") == [[]]
    assert pages(world, OTHER, idempotencyKey="k") == [[]]
    assert pages(world, OPERATOR, idempotencyKey="k", caller="flow") == [[keyed]]


def test_odd_entries() -> None:
    """An index entry without a request, or that is none, is passed over."""
    world = World()
    (request_id,) = many(world, 1)
    for name in ("not-an-id", names.newest_first("01K0000000000000000000000A")):
        world.s.blobs.put(names.STATE, f"index-of/flow/{name}", b"{}")

    assert pages(world) == [[request_id]]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"limit": "0"}, "#/query/limit"),
        ({"limit": "101"}, "#/query/limit"),
        ({"limit": "ten"}, "#/query/limit"),
        ({"limit": "\u0661"}, "#/query/limit"),
        ({"status": "done"}, "#/query/status"),
        ({"caller": "../x"}, "#/query/caller"),
        ({"continuation": "garbled"}, "#/query/continuation"),
        ({"continuation": "Zm9v"}, "#/query/continuation"),
        ({"continuation": "ü"}, "#/query/continuation"),
    ],
)
def test_wrong_query(query: dict[str, str], pointer: str) -> None:
    """Each parameter that makes no sense is named."""
    answer = World().http("list_images", key=OPERATOR, query=query)

    assert (answer.status, answer.pointers) == (400, {pointer})


def test_continuation_of_another_list() -> None:
    """A continuation is good only for the list it came with."""
    world = World()
    many(world, 2)
    mark = world.http("list_images", query={"limit": "1"}).json["continuation"]

    answer = world.http("list_images", key=OTHER, query={"continuation": mark})

    assert answer.status == 400


def test_all_that_is_wrong_with_a_query() -> None:
    """Every parameter that makes no sense is named in the one answer."""
    answer = World().http("list_images", key=FLOW, query={"status": "zz", "limit": "0"})

    assert answer.status == 400
    assert [one["pointer"] for one in answer.json["errors"]] == ["#/query/status", "#/query/limit"]
