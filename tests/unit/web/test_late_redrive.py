"""Dead letters that are put back when the key of their message is long gone."""

import json
from dataclasses import replace
from typing import Any

import pytest

from shared.chain.runner import InvocationFailed
from shared.domain import names
from shared.errors import StorageError
from shared.security.callers import CallerBook
from tests.fakes import MemoryBlobs
from tests.unit.histories import failing
from tests.unit.web.test_dead_letters import (
    AHEAD,
    BODY,
    counts,
    listed,
    put_back,
    requests,
    take_all,
    upload,
)
from tests.unit.web.world import SUBMIT, World

OWN_KEY = {**SUBMIT, "idempotencyKey": "k", "caller": "flow"}
# What fails while a request is begun: after its key, after its content, after its first fact.
BEGUN = [("blobs.put", names.CONTENT), ("appends.append", names.REQUESTS), ("blobs.put", "index/")]
WHOLE_BUT_LISTED = BEGUN[-1]


def failed(world: World, where: str, name: str, body: str = BODY) -> None:
    """A message that is half accepted, and given up."""
    whole = world.s
    world.s = failing(whole, where, StorageError(), name=name)
    with pytest.raises(InvocationFailed):
        world.message("request_message", body)
    world.s = whole
    world.message("request_poison", body)


def a_month_later(world: World) -> None:
    """Storage deletes keys by their age."""
    world.clock.advance(31 * 86_400)
    for name in world.store.names(names.STATE, "keys/"):
        world.s.blobs.delete(names.STATE, name)


def begun(world: World) -> str:
    """What the one record says was begun."""
    [item] = listed(world)["items"]
    return str(item["requestId"])


@pytest.mark.parametrize("body", [BODY, json.dumps(OWN_KEY)])
@pytest.mark.parametrize(("where", "name"), BEGUN)
def test_begun_before(where: str, name: str, body: str) -> None:
    """What was half accepted is gone on with under its own id, however far it had come."""
    world = World()
    failed(world, where, name, body)
    a_month_later(world)

    put_back(world)
    take_all(world)

    assert requests(world) == [begun(world)]
    assert [name for name in world.store.names(names.CONTENT) if name.startswith("dead-")] == []


def test_nothing_begun() -> None:
    """What had begun nothing is a request of the day on which it was put back."""
    world = World()
    world.message("request_poison", BODY)
    assert listed(world)["items"][0]["requestId"] is None
    a_month_later(world)

    put_back(world)
    take_all(world)

    [request_id] = requests(world)
    assert request_id > names.ulid(world.clock.now(), b"\0" * 10)


def test_a_large_one() -> None:
    """What was sent ahead is read for its key as well; a month later it has to be sent again."""
    world = World()
    upload(world, OWN_KEY)
    failed(world, *WHOLE_BUT_LISTED, AHEAD)
    a_month_later(world)
    world.s.blobs.delete(names.UPLOADS, "flow/later.json")

    put_back(world)
    take_all(world)
    assert listed(world)["items"][0]["code"] == "invalid_request"
    upload(world, OWN_KEY)
    put_back(world)
    take_all(world)

    assert requests(world) == [begun(world)]


def test_buried_at_once() -> None:
    """A sender who lost the right to send between two tries had begun a request all the same."""
    world = World()
    whole = world.s
    world.s = failing(whole, WHOLE_BUT_LISTED[0], StorageError(), name=WHOLE_BUT_LISTED[1])
    with pytest.raises(InvocationFailed):
        world.message("request_message", json.dumps(OWN_KEY))
    callers = tuple(
        replace(one, roles=frozenset()) if one.name == "flow" else one
        for one in whole.terms.callers.callers
    )
    world.s = replace(whole, terms=replace(whole.terms, callers=CallerBook(callers)))
    world.message("request_message", json.dumps(OWN_KEY))
    world.s = whole
    a_month_later(world)

    put_back(world)
    take_all(world)

    assert requests(world) == [begun(world)]


def test_anothers_key() -> None:
    """What was refused because its key stood for another body is a request of its own later."""
    world = World()
    world.message("request_message", json.dumps({**OWN_KEY, "prompt": "another"}), "m-0")
    world.message("request_message", json.dumps(OWN_KEY), "m-1")
    [item] = listed(world)["items"]
    assert (item["code"], item["requestId"]) == ("idempotency_key_reused", None)
    a_month_later(world)

    put_back(world)
    take_all(world)

    assert len(requests(world)) == 2


def test_sent_again_meanwhile() -> None:
    """Where the sender has used the key once more, that is the request."""
    world = World()
    failed(world, *BEGUN[0], json.dumps(OWN_KEY))
    a_month_later(world)
    again = world.http("submit", dict(SUBMIT), headers={"idempotency-key": "k"}).json["id"]

    put_back(world)
    take_all(world)

    assert requests(world) == [again]


def test_a_worker_that_was_slow() -> None:
    """Who accepts a message that others have given up meanwhile leaves nothing to put back."""
    world = World()
    world.message("request_poison", BODY)

    world.message("request_message", BODY)
    a_month_later(world)

    assert put_back(world) == counts(0, skipped=1)
    assert len(requests(world)) == 1


def test_accepted_while_it_is_buried() -> None:
    """Between body and record of a dead letter, too."""
    world = World()
    whole = world.s

    class Slow(MemoryBlobs):
        """Somebody accepts the message right after its body was kept."""

        def put(self, container: str, name: str, *rest: Any, **more: Any) -> str:
            etag = super().put(container, name, *rest, **more)
            if name == "dead-m-1":
                world.s = whole
                world.message("request_message", BODY)
            return etag

    world.s = replace(whole, blobs=Slow(world.store))
    world.message("request_poison", BODY)
    a_month_later(world)

    assert put_back(world) == counts(0, skipped=1)
    assert len(requests(world)) == 1
    assert begun(world) == requests(world)[0]


def test_buried_once_more() -> None:
    """A record that is written anew still tells of what its message had begun."""
    world = World()
    failed(world, *WHOLE_BUT_LISTED)
    a_month_later(world)
    known = begun(world)

    put_back(world)
    take_all(world, "request_poison")
    assert begun(world) == known
    put_back(world)
    take_all(world)

    assert requests(world) == [known]
