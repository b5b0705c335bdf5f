"""Requests by queue message: the same as over HTTP, and reasons where it is none."""

import base64
import json
import uuid
from typing import Any

import pytest

from tests.e2e import marks
from tests.e2e.client import Client
from tests.e2e.store import Store
from tests.e2e.waiting import until

QUEUE = "image-requests"


def put(store: Store, body: object, *, encoded: bool = False) -> str:
    text = body if isinstance(body, str) else json.dumps(body)
    return store.send(QUEUE, base64.b64encode(text.encode()).decode() if encoded else text)


def found_by(client: Client, key: str) -> dict[str, Any]:
    """The request that the message became."""
    [found] = until(
        lambda: client.listed(idempotencyKey=key).json()["items"], f"the message {key} is taken"
    )
    return dict(found)


@pytest.mark.parametrize("encoded", [False, True], ids=["plain", "base64"])
def test_message_is_a_request(client: Client, store: Store, encoded: bool) -> None:
    """Plain or base64, the request has what one over HTTP has, and only its own facts differ."""
    key = str(uuid.uuid4())
    put(store, marks.order(idempotencyKey=key, caller="local-admin"), encoded=encoded)
    over_http = client.submitted(marks.order())

    by_queue = client.reached(found_by(client, key)["id"], "awaitingApproval")

    other = client.reached(over_http, "awaitingApproval")
    same = ("caller", "options", "purpose", "altText", "requestedBy", "round", "status")
    assert {name: by_queue[name] for name in same} == {name: other[name] for name in same}
    assert by_queue["idempotencyKey"] == key


def test_message_repeated(client: Client, store: Store) -> None:
    """The same key twice is one request, whichever door it comes through."""
    key = str(uuid.uuid4())
    over_http = client.submitted(marks.order(), {"idempotency-key": key})
    put(store, marks.order(idempotencyKey=key, caller="local-admin"))
    second = str(uuid.uuid4())
    put(store, marks.order(idempotencyKey=second, caller="local-admin"))
    found_by(client, second)

    items = client.listed(idempotencyKey=key).json()["items"]
    assert [one["id"] for one in items] == [over_http]


def requests(store: Store) -> list[str]:
    """Journals of requests; streams of notices have a slash in their names."""
    return [name for name in store.names("requests") if "/" not in name]


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        (marks.order(n=0, colour="red"), {"#/n", "#/colour"}),
        (marks.order(caller="nobody"), {"#/caller"}),
        (marks.order(dequeueCount=9), {"#/dequeueCount"}),
        (marks.order(dequeueCount="many", id="mine"), {"#/dequeueCount", "#/id"}),
        (f'{{"prompt": "{marks.PROMPT}', {"#"}),
    ],
    ids=[
        "two faults",
        "unknown caller",
        "reserved name",
        "reserved names of a wrong type",
        "broken JSON",
    ],
)
def test_invalid_message(store: Store, body: object, pointers: set[str]) -> None:
    """Within seconds there is a record with every reason; the body lies where it can be erased."""
    before = set(store.names("dead", f"{QUEUE}/"))
    journals = requests(store)
    put(store, body)

    [name] = until(lambda: set(store.names("dead", f"{QUEUE}/")) - before, "a record", 10.0)

    record = json.loads(store.read("dead", name))
    assert (record["queue"], record["code"]) == (QUEUE, "invalid_request")
    assert {fault["pointer"] for fault in record["errors"]} == pointers
    container, _, place = record["content"].partition("/")
    assert (container, place.startswith("dead-")) == ("content", True)
    sent = body if isinstance(body, str) else json.dumps(body)
    assert store.read(container, place).decode() == sent
    assert requests(store) == journals
    assert [queue for queue, _ in store.waiting() if queue.endswith("-poison")] == []
