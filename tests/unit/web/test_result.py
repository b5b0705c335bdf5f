"""GET result: the poll of a flow, from the first 202 to the last answer."""

from datetime import timedelta

import pytest

from shared.errors import ModelUnknown
from shared.web.reading import poll_again_s
from tests.fakes import Plays, ScriptedModel
from tests.unit.web.world import SUBMIT, Answered, World, query_of


def poll(world: World, request_id: str, **query: str) -> Answered:
    sig = query_of(world.s.links.result(request_id))["sig"]
    return world.http("result", key=None, query={"sig": sig, **query}, id=request_id)


@pytest.mark.parametrize("query", [{}, {"sig": ""}, {"sig": "k1.AAAA"}, {"sig": "x"}])
def test_wrong_signature(query: dict[str, str]) -> None:
    """Without the right signature nothing is told, not even whether there is a request."""
    world = World()
    request_id = world.submitted()

    answers = [
        world.http("result", key=None, query=query, id=one)
        for one in (request_id, "01K0000000000000000000000A", "x")
    ]

    assert {(one.status, one.code) for one in answers} == {(401, "invalid_signature")}


def test_poll_until_final() -> None:
    """Every 202 says where and when to ask again; the last answer is the resource."""
    world = World()
    request_id = world.submitted()

    first = poll(world, request_id)
    world.drain()
    reviewing = poll(world, request_id)
    world.http("cancel", id=request_id)
    last = poll(world, request_id)

    assert [one.status for one in (first, reviewing, last)] == [202, 202, 200]
    for one in (first, reviewing):
        assert one.headers["Location"] == world.s.links.result(request_id)
        assert one.headers["Retry-After"].isdecimal()
    assert (first.json["status"], last.json["status"]) == ("accepted", "cancelled")
    assert "Location" not in last.headers


def test_until_generated() -> None:
    """A flow that only wants the images stops when they are there."""
    world = World()
    request_id = world.submitted()

    before = poll(world, request_id, until="generated")
    world.drain()
    after = poll(world, request_id, until="generated")

    assert (before.status, after.status) == (202, 200)
    assert after.json["status"] == "awaitingApproval"


def test_until_attention() -> None:
    """A flow that wants to know of trouble stops when an operator is needed."""
    world = World(model=ScriptedModel(otherwise=Plays(error=ModelUnknown())))
    request_id = world.reviewing()

    assert poll(world, request_id).status == 202
    assert poll(world, request_id, until="attention").status == 200
    assert poll(world, request_id, until="generated").status == 202


def test_until_something_else() -> None:
    """An unknown `until` is a fault."""
    world = World()

    answer = poll(world, world.submitted(), until="tomorrow")

    assert (answer.status, answer.pointers) == (400, {"#/query/until"})


def test_unknown_request() -> None:
    """A good signature for an id that nobody has is 404."""
    assert poll(World(), "01K0000000000000000000000A").status == 404


def test_when_to_ask_again() -> None:
    """Soon while the model works, seldom while people think, at once when it ends."""
    world = World()
    request_id = world.submitted()
    working = world.s.journals.load(request_id).request
    world.drain()
    reviewing = world.s.journals.load(request_id).request
    assert reviewing.opening is not None
    now, deadline = world.clock.now(), reviewing.opening.deadline

    assert poll_again_s(working, now) == 5
    assert poll_again_s(reviewing, now) == 15
    assert poll_again_s(reviewing, now + timedelta(hours=1)) == 30
    assert poll_again_s(reviewing, deadline - timedelta(seconds=9)) == 9
    assert poll_again_s(reviewing, deadline + timedelta(seconds=9)) == 2


def test_after_the_verdict() -> None:
    """Between verdict and end there are only seconds; an operator takes longer."""
    world = World()
    request_id = world.reviewing(SUBMIT)
    token = world.token(request_id)
    world.http("decision", {"decision": "approve"}, query={"token": token}, id=request_id)
    decided = world.s.journals.load(request_id).request

    assert poll_again_s(decided, world.clock.now()) == 2


def test_while_an_operator_is_needed() -> None:
    """Nothing happens by itself then."""
    world = World(model=ScriptedModel(otherwise=Plays(error=ModelUnknown())))
    request = world.s.journals.load(world.reviewing()).request

    assert poll_again_s(request, world.clock.now()) == 30
