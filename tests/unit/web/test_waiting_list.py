"""GET /images by a status that waits: flat in cost, whatever else there is."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from shared.domain import names
from shared.domain.waits import Wait
from shared.errors import ModelUnknown, StorageError
from tests.fakes import Plays, ScriptedModel
from tests.unit.histories import failing
from tests.unit.web.test_listing import many, pages
from tests.unit.web.world import FLOW, OPERATOR, OTHER, World

PEOPLE, TROUBLE = "awaitingApproval", "needsAttention"


class Counted:
    """A port whose calls are counted by their names."""

    def __init__(self, port: Any, calls: Counter[str]) -> None:
        self._port, self._calls = port, calls

    def __getattr__(self, method: str) -> Any:
        self._calls[method] += 1
        return getattr(self._port, method)


def calls_of(world: World, **query: str) -> Counter[str]:
    """What one list call asks of storage."""
    calls: Counter[str] = Counter()
    quiet = world.s
    counted: Any = {name: Counted(getattr(quiet, name), calls) for name in ("blobs", "appends")}
    world.__dict__["s"] = replace(quiet, **counted)
    assert world.http("list_images", query=query).status == 200
    world.__dict__["s"] = quiet
    return calls


def troubled(world: World, count: int) -> list[str]:
    """Requests whose call was lost, so that an operator is needed."""
    world.model = ScriptedModel(otherwise=Plays(error=ModelUnknown()))
    world.__dict__["s"] = replace(world.s, model=world.model)
    ids = many(world, count)
    world.drain()
    world.model = ScriptedModel()
    world.__dict__["s"] = replace(world.s, model=world.model)
    return ids


def markers(world: World) -> list[str]:
    return world.store.names(names.STATE, names.BY_STATUS)


@pytest.mark.parametrize("others", [10, 60])
def test_a_rare_status_costs_the_same(others: int) -> None:
    """One in trouble behind many others: its list, the subscribers, one journal, one content."""
    world = World()
    [request_id] = troubled(world, 1)
    many(world, others)
    world.drain()

    assert pages(world, status=TROUBLE) == [[request_id]]
    assert calls_of(world, status=TROUBLE) == {"page": 2, "read": 2}


def test_a_status_that_does_not_wait_is_looked_for() -> None:
    """What the marker saves: without it every journal is read, up to a bound."""
    world = World()
    many(world, 60)

    assert calls_of(world, status="cancelled") == {"page": 1, "read": 60}


def test_requests_of_a_page_share_a_cell() -> None:
    """Those that wait for a turn are shown with it, and its cell is read once."""
    world = World()
    many(world, 20)

    assert calls_of(world) == {"page": 2, "read": 2 * 20 + 1}


def test_whose_and_in_pages() -> None:
    """The newest first, in pages, one's own or one caller's or everybody's."""
    world = World()
    mine, theirs = many(world, 5), many(world, 2, OTHER)
    world.drain()

    assert pages(world, status=PEOPLE, limit="2") == [mine[:2:-1], mine[2:0:-1], mine[:1]]
    assert pages(world, OTHER, status=PEOPLE) == [theirs[::-1]]
    assert pages(world, OPERATOR, status=PEOPLE) == [theirs[::-1] + mine[::-1]]
    assert pages(world, OPERATOR, status=PEOPLE, caller="flow", limit="5") == [mine[::-1]]
    assert pages(world, status=TROUBLE) == [[]]


def test_a_page_of_another_list() -> None:
    """A continuation is good only for the list it came with."""
    world = World()
    many(world, 2)
    world.drain()
    first = world.http("list_images", query={"status": PEOPLE, "limit": "1"}).json
    more = {"continuation": first["continuation"]}

    assert world.http("list_images", query={**more, "status": PEOPLE}).status == 200
    assert world.http("list_images", query=more).status == 400
    elsewhere = {**more, "status": PEOPLE}
    assert world.http("list_images", key=OPERATOR, query=elsewhere).status == 400


def test_what_is_over_is_not_listed() -> None:
    """A request leaves the list with its wait, and its marker goes with the next look."""
    world = World()
    ids = many(world, 2)
    world.drain()
    world.http("cancel", id=ids[0])

    before_the_look = pages(world, status=PEOPLE)
    world.drain()

    assert before_the_look == [[ids[1]]]
    assert len(markers(world)) == 1


def test_a_marker_that_nobody_took_away() -> None:
    """Whoever finds one of the past takes it away; one of the future stays for its fact."""
    world = World()
    [request_id] = many(world, 1)
    world.drain()
    [current] = markers(world)
    length = world.s.journals.load(request_id).seq
    past, future = (Wait(PEOPLE, request_id, seq, "flow").name for seq in (1, length + 1))
    for name in (past, future, f"by-status/{PEOPLE}/not-one-of-ours", f"by-status/{PEOPLE}/x"):
        world.s.blobs.put(names.STATE, name, b"{}")

    assert pages(world, status=PEOPLE) == [[request_id]]
    assert past not in markers(world)
    assert {current, future} <= set(markers(world))


def test_a_marker_that_cannot_be_taken_away() -> None:
    """A list is not failed by what is in nobody's way."""
    world = World()
    [request_id] = many(world, 1)
    world.drain()
    world.s.blobs.put(names.STATE, Wait(PEOPLE, request_id, 1, "flow").name, b"{}")
    world.__dict__["s"] = failing(world.s, "blobs.delete", StorageError())

    assert pages(world, status=PEOPLE) == [[request_id]]


def test_many_of_others_are_passed_over_in_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many others wait, a call passes over so many names at most, and goes on later."""
    monkeypatch.setattr("shared.web.shelf.MAX_NAMES", 3)
    world = World()
    [mine] = many(world, 1)
    many(world, 4, OTHER)
    world.drain()

    assert pages(world, FLOW, status=PEOPLE) == [[], [mine]]
