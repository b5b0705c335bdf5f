"""Queue messages: good ones are accepted, bad ones are put aside at once, with reasons."""

import base64
import json
import logging

import pytest

from shared.chain.runner import InvocationFailed
from shared.domain import names
from shared.errors import StorageError
from tests.unit.web.world import CALLBACK, PROMPT, SUBMIT, World

BODY = json.dumps(SUBMIT)


@pytest.mark.parametrize(
    "text", [BODY, f"  {BODY}\n", base64.b64encode(BODY.encode()).decode() + "\n"]
)
def test_accepted(text: str) -> None:
    """A message is JSON, plain or as base64."""
    world = World()

    world.message("request_message", text)

    assert len(world.store.names(names.REQUESTS)) == 1
    assert world.dead() == []


def test_event_message() -> None:
    """A request's event goes to its callback, once."""
    world = World()
    request_id = world.submitted({**SUBMIT, "callbackUrl": CALLBACK, "callbackEvents": ["*"]})
    event = {"v": 1, "stream": f"images/{request_id}", "seq": 1, "sink": "callback", "attempt": 1}

    for _ in range(2):
        world.message("event_message", json.dumps(event))

    assert [posted.headers["webhook-id"] for posted in world.webhooks.posted] == [f"{request_id}-1"]


def test_same_message_again() -> None:
    """Without a key the message's own id is the key."""
    world = World()

    for message_id in ("m-1", "m-1", "m-2"):
        world.message("request_message", BODY, message_id)

    assert len(world.store.names(names.REQUESTS)) == 2


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"{not json", "#"),
        (b"%%%", "#"),
        (b"[]", "#"),
        (b" " * 70_000, "#"),
        (b"{}", "#/prompt"),
        (b'{"prompt": "x", "n": 0}', "#/n"),
        (b'{"prompt": "x", "dequeueCount": 1}', "#/dequeueCount"),
        (b'{"prompt": "x", "id": "someone-elses"}', "#/id"),
        (b'{"prompt": "x", "caller": "nobody"}', "#/caller"),
        (b'{"prompt": "x", "caller": "reader"}', "#/caller"),
        (b'{"prompt": "x", "caller": 7}', "#/caller"),
        (b'{"requestBlob": "uploads/x"}', "#/requestBlob"),
    ],
)
def test_buried(body: bytes, pointer: str) -> None:
    """A message that can be no request is recorded and told of once, and no request is made."""
    world = World()

    for _ in range(2):
        world.message("request_message", body)

    (record,) = world.dead()
    assert record["code"] == "invalid_request"
    assert pointer in {fault["pointer"] for fault in record["errors"]}
    container, name = record["content"].split("/")
    assert world.store.blobs[container, name].data == body
    (stream,) = world.store.names(names.REQUESTS)
    assert stream == f"messages/{record['messageId']}"
    (line,) = world.store.blobs[names.REQUESTS, stream].data.splitlines()
    assert json.loads(line)["data"] == {
        "caller": "reader" if b"reader" in body else "default",
        "code": "invalid_request",
        "faults": len(record["errors"]),
        "record": f"dead/{world.store.names(names.DEAD)[0]}",
    }


def test_id_from_the_body_names_nothing() -> None:
    """A body that passes itself off under another message's id cannot replace that record."""
    world = World()
    world.message("request_message", b"{}", "victim")

    world.message("request_message", b'{"prompt": "x", "id": "victim"}', "victim")

    assert len(world.dead()) == 2


def test_caller_and_faults_together() -> None:
    """A wrong caller and a wrong body are told in one record."""
    world = World()

    world.message("request_message", b'{"prompt": "x", "n": 0, "caller": "nobody"}')

    pointers = {fault["pointer"] for fault in world.dead()[0]["errors"]}
    assert pointers == {"#/n", "#/caller"}


def test_key_reused() -> None:
    """A key that stands for another body is no matter for another try."""
    world = World()
    world.message("request_message", '{"prompt": "x", "idempotencyKey": "k"}', "m-1")

    world.message("request_message", '{"prompt": "y", "idempotencyKey": "k"}', "m-2")

    assert [record["code"] for record in world.dead()] == ["idempotency_key_reused"]


def test_poisoned_request() -> None:
    """A request that failed too often is kept as a dead letter."""
    world = World()

    world.message("request_poison", BODY)

    assert [record["code"] for record in world.dead()] == ["poisoned"]


@pytest.mark.parametrize(
    "function", ["step_message", "event_message", "step_poison", "event_poison"]
)
@pytest.mark.parametrize(
    "text", ["{}", "nonsense", '{"v":9}', '{"v":1,"requestId":"../x","since":0}']
)
def test_unreadable_message_of_ours(function: str, text: str) -> None:
    """What is no message of ours is put aside, not tried again."""
    world = World()

    world.message(function, text)

    assert [record["code"] for record in world.dead()] == ["unreadable"]


def test_poisoned_nudges() -> None:
    """A due entry stands already; one more would be looked at, fail and be poisoned as well."""
    world = World()
    request_id = world.submitted()
    before = set(world.store.names(names.STATE, "due/"))
    step = {"v": 1, "requestId": request_id, "since": 1, "due": None}
    event = {"v": 1, "stream": f"images/{request_id}", "seq": 1, "sink": "callback", "attempt": 1}

    world.message("step_poison", json.dumps(step))
    world.message("event_poison", json.dumps(event))

    assert set(world.store.names(names.STATE, "due/")) == before != set()
    assert world.dead() == []


def test_storage_failure_goes_back_to_the_host(caplog: pytest.LogCaptureFixture) -> None:
    """The host tries again; what it is told, and the log, hold nothing of the message."""
    caplog.set_level(logging.INFO)
    world = World()
    object.__setattr__(world.s, "blobs", BrokenPut())

    with pytest.raises(InvocationFailed) as caught:
        world.message("request_message", BODY)

    assert caught.value.__suppress_context__
    assert "StorageError" in str(caught.value)
    for text in (str(caught.value), caplog.text):
        assert PROMPT not in text
        assert BrokenPut.SECRET not in text
    assert "invocation.failed" in caplog.text


def test_the_log_names_the_request(caplog: pytest.LogCaptureFixture) -> None:
    """A look or a delivery that fails says which request it is about."""
    world = World()
    request_id = world.submitted()
    object.__setattr__(world.s, "journals", None)
    nudge = {"v": 1, "requestId": request_id, "since": 0, "due": None}
    event = {"v": 1, "stream": f"images/{request_id}", "seq": 1, "sink": "callback", "attempt": 1}
    for function, message in (("step_message", nudge), ("event_message", event)):
        with pytest.raises(InvocationFailed):
            world.message(function, json.dumps(message))

        assert f"request_id={request_id}" in caplog.records[-1].getMessage()


class BrokenPut:
    """Storage that fails with something nobody may read."""

    SECRET = "sig=SECRETSAS"

    def put(self, *args: object, **named: object) -> str:
        raise StorageError(self.SECRET)
