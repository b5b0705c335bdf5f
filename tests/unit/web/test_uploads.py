"""What is sent ahead: images for an edit, and bodies too large for a queue message."""

import json
from datetime import timedelta
from typing import Any

import pytest

from shared.domain import names
from shared.domain.inputs import MAX_IMAGE_BYTES
from shared.web.bodies import MAX_BODY_BYTES
from tests.fakes import START, small_png
from tests.unit.web.world import FLOW, OTHER, POWERLESS, PROMPT, READER, World

PNG = small_png(3)
BODY = {"contentType": "image/png", "bytes": len(PNG)}


def sent(world: World, url: str, data: bytes) -> int:
    links: Any = world.s.blob_links
    return int(links.request("PUT", url, data)[0])


@pytest.mark.parametrize(
    ("content_type", "extension"),
    [("image/png", "png"), ("image/jpeg", "jpg"), ("application/json", "json")],
)
def test_a_place_for_a_file(content_type: str, extension: str) -> None:
    """In the caller's own folder, under a name nobody chose, for an hour."""
    world = World()
    answer = world.http("upload", {"contentType": content_type, "bytes": 9})
    place = answer.json

    assert answer.status == 201
    folder, caller, name = place["blob"].split("/")
    assert (folder, caller) == ("uploads", "flow")
    assert names.is_ulid(name.removesuffix(f".{extension}"))
    assert place["expiresAt"] == "2026-11-20T13:00:00.000Z"
    assert place["headers"] == {"Content-Type": content_type, "x-ms-blob-type": "BlockBlob"}
    [(_, _, expires_at)] = world.s.blob_links.links.values()  # type: ignore[attr-defined]
    assert expires_at == START + timedelta(hours=1)


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"contentType": "image/webp", "bytes": 0}, {"#/contentType", "#/bytes"}),
        ({"contentType": "image/png", "bytes": MAX_IMAGE_BYTES + 1}, {"#/bytes"}),
        ({"contentType": "a/b", "bytes": MAX_IMAGE_BYTES + 1}, {"#/contentType", "#/bytes"}),
        ({"contentType": "application/json", "bytes": 2**40, "x": 1}, {"#/bytes", "#/x"}),
        ({"contentType": "application/json", "bytes": MAX_BODY_BYTES + 1}, {"#/bytes"}),
        ({"contentType": "image/png", "bytes": "9", "name": "x"}, {"#/bytes", "#/name"}),
        ({}, {"#/contentType", "#/bytes"}),
    ],
)
def test_what_is_refused(body: dict[str, Any], pointers: set[str]) -> None:
    """Other types, and what would be refused later anyway; a name cannot be chosen."""
    answer = World().http("upload", body)

    assert (answer.status, answer.pointers) == (400, pointers)


@pytest.mark.parametrize(("key", "status"), [(READER, 403), (POWERLESS, 403), (OTHER, 201)])
def test_who_may(key: str, status: int) -> None:
    """Whoever may submit."""
    assert World().http("upload", BODY, key=key).status == status


def test_an_upload_is_edited() -> None:
    """Sent to the link and named by its blob, it is an input; in another's name it is not."""
    world = World()
    place = world.http("upload", BODY).json
    assert sent(world, place["uploadUrl"], PNG) == 201
    edit = {"prompt": PROMPT, "inputImages": [{"blob": place["blob"]}]}

    request_id = world.reviewing(edit)
    refused = world.http("submit", edit, key=OTHER)

    assert world.model.sent == [[PNG]]
    [shown] = world.resource(request_id)["inputs"]
    assert (shown["source"], shown["width"], shown["bytes"]) == ("blob", 1, len(PNG))
    assert (refused.status, refused.pointers) == (400, {"#/inputImages/0/blob"})


def test_before_it_is_sent() -> None:
    """A place alone is no image."""
    world = World()
    blob = world.http("upload", BODY).json["blob"]
    answer = world.http("submit", {"prompt": PROMPT, "inputImages": [{"blob": blob}]})

    assert answer.pointers == {"#/inputImages/0/blob"}


def ahead(world: World, body: bytes, name: str = "default/a.json") -> None:
    world.s.blobs.put(names.UPLOADS, name, body)
    world.message("request_message", json.dumps({"requestBlob": f"uploads/{name}"}))


@pytest.mark.parametrize(
    ("caller", "name"), [(None, "default/a.json"), ("flow", "flow/2026/my-body.json")]
)
def test_a_body_sent_ahead(caller: str | None, name: str) -> None:
    """It counts as the message, with the message's id as its key."""
    world = World()
    named = {"caller": caller} if caller else {}
    for _ in range(2):
        ahead(world, json.dumps({"prompt": PROMPT * 900, **named}).encode(), name)

    assert world.dead() == []
    [request_id] = world.store.names(names.REQUESTS)
    assert world.s.journals.load(request_id).request.terms.caller == (caller or "default")


def test_who_sends_it_may_stand_beside_it() -> None:
    """Caller and key count as if they stood in the body, unless the body says otherwise."""
    world = World()
    world.s.blobs.put(names.UPLOADS, "flow/a.json", b'{"prompt": "x", "idempotencyKey": "k1"}')
    for key in ("k1", "k1", "k2"):
        beside = {"caller": "flow", "idempotencyKey": key}
        message = {"requestBlob": "uploads/flow/a.json", **beside}
        world.message("request_message", json.dumps(message))

    [request_id] = world.requests()
    assert world.s.journals.load(request_id).request.terms.caller == "flow"
    assert [fault["pointer"] for fault in world.dead()[0]["errors"]] == ["#/idempotencyKey"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"prompt": "x", "caller": "flow"}',
        b" " * (MAX_BODY_BYTES + 1),
        b'{"prompt": "x", "caller": 7}',
    ],
)
def test_a_body_that_does_not_count(body: bytes) -> None:
    """Another caller's name in it, or more than any body may have."""
    world = World()
    ahead(world, body)

    [fault] = world.dead()[0]["errors"]
    assert fault["pointer"] == "#/requestBlob"
    assert world.requests() == []


@pytest.mark.parametrize(
    "message",
    [
        {"requestBlob": "uploads/default/none.json"},
        {"requestBlob": "uploads/default/../flow/a.json"},
        {"requestBlob": "content/default/a.json"},
        {"requestBlob": 7},
        {"requestBlob": "uploads/default/a.json", "prompt": "x"},
    ],
)
def test_a_message_that_names_no_body(message: dict[str, Any]) -> None:
    """It is put aside with its reason, whatever else it says."""
    world = World()
    world.s.blobs.put(names.UPLOADS, "default/a.json", b'{"prompt": "x"}')
    world.message("request_message", json.dumps(message))

    [fault] = world.dead()[0]["errors"]
    assert fault["pointer"] == "#/requestBlob"
    assert world.requests() == []


def test_both_doors_edit() -> None:
    """A queue message takes inputs as a body over HTTP does."""
    world = World()
    world.s.blobs.put(names.UPLOADS, "flow/a.png", PNG)
    edit = {"prompt": PROMPT, "inputImages": [{"blob": "uploads/flow/a.png"}]}
    world.submitted(edit, FLOW)
    world.message("request_message", json.dumps(edit | {"caller": "flow"}))
    held = [world.s.journals.load(one).request for one in world.store.names(names.REQUESTS)]

    assert len(held) == 2
    assert held[0].inputs == held[1].inputs
    assert held[0].terms.options == held[1].terms.options
