"""Dead letters over HTTP: looked at newest first, and put back as they first came."""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from shared.chain.ports import Stored
from shared.domain import names
from shared.errors import StorageError
from tests.fakes import MemoryBlobs
from tests.unit.histories import failing
from tests.unit.web.world import FLOW, OPERATOR, PROMPT, SUBMIT, World

QUEUE = names.REQUEST_QUEUE
BODY = json.dumps(SUBMIT)
AHEAD = json.dumps({"requestBlob": "uploads/flow/later.json", "caller": "flow"})


def buried(world: World, *ids: str, body: str = BODY, function: str = "request_poison") -> None:
    """Dead letters of these ids, a second apart."""
    for message_id in ids:
        world.message(function, body, message_id)
        world.clock.advance(1)


def listed(world: World, queue: str = QUEUE, **query: str) -> dict[str, Any]:
    answer = world.http("list_dead_letters", key=OPERATOR, queue=queue, query=query)
    assert answer.status == 200, answer.json
    return answer.json


def ids(page: Mapping[str, Any]) -> list[str]:
    return [item["messageId"] for item in page["items"]]


def put_back(world: World, queue: str = QUEUE, **body: Any) -> dict[str, Any]:
    answer = world.http("redrive_dead_letters", body, key=OPERATOR, queue=queue)
    assert answer.status == 200, answer.json
    return answer.json


def counts(redriven: int, skipped: int = 0, left: int = 0) -> dict[str, Any]:
    return {"redriven": redriven, "skipped": skipped, "left": left, "continuation": None}


def take_all(world: World, function: str = "request_message", queue: str = QUEUE) -> None:
    """What is on the queue, each as a message of another id."""
    while message := world.queue.receive(queue):
        world.message(function, message.text, f"again-{message.visible_at}")
        world.queue.delete(queue, message)


def requests(world: World) -> list[str]:
    return world.requests()


def upload(world: World, body: Any = SUBMIT) -> None:
    world.s.blobs.put(names.UPLOADS, "flow/later.json", json.dumps(body).encode())


def test_an_item() -> None:
    """All that is known of a message, and nothing of what it asks for."""
    world = World()
    buried(world, "m-1", body='{"prompt": "secret", "n": 0}', function="request_message")

    page = listed(world)

    name = f"{QUEUE}/20261120T120000000Z-m-1.json"
    assert page == {
        "items": [
            {
                "queue": QUEUE,
                "messageId": "m-1",
                "at": "2026-11-20T12:00:00.000Z",
                "code": "invalid_request",
                "errors": [{"pointer": "#/n", "detail": page["items"][0]["errors"][0]["detail"]}],
                "content": "content/dead-m-1",
                "redrivenAt": None,
                "requestId": None,
                "name": name,
            }
        ],
        "continuation": None,
        "counts": {"invalid_request": 1},
    }
    assert "secret" not in json.dumps(page)


def test_a_record_has_no_words_of_its_message() -> None:
    """Nor those that stand in the place of a name: it outlives an erasure of the body."""
    world = World()
    faulty = {"prompt": PROMPT, "A portrait of Ana": 1, "Ana/Lima": 1, "promt": 1, "n": 0}
    body = {**faulty, "approval": {"after": [{"name": "brand", "ana@contoso.com": 1}]}}
    buried(world, "m-1", body=json.dumps(body), function="request_message")

    [record] = listed(world)["items"]
    pointers = sorted(error["pointer"] for error in record["errors"])
    assert pointers == ["#/approval/after/0/…", "#/n", "#/promt", "#/…", "#/…"]


def test_pages_newest_first() -> None:
    """Pages follow each other without a gap; what comes meanwhile changes none of them."""
    world = World()
    buried(world, *(f"m-{k}" for k in range(5)))

    first = listed(world, limit="2")
    buried(world, "m-5")
    second = listed(world, limit="2", continuation=first["continuation"])
    third = listed(world, limit="2", continuation=second["continuation"])

    assert [ids(page) for page in (first, second, third)] == [
        *(["m-4", "m-3"], ["m-2", "m-1"], ["m-0"])
    ]
    assert third["continuation"] is None
    assert listed(world, limit="6")["continuation"] is None


