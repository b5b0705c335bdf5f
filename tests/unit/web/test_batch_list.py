"""GET /batches: newest first, one's own, in pages, without rows."""

from typing import Any

import pytest

from shared.domain import names
from shared.errors import StorageError
from tests.fakes import MemoryBlobs
from tests.unit.web.world import FLOW, OPERATOR, OTHER, POWERLESS, World

ROW = {"prompt": "A red kite over barley"}


def sent(world: World, key: str = FLOW, **fields: Any) -> str:
    world.clock.advance(1)
    answer = world.http("submit_batch", {"items": [ROW] * 2, **fields}, key=key)
    assert answer.status == 202, answer.json
    return str(answer.json["id"])


def listed(world: World, key: str = FLOW, **query: str) -> dict[str, Any]:
    answer = world.http("list_batches", key=key, query=query)
    assert answer.status == 200, answer.json
    return answer.json


def ids(found: dict[str, Any]) -> list[str]:
    return [one["id"] for one in found["items"]]


def test_as_it_stands() -> None:
    """Each says what its own address says of it, but for the rows."""
    world = World()
    batch_id = sent(world, name="autumn")
    world.drain()
    world.http("cancel_batch", id=batch_id)
    world.drain()

    [item] = listed(world)["items"]

    alone = world.http("get_batch", id=batch_id).json
    assert item == {name: one for name, one in alone.items() if name in item}
    assert set(alone) - set(item) == {"items", "continuation"}
    assert item["counts"] == {"cancelled": 2}


def test_pages_newest_first() -> None:
    """Pages follow each other without a gap, and the last has no continuation."""
    world = World()
    sent_ids = [sent(world, name=str(k)) for k in range(5)]

    first = listed(world, limit="2")
    second = listed(world, limit="2", continuation=first["continuation"])
    third = listed(world, limit="2", continuation=second["continuation"])

    assert ids(first) + ids(second) + ids(third) == sent_ids[::-1]
    assert third["continuation"] is None


def test_whose() -> None:
    """One's own batches; all of them with `readAll`, or those of one caller."""
    world = World()
    mine, theirs = sent(world), sent(world, OTHER)

    assert (ids(listed(world)), ids(listed(world, OTHER))) == ([mine], [theirs])
    assert ids(listed(world, OPERATOR)) == [theirs, mine]
    assert ids(listed(world, OPERATOR, caller="flow")) == [mine]
    assert world.http("list_batches", query={"caller": "other"}).status == 403
    assert world.http("list_batches", key=POWERLESS).status == 403


def test_by_status() -> None:
    """Only batches of the asked status."""
    world = World()
    over, running = sent(world), sent(world, name="later")
    world.http("cancel_batch", id=over)

    assert ids(listed(world, status="cancelled")) == [over]
    assert ids(listed(world, status="running")) == [running]
    assert ids(listed(world, status="completed")) == []


@pytest.mark.parametrize(
    "query", [{"status": "open"}, {"limit": "0"}, {"continuation": "x"}, {"caller": "a b"}]
)
def test_what_cannot_be_asked(query: dict[str, str]) -> None:
    """Each fault is named."""
    answer = World().http("list_batches", key=OPERATOR, query=query)

    assert (answer.status, answer.pointers) == (400, {f"#/query/{next(iter(query))}"})


def test_named_before_it_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name whose batch never came is passed over; no batch is without its name."""
    world = World()
    put = MemoryBlobs.put

    def dies(blobs: MemoryBlobs, container: str, name: str, *args: Any, **how: Any) -> Any:
        if name.startswith(names.BATCH_INDEX_OF):
            raise StorageError
        return put(blobs, container, name, *args, **how)

    with monkeypatch.context() as broken:
        broken.setattr(MemoryBlobs, "put", dies)
        answer = world.http("submit_batch", {"items": [ROW]})
    assert answer.status == 503
    assert not [one for one in world.store.names(names.REQUESTS) if one.startswith("batches/")]
    assert ids(listed(world, OPERATOR)) == []

    batch_id = sent(world)
    assert ids(listed(world, OPERATOR)) == [batch_id]


def test_rows_of_one_status() -> None:
    """Only rows that are so, in pages that end where the last of them is shown."""
    world = World()
    batch_id = str(
        world.http("submit_batch", {"items": [ROW] * 5, "name": "five"}).json["id"],
    )
    world.drain()
    rows = world.http("get_batch", id=batch_id).json["items"]
    for row in (1, 3, 4):
        world.http("cancel", id=rows[row]["id"])
    world.drain()

    def shown(**query: str) -> tuple[list[int], str | None]:
        answer = world.http("get_batch", id=batch_id, query=query)
        assert answer.status == 200, answer.json
        return [one["row"] for one in answer.json["items"]], answer.json["continuation"]

    assert shown(status="open") == ([0, 2], None)
    first, rest = shown(status="cancelled", limit="2")
    assert rest is not None
    assert (first, shown(status="cancelled", limit="2", continuation=rest)) == ([1, 3], ([4], None))
    assert shown(status="refused") == ([], None)
    assert world.http("get_batch", id=batch_id, query={"status": "queued"}).pointers == {
        "#/query/status"
    }
