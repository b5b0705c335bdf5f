"""Messages that could not be taken: an operator sees why, mends it, and puts them back."""

import json
import uuid
from typing import Any

from tests.e2e import marks
from tests.e2e.client import Client
from tests.e2e.store import Store
from tests.e2e.test_queue_door import QUEUE, found_by
from tests.e2e.waiting import until


def letter_of(client: Client, message_id: str) -> dict[str, Any]:
    """The record of the message with this id."""

    def look() -> dict[str, Any] | None:
        found = client.dead_letters(QUEUE)
        return next((one for one in found if one["messageId"] == message_id), None)

    return until(look, f"a record of {message_id}")


def test_sent_before_its_upload(client: Client, store: Store) -> None:
    """A message that names a blob which is not there yet is a request once it is, and only one."""
    key = str(uuid.uuid4())
    body = json.dumps(marks.order()).encode()
    link = client.upload_link(body, "application/json")
    sent = {"requestBlob": link["blob"], "caller": "local-admin", "idempotencyKey": key}
    letter = letter_of(client, store.send(QUEUE, json.dumps(sent)))
    assert {fault["pointer"] for fault in letter["errors"]} == {"#/requestBlob"}
    client.send_ahead(link, body)

    told = client.redrive(QUEUE, reason="#/requestBlob", max=1)
    again = client.redrive(QUEUE, reason="#/requestBlob", max=1, again=True)

    assert (told["redriven"], told["skipped"]) == (1, 0)
    assert again["redriven"] + again["skipped"] >= 1
    request_id = found_by(client, key)["id"]
    client.reached(request_id, "awaitingApproval")
    assert [one["id"] for one in client.listed(idempotencyKey=key).json()["items"]] == [request_id]
    assert letter_of(client, letter["messageId"])["redrivenAt"] is not None


def test_poisoned_when_storage_failed(client: Client, store: Store) -> None:
    """A good message that the host gave up on goes its way when it is put back, once."""
    key = str(uuid.uuid4())
    order = marks.order(idempotencyKey=key, caller="local-admin")
    message_id = store.send(f"{QUEUE}-poison", json.dumps(order))
    letter = letter_of(client, message_id)
    content = letter["content"].partition("/")[2]

    assert (letter["code"], letter["redrivenAt"]) == ("poisoned", None)
    assert client.redrive(QUEUE, code="poisoned")["redriven"] >= 1
    client.reached(found_by(client, key)["id"], "awaitingApproval")
    until(lambda: content not in store.names("content", "dead-"), "its body is gone")
    assert not any(marks.PROMPT in text for _, text in store.waiting())