def test_filters() -> None:
    """By code, and by words in the faults; what waits under other codes is counted all the same."""
    world = World()
    buried(world, "m-1", "m-2")
    buried(world, "m-3", body=AHEAD, function="request_message")

    assert ids(listed(world, code="poisoned")) == ["m-2", "m-1"]
    assert ids(listed(world, reason="NO UPLOAD")) == ["m-3"]
    assert ids(listed(world, reason="#/requestBlob")) == ["m-3"]
    assert ids(listed(world, reason="no upload", code="poisoned")) == []
    assert listed(world, code="nothing")["counts"] == {"poisoned": 2, "invalid_request": 1}


def test_a_rare_code() -> None:
    """A page reads so many records; the next goes on behind them."""
    world = World()
    buried(world, "rare", body="{}", function="request_message")
    buried(world, *(f"m-{k}" for k in range(200)))

    first = listed(world, code="invalid_request")
    second = listed(world, code="invalid_request", continuation=first["continuation"])

    assert (ids(first), first["counts"]) == ([], {"poisoned": 200})
    assert (ids(second), second["continuation"]) == (["rare"], None)


@pytest.mark.parametrize("queue", ["image-requests-poison", "nothing", "..", "image"])
def test_unknown_queue(queue: str) -> None:
    """Only the app's own queues have dead letters."""
    for name in ("list_dead_letters", "redrive_dead_letters"):
        answer = World().http(name, {}, key=OPERATOR, queue=queue)

        assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.parametrize(
    ("query", "pointers"),
    [
        ({"limit": "0"}, {"#/query/limit"}),
        ({"limit": "x", "continuation": "Zm9v"}, {"#/query/limit", "#/query/continuation"}),
    ],
)
def test_wrong_query(query: dict[str, str], pointers: set[str]) -> None:
    """Each parameter that makes no sense is named."""
    answer = World().http("list_dead_letters", key=OPERATOR, queue=QUEUE, query=query)

    assert (answer.status, answer.pointers) == (400, pointers)


def test_continuations_keep_to_their_queue() -> None:
    """One queue's continuation is none of another's, for a list and for putting back."""
    world = World()
    buried(world, "m-1", "m-2")
    place = listed(world, limit="1")["continuation"]
    query, body = {"continuation": place}, {"continuation": place}

    list_ = world.http("list_dead_letters", key=OPERATOR, queue=names.STEP_QUEUE, query=query)
    back = world.http("redrive_dead_letters", body, key=OPERATOR, queue=names.STEP_QUEUE)

    assert (list_.status, list_.pointers) == (400, {"#/query/continuation"})
    assert (back.status, back.pointers) == (400, {"#/continuation"})


@pytest.mark.parametrize("max_", [0, 501, "1", 1.5, True])
def test_wrong_max(max_: object) -> None:
    """A number of messages that one call can put back."""
    answer = World().http("redrive_dead_letters", {"max": max_}, key=OPERATOR, queue=QUEUE)

    assert (answer.status, answer.pointers) == (400, {"#/max"})


def test_a_poisoned_message_becomes_a_request() -> None:
    """It is marked, put on the queue by its name, taken as it was, and its body goes."""
    world = World()
    buried(world, "m-1", body=base64.b64encode(BODY.encode()).decode())

    told = put_back(world)
    [message] = world.queue.messages[QUEUE]
    assert PROMPT not in message.text
    take_all(world)

    assert told == counts(1)
    assert len(requests(world)) == 1
    [item] = listed(world)["items"]
    assert item["redrivenAt"] == "2026-11-20T12:00:01.000Z"
    assert listed(world)["counts"] == {}
    assert [name for name in world.store.names(names.CONTENT) if name.startswith("dead-")] == []
    assert put_back(world) == counts(0)


