"""The delivery log over HTTP: what is pending, delivered and dead, and telling it again."""

from typing import Any

import pytest

from shared.chain.due import entry_of
from shared.chain.ports import WebhookAnswer
from shared.domain import deliveries, names
from shared.errors import SinkError
from tests.fakes import ScriptedWebhooks
from tests.unit.web.test_subscriptions import BODY
from tests.unit.web.world import CALLBACK, FLOW, OPERATOR, SUBMIT, World

ALL = {**SUBMIT, "callbackUrl": CALLBACK, "callbackEvents": ["*"]}
DOWN = WebhookAnswer(503)


class Receiver(ScriptedWebhooks):
    """Fails while it is `down`."""

    down = False

    def post(self, *args: Any, **kwargs: Any) -> WebhookAnswer:
        answer = super().post(*args, **kwargs)
        return DOWN if self.down else answer


def told(world: World, count: int = 1) -> list[str]:
    """Requests that wait for people, whose first three events were to be told."""
    return [world.reviewing(ALL) for _ in range(count)]


def listed(world: World, **query: str) -> list[dict[str, Any]]:
    answer = world.http("list_deliveries", key=OPERATOR, query=query)
    assert answer.status == 200, answer.json
    return list(answer.json["items"])


def pages(world: World, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        page = world.http("list_deliveries", key=OPERATOR, query=query).json
        found += page["items"]
        if page["continuation"] is None:
            return found
        query["continuation"] = page["continuation"]


def die(world: World, stream: str, seq: int, sink: str) -> None:
    """As the last attempt writes it."""
    source = world.store.blobs[names.DELIVERIES, stream]
    line = deliveries.Line(
        at=world.clock.now(), seq=seq, sink=sink, attempt=11, outcome="dead", by="x"
    )
    source.data += line.model_dump_json(by_alias=True).encode() + b"\n"
    subject = names.newest_first(stream.removeprefix("images/"))
    world.s.blobs.put(names.STATE, f"{names.DEAD_EVENTS}{subject}", b"{}")


def test_of_one_request() -> None:
    """Everything that was delivered, the newest event first."""
    world = World()
    [request_id] = told(world)

    found = listed(world, requestId=request_id)
    assert [(one["seq"], one["sink"], one["state"]) for one in found] == [
        (seq, "callback", "delivered") for seq in (4, 3, 1)
    ]
    first = found[-1]
    assert first["stream"] == f"images/{request_id}"
    assert (first["type"], first["attempt"]) == ("darkroom.request.accepted", 1)
    assert (first["status"], first["nextAt"]) == (200, None)
    assert listed(world, requestId=request_id, state="dead") == []


def test_pending() -> None:
    """What failed, and what waits behind it; by marker, without a look at other requests."""
    world = World(webhooks=Receiver())
    told(world, 2)
    world.webhooks.down = True  # type: ignore[attr-defined]
    [waiting] = told(world)

    found = listed(world, state="pending")
    assert [(one["stream"], one["seq"]) for one in found] == [
        (f"images/{waiting}", seq) for seq in (4, 3, 1)
    ]
    assert [one["attempt"] for one in found] == [0, 0, 1]
    assert found[-1]["nextAt"] is not None
    assert found[-1]["status"] == 503
    world.webhooks.down = False  # type: ignore[attr-defined]
    world.clock.advance(10)
    world.drain()
    assert listed(world, state="pending") == []
    assert world.store.names(names.STATE, names.PENDING) == []


def test_pages() -> None:
    """Pages end anywhere, within a request too, and together they are the whole list."""
    world = World()
    told(world, 4)
    whole = listed(world)

    assert len(whole) == 12
    for limit in ("1", "2", "5", "11"):
        assert pages(world, limit=limit) == whole
    assert pages(world, limit="2", state="delivered") == whole
    assert pages(world, limit="2", sink="callback", state="pending") == []


def test_a_continuation_of_another_list() -> None:
    """Where one list ends says nothing about another."""
    world = World()
    told(world, 2)
    page = world.http("list_deliveries", key=OPERATOR, query={"limit": "1"}).json

    query = {"state": "dead", "continuation": page["continuation"]}
    answer = world.http("list_deliveries", key=OPERATOR, query=query)
    assert (answer.status, answer.code) == (400, "invalid_request")


def test_who_may() -> None:
    """Only operators see and repeat deliveries."""
    world = World()
    for name in ("list_deliveries", "redeliver_many"):
        assert world.http(name, {}, key=FLOW).status == 403
    assert world.http("redeliver", key=FLOW, id="x").status == 403


@pytest.mark.parametrize(
    "query",
    [
        *({"state": "lost"}, {"requestId": "1"}, {"limit": "0"}, {"continuation": "x"}),
        *({"sink": "foo"}, {"sink": "sub-1"}, {"sink": ""}, {"sink": "callback,eventgrid"}),
    ],
)
def test_faults(query: dict[str, str]) -> None:
    """A query that means nothing is refused."""
    assert World().http("list_deliveries", key=OPERATOR, query=query).status == 400


def test_once_more() -> None:
    """A delivered event goes out again under its id, with the series of attempts anew."""
    world = World(webhooks=Receiver())
    [request_id] = told(world)
    [first] = [one for one in listed(world, requestId=request_id) if one["seq"] == 1]
    before = len(world.webhooks.posted)
    world.webhooks.down = True  # type: ignore[attr-defined]
    answer = world.http("redeliver", key=OPERATOR, id=first["id"])

    assert answer.status == 202
    assert (answer.json["state"], answer.json["attempt"]) == ("pending", 1)
    world.drain()
    assert [one["seq"] for one in listed(world, state="pending")] == [1]
    log = deliveries.parse(world.store.blobs[names.DELIVERIES, f"images/{request_id}"].data)
    again = log.of(1, "callback")
    assert (again.attempt, again.outcome, again.earlier) == (2, "failed", 1)
    assert again.next_at is not None and again.at is not None
    assert 4 < (again.next_at - again.at).total_seconds() < 6
    world.webhooks.down = False  # type: ignore[attr-defined]
    world.clock.advance(10)
    world.drain()
    [post, repeated] = world.webhooks.posted[before:]
    assert post.headers["ce-id"] == repeated.headers["ce-id"] == f"{request_id}-1"
    assert listed(world, state="pending") == []


def test_it_is_covered() -> None:
    """When the message for it is lost, a due entry brings it."""
    world = World()
    [request_id] = told(world)
    [first] = [one for one in listed(world, requestId=request_id) if one["seq"] == 1]
    before = len(world.webhooks.posted)
    world.http("redeliver", key=OPERATOR, id=first["id"])
    world.queue.messages.clear()
    entries = [entry_of(name) for name in world.store.names(names.STATE, "due/")]
    [cover] = [one for one in entries if one and one.nonce.startswith("c")]
    world.clock.advance(200)
    found = world.s.due.body(cover)
    assert found is not None
    moved = world.s.due.move(cover, found[0])
    world.message(
        "step_message",
        f'{{"v":1,"requestId":"{request_id}","since":{found[0].since},"due":"{moved.name}"}}',
    )
    world.drain()

    assert len(world.webhooks.posted) == before + 1


def test_no_sink_any_more() -> None:
    """Nothing goes to a subscription that was ended, or to an event's callback that is erased."""
    world = World()
    made = world.http("subscribe", {**BODY, "events": []}).json
    request_id = world.reviewing(ALL)
    found = {one["sink"]: one for one in listed(world, requestId=request_id) if one["seq"] == 1}
    world.http("end_subscription", id=made["id"])
    del world.store.blobs[names.CONTENT, f"{request_id}.json"]
    for sink in ("callback", f"sub-{made['id']}"):
        answer = world.http("redeliver", key=OPERATOR, id=found[sink]["id"])
        assert (answer.status, answer.code) == (409, "sink_gone")
    for wrong in ("x", "", found["callback"]["id"][:-2]):
        assert world.http("redeliver", key=OPERATOR, id=wrong).status == 404


def test_a_range_of_dead_ones() -> None:
    """So many at a time, by sink and time; what is told again is dead no more."""
    world = World()
    ids = told(world, 3)
    for request_id in ids:
        die(world, f"images/{request_id}", 4, "callback")
    assert [one["state"] for one in listed(world, state="dead")] == ["dead"] * 3

    def again(**body: Any) -> dict[str, Any]:
        answer = world.http("redeliver_many", body, key=OPERATOR)
        assert answer.status == 200, answer.json
        return answer.json

    assert again(sink="eventgrid")["redelivered"] == 0
    assert again(to="2026-11-01T00:00:00Z")["redelivered"] == 0
    first = again(max=2)
    assert (first["redelivered"], first["skipped"]) == (2, 0)
    rest = again(continuation=first["continuation"])
    assert (rest["redelivered"], rest["continuation"]) == (1, None)
    before = len(world.webhooks.posted)
    world.drain()
    assert len(world.webhooks.posted) == before + 3
    assert listed(world, state="dead") == []
    assert world.store.names(names.STATE, names.DEAD_EVENTS) == []


def test_a_range_that_is_gone() -> None:
    """What cannot be told again is counted."""
    world = World()
    [request_id] = told(world)
    die(world, f"images/{request_id}", 4, "callback")
    del world.store.blobs[names.CONTENT, f"{request_id}.json"]

    answer = world.http("redeliver_many", {"state": "dead"}, key=OPERATOR).json
    assert (answer["redelivered"], answer["skipped"]) == (0, 1)


@pytest.mark.parametrize(
    "body",
    [{"state": "pending"}, {"max": 0}, {"sink": "x"}, {"from": "2026-11-01T00:00:00"}],
)
def test_faults_of_a_range(body: dict[str, Any]) -> None:
    """A range that means nothing is refused."""
    assert World().http("redeliver_many", body, key=OPERATOR).status == 400


def test_a_dead_event_has_its_marker() -> None:
    """The last attempt leaves a marker before it writes that the event is dead."""
    world = World(webhooks=ScriptedWebhooks(*[SinkError()] * 200))
    [request_id] = told(world)
    for _ in range(60):
        world.clock.advance(86_400 / 4)
        for name in world.store.names(names.STATE, "due/"):
            world.message(
                "step_message",
                f'{{"v":1,"requestId":"{request_id}","since":0,"due":"{name}"}}',
            )
        world.drain()
    assert {one["state"] for one in listed(world, requestId=request_id)} == {"dead"}
    assert [one["stream"] for one in listed(world, state="dead")] != []
