"""GET result: the poll of a flow, from the first 202 to the last answer."""

import pytest

from shared.errors import ModelThrottled, ModelUnknown
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


@pytest.mark.parametrize("until", ["final", "generated", "attention"])
def test_until_stays_on_the_link(until: str) -> None:
    """Each `Location` has what ends the wait, for an engine that follows the newest one."""
    world = World(model=ScriptedModel(otherwise=Plays(error=ModelUnknown())))
    first = world.http("submit", dict(SUBMIT), query={"until": until})

    second = poll(world, first.json["id"], **query_of(first.headers["Location"]))

    assert (first.status, second.status) == (202, 202)
    assert query_of(second.headers["Location"])["until"] == until
    assert second.headers["Location"] == first.headers["Location"]


def test_a_turn_in_minutes() -> None:
    """A request that waits for its turn is asked for when its images may be there."""
    closed = ScriptedModel(Plays(error=ModelThrottled(retry_after_s=600)))
    world = World(model=closed)
    request_id = world.reviewing()

    waiting = poll(world, request_id)
    world.clock.advance(590)
    nearly = poll(world, request_id)

    assert (waiting.json["status"], waiting.headers["Retry-After"]) == ("queued", "120")
    assert 20 <= int(nearly.headers["Retry-After"]) <= 40


def test_people_and_operators() -> None:
    """A poll says what the request's state says: people are asked after more often."""
    people, operator = World(), World(model=ScriptedModel(otherwise=Plays(error=ModelUnknown())))

    assert poll(people, people.reviewing()).headers["Retry-After"] == "15"
    assert poll(operator, operator.reviewing()).headers["Retry-After"] == "60"