def test_what_was_wrong_is_mended() -> None:
    """A message that named an upload too early is taken once that is there."""
    world = World()
    buried(world, "m-1", body=AHEAD, function="request_message")
    upload(world)

    put_back(world, reason="requestBlob")
    take_all(world)

    [request_id] = requests(world)
    assert world.resource(request_id)["caller"] == "flow"


def test_put_back_twice_is_one_request() -> None:
    """The mark failed, so it is put back again; the request is the first message's own."""
    world = World()
    buried(world, "m-1")
    whole = world.s
    world.s = failing(whole, "blobs.put", StorageError(), name=names.DEAD)
    answer = world.http("redrive_dead_letters", {}, key=OPERATOR, queue=QUEUE)
    world.s = whole

    told = put_back(world)
    sent = [message.text for message in world.queue.messages[QUEUE]]
    for text in sent:
        world.message("request_message", text, "q-1")
    world.message("request_message", BODY, "m-1")

    assert answer.status == 503
    assert (told["redriven"], len(sent)) == (1, 2)
    assert len(requests(world)) == 1


def test_half_accepted_before() -> None:
    """A request that was begun under the message's id is gone on with, not begun again."""
    world = World()
    world.message("request_message", BODY, "m-1")
    buried(world, "m-1")

    put_back(world)
    take_all(world)

    assert len(requests(world)) == 1


def test_own_key() -> None:
    """A message with a key of its own keeps it."""
    world = World()
    buried(world, "m-1", body=json.dumps({**SUBMIT, "idempotencyKey": "k"}))

    put_back(world)
    take_all(world)

    found = world.http("list_images", key=OPERATOR, query={"idempotencyKey": "k"})
    again = world.http("list_images", query={"idempotencyKey": "k"}, key=FLOW)
    assert (found.json["items"], again.json["items"]) == ([], [])
    [request_id] = requests(world)
    assert world.resource(request_id)["idempotencyKey"] == "k"


def test_invalid_again() -> None:
    """What fails again is one record still, with today's reasons, and can be put back again."""
    world = World()
    buried(world, "m-1", body=AHEAD, function="request_message")
    upload(world, {**SUBMIT, "n": 0})

    put_back(world)
    take_all(world)

    [item] = listed(world)["items"]
    assert [fault["pointer"] for fault in item["errors"]] == ["#/n"]
    assert item["redrivenAt"] is None
    upload(world)
    assert put_back(world) == counts(1)
    take_all(world)
    assert len(requests(world)) == 1


def test_poisoned_again() -> None:
    """A message that fails too often again is the same record, not one about itself."""
    world = World()
    buried(world, "m-1", body=AHEAD, function="request_message")

    put_back(world)
    take_all(world, "request_poison")

    [item] = listed(world)["items"]
    assert (item["messageId"], item["code"], item["redrivenAt"]) == ("m-1", "poisoned", None)


def test_failed_before_the_mark() -> None:
    """A message that fails again before it is marked waits; the mark does not hide that."""
    world = World()
    buried(world, "m-1", body=AHEAD, function="request_message")

    class Quick:
        """A queue whose receiver is faster than its sender."""

        def send(self, queue: str, text: str, visible_after_s: float = 0) -> None:
            world.message("request_message", text, "q-1")

    world.s = replace(world.s, queue=Quick())

    assert put_back(world)["redriven"] == 1
    assert listed(world)["items"][0]["redrivenAt"] is None


def test_erased_body() -> None:
    """Whose body was erased is skipped; it stays erased."""
    world = World()
    buried(world, "m-1", "m-2")
    world.s.blobs.delete(names.CONTENT, "dead-m-1")

    assert put_back(world) == counts(1, skipped=1)


@pytest.mark.parametrize("function", ["request_message", "request_poison"])
def test_erased_on_the_way(function: str) -> None:
    """A body that is erased after it was put back is no message, and does not come back."""
    world = World()
    buried(world, "m-1")
    put_back(world)
    world.s.blobs.delete(names.CONTENT, "dead-m-1")

    take_all(world, function)

    assert requests(world) == world.store.names(names.CONTENT) == []
    assert len(world.dead()) == 1


def test_failing_again_keeps_no_body() -> None:
    """A body that is erased while its message fails again is not written once more."""
    world = World()
    buried(world, "m-1", body=AHEAD, function="request_message")
    put_back(world)

    class Erased(MemoryBlobs):
        """Somebody erases the body right after it was read."""

        def read(self, container: str, name: str) -> Stored | None:
            found = super().read(container, name)
            if container == names.CONTENT:
                self.delete(container, name)
            return found

    world.s = replace(world.s, blobs=Erased(world.store))
    take_all(world)

    assert world.store.names(names.CONTENT) == []
    assert world.dead()[0]["redrivenAt"] is None


def test_so_many_at_a_time() -> None:
    """No more than asked for, the newest first; the continuation leads to the others."""
    world = World()
    buried(world, *(f"m-{k}" for k in range(5)))

    first = put_back(world, max=2)
    second = put_back(world, max=2, continuation=first["continuation"])
    third = put_back(world, max=2)

    assert [(one["redriven"], one["left"]) for one in (first, second, third)] == [
        *((2, 3), (2, 1), (1, 0))
    ]
    assert third["continuation"] is None
    redriven = [item["redrivenAt"] is not None for item in listed(world)["items"]]
    assert redriven == [True] * 5


def test_more_than_one_call_reads() -> None:
    """What lies behind many that were put back is reached by the continuation."""
    world = World()
    buried(world, "rare", body="{}", function="request_message")
    buried(world, *(f"m-{k}" for k in range(500)))

    first = put_back(world, code="invalid_request")
    second = put_back(world, code="invalid_request", continuation=first["continuation"])

    assert (first["redriven"], first["left"], second) == (0, 0, counts(1))


def test_chosen_by_code_and_reason() -> None:
    """Others stay where they are."""
    world = World()
    buried(world, "m-1")
    buried(world, "m-2", body=AHEAD, function="request_message")

    assert put_back(world, code="poisoned", reason="upload") == counts(0)
    assert put_back(world, reason="upload") == counts(1)
    assert [item["redrivenAt"] is None for item in listed(world)["items"]] == [False, True]


def test_once_more_on_demand() -> None:
    """A message that was put back and lost is put back when that is said."""
    world = World()
    buried(world, "m-1")
    put_back(world)
    world.queue.messages.clear()

    assert put_back(world) == counts(0)
    assert put_back(world, again=True) == counts(1)
    take_all(world)
    assert len(requests(world)) == 1


@pytest.mark.parametrize("queue", [names.STEP_QUEUE, names.EVENT_QUEUE])
def test_messages_of_ours(queue: str) -> None:
    """What a newer version wrote can be put back; nobody but that version can read it."""
    world = World()
    function = "step_message" if queue == names.STEP_QUEUE else "event_message"
    buried(world, "m-1", body='{"v": 9}', function=function)

    assert put_back(world, queue) == counts(1)
    take_all(world, function, queue)

    [item] = listed(world, queue)["items"]
    assert (item["code"], item["redrivenAt"]) == ("unreadable", None)


@pytest.mark.parametrize(
    "name",
    [
        "image-steps/20261120T120000000Z-m-1.json",
        "image-requests/20261120T120000000Z-nobody.json",
        "../content/dead-m-1",
        "",
    ],
)
def test_a_name_of_nothing(name: str) -> None:
    """A message that names no record of its queue does nothing."""
    world = World()
    buried(world, "m-1", body="{}", function="step_message")
    before = dict(world.store.blobs)

    world.message("request_message", json.dumps({"v": 1, "deadLetter": name}))

    assert world.store.blobs == before
