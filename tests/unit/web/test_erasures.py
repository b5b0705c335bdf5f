"""Erasures over HTTP: who may, what is left of a request, and what the receipt proves."""

import base64
import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from shared.chain.audit import verify
from shared.domain import names
from shared.security.callers import Caller, CallerBook, Role
from shared.security.keys import KeyRing, SigningKey
from tests.fakes import START
from tests.unit.web.world import (
    CALLBACK,
    FLOW,
    OPERATOR,
    OTHER,
    OWNER,
    PROMPT,
    RING,
    World,
    book,
    terms,
)

PERSON, ANA = "Li@contoso.com", "ana@contoso.com"
COMMENT = "the hat of my neighbour"
BODY: dict[str, Any] = {
    "prompt": PROMPT,
    "requestedBy": PERSON,
    "purpose": "a poster",
    "altText": "a lighthouse",
    "costCenter": "MKT-42",
    "metadata": {"campaign": "autumn"},
    "approval": {"after": [{"name": "brand", "reviewers": [ANA]}]},
}
ERASED = ("requestedBy", "purpose", "altText", "costCenter", "metadata", "idempotencyKey")


def settled(world: World) -> None:
    """Long enough for what takes seconds."""
    for _ in range(10):
        world.drain()
        world.clock.advance(3)


def approved(world: World, **fields: Any) -> str:
    request_id = world.reviewing({**BODY, **fields})
    verdict = {"decision": "approve", "reviewer": ANA, "comment": COMMENT}
    assert world.http("decision", verdict, key=OPERATOR, id=request_id).status == 200
    world.drain()
    assert world.resource(request_id)["status"] == "approved"
    return request_id


def erased(world: World, body: dict[str, str], key: str = OWNER) -> dict[str, Any]:
    asked = world.http("erase", body, key=key)
    assert asked.status == 202, asked.json
    assert asked.headers["Location"].endswith(f"/erasures/{asked.json['id']}")
    settled(world)
    return world.http("get_erasure", key=key, id=asked.json["id"]).json


def texts_of(world: World) -> bytes:
    """Everything that is stored anywhere, the names of blobs too."""
    return b"\n".join(f"{c}/{n}".encode() + blob.data for (c, n), blob in world.store.blobs.items())


def test_a_request_is_erased_with_its_released_images() -> None:
    """The receipt counts what was deleted; nothing that anybody wrote or made is left."""
    world = World()
    request_id = approved(world)
    pictures = [b for (c, _), b in world.store.blobs.items() if c == names.APPROVED]
    assert pictures

    told = erased(world, {"requestId": request_id})

    assert (told["id"], told["state"]) == (request_id, "done")
    assert (told["receipt"]["requests"], told["receipt"]["recoverableUntil"]) == (1, None)
    assert told["receipt"]["blobs"] == 4  # content, reviewed image, manifest, released image
    for text in (PROMPT, PERSON.lower(), ANA, COMMENT, "poster", "autumn"):
        assert text.encode() not in texts_of(world).lower(), text
    for container in (names.APPROVED, names.REVIEW, names.CONTENT):
        assert world.store.names(container) == []


def test_the_resource_of_an_erased_request() -> None:
    """Its state stays, what was erased is null, and it says by which erasure."""
    world = World()
    request_id = approved(world)
    before = world.resource(request_id)
    erased(world, {"requestId": request_id})

    after = world.resource(request_id)

    assert (after["status"], before["erasure"]) == ("approved", None)
    assert (after["erasure"]["id"], after["erasure"]["state"]) == (request_id, "done")
    assert {after[name] for name in ERASED} == {None}
    image, decision = after["images"][0], after["approval"]["decisions"][0]
    assert (image["url"], image["blob"], image["altText"]) == (None, None, None)
    assert image["sha256"] == before["images"][0]["sha256"]
    assert decision["comment"] is None and decision["reviewer"].startswith("p:")
    assert after["cost"] == before["cost"]


def test_from_the_moment_it_is_asked_for() -> None:
    """While it runs nothing is shown any more, and nothing can be made of what is left."""
    world = World()
    request_id = approved(world)
    asked = world.http("erase", {"requestId": request_id}, key=OWNER)
    assert (asked.json["state"], asked.json["receipt"]) == ("running", None)

    shown = world.resource(request_id)

    assert world.store.names(names.CONTENT) != []  # nobody has looked yet
    assert {shown[name] for name in ERASED} == {None}
    assert (shown["images"][0]["url"], shown["erasure"]["state"]) == (None, "running")
    assert world.http("content", key=OWNER, id=request_id, index="0").status == 404
    assert world.http("review_view", key=OWNER, id=request_id).status == 404
    assert world.http("rerun", key=OWNER, id=request_id).code == "content_retired"


def test_links_of_an_erased_request_are_dead() -> None:
    """Review, content and rerun; a repeated decision, and everything by token."""
    world = World()
    request_id = world.reviewing(BODY)
    token = {"x-review-token": world.token(request_id)}
    assert world.http("content", key=None, headers=token, id=request_id, index="0").status == 200
    erased(world, {"requestId": request_id})

    seen = world.http("content", key=None, headers=token, id=request_id, index="0")
    view = world.http("review_view", key=None, headers=token, id=request_id)
    said = world.http("decision", {"decision": "approve"}, key=None, headers=token, id=request_id)
    again = world.http("rerun", id=request_id)

    assert (seen.status, view.status) == (404, 404)
    assert said.code in ("already_decided", "review_closed")
    assert (again.status, again.code) == (409, "content_retired")
    assert world.http("content", key=OWNER, id=request_id, index="0").status == 404


def test_evidence_of_an_erased_request_verifies() -> None:
    """The chain is whole, and shows who had it erased, and when."""
    world = World()
    request_id = approved(world)
    erased(world, {"requestId": request_id})

    pack = world.http("evidence", key=OWNER, id=request_id).json

    assert verify(pack) == []
    facts = [json.loads(line) for line in pack["journal"]]
    asked = next(one for one in facts if one["type"] == "erasure.requested")
    assert (asked["actor"], asked["data"]) == ("caller:owner", {"erasure": request_id})
    pack["request"]["erasure"]["doneAt"] = None
    assert verify(pack) == ["request.erasure.doneAt is not what the journal says."]


def test_an_open_request_is_cancelled_first_and_its_callback_told() -> None:
    """Whoever waits for it learns that it has ended, before the address to tell it goes."""
    world = World()
    request_id = world.reviewing({**BODY, "callbackUrl": CALLBACK})

    told = erased(world, {"requestId": request_id})

    assert (told["state"], world.resource(request_id)["status"]) == ("done", "cancelled")
    types = [post.headers["ce-type"] for post in world.webhooks.posted]
    assert types == ["darkroom.request.cancelled"]


def test_a_sent_event_carries_nothing_of_an_erased_request() -> None:
    """What is sent once more is made of what is left."""
    world = World()
    wanted = {"notificationUrl": CALLBACK, "events": ["darkroom.request.approved"]}
    world.http("subscribe", wanted, key=OWNER)
    request_id = approved(world)
    settled(world)
    erased(world, {"requestId": request_id})
    sent = len(world.webhooks.posted)
    [one] = world.http("list_deliveries", key=OPERATOR, query={"requestId": request_id}).json[
        "items"
    ]

    assert world.http("redeliver", key=OPERATOR, id=one["id"]).status == 202
    settled(world)

    assert len(world.webhooks.posted) == sent + 1
    data = json.loads(world.webhooks.posted[-1].body)
    assert {data[name] for name in ERASED} == {None}
    assert data["approval"]["decisions"][0]["comment"] is None


def test_asking_again_changes_nothing() -> None:
    """The same request, and the same person, are the same erasures."""
    world = World()
    request_id = approved(world)
    first = erased(world, {"requestId": request_id})

    assert erased(world, {"requestId": request_id}) == first
    of_person = erased(world, {"subject": PERSON})
    assert erased(world, {"subject": PERSON.upper() + " "}) == of_person
    assert of_person["id"] != request_id


def test_a_person_is_erased_with_all_their_requests() -> None:
    """Whoever submitted them for the person, under whatever case; others' requests stay."""
    world = World()
    own = [approved(world), world.reviewing({**BODY, "requestedBy": PERSON.upper()}, OTHER)]
    others = approved(world, requestedBy="bo@contoso.com")

    told = erased(world, {"subject": PERSON})

    assert (told["state"], told["receipt"]["requests"], told["receipt"]["redacted"]) == (
        *("done", 2),
        0,
    )
    assert [world.resource(one)["erasure"]["id"] for one in own] == [told["id"], told["id"]]
    assert world.resource(others)["requestedBy"] == "bo@contoso.com"
    assert world.http("content", key=OWNER, id=others, index="0").status == 200
    assert PERSON.lower().encode() not in texts_of(world).lower()


def test_a_person_who_only_decided_is_taken_out() -> None:
    """Name, address and words go; the images of others, and their own words, stay."""
    world = World()
    request_id = approved(world)

    told = erased(world, {"subject": ANA})

    assert (told["receipt"]["requests"], told["receipt"]["redacted"]) == (0, 1)
    assert told["receipt"]["blobs"] == 0
    assert erased(world, {"subject": ANA}) == told
    text = texts_of(world).lower()
    assert ANA.encode() not in text and COMMENT.encode() not in text
    shown = world.resource(request_id)
    assert shown["requestedBy"] == PERSON and shown["images"][0]["url"] is not None
    assert shown["approval"]["decisions"][0]["reviewer"].startswith("p:")


def test_nobody_of_that_name() -> None:
    """Where nothing is stored of a person, that is what the receipt says."""
    world = World()

    told = erased(world, {"subject": "nobody@contoso.com"})

    assert (told["state"], told["receipt"]["requests"]) == ("done", 0)
    assert b"nobody@contoso.com" not in texts_of(world)


def test_who_comes_again_is_erased_again() -> None:
    """A request after the erasure is another one's business, and asking again finds it."""
    world = World()
    approved(world)
    first = erased(world, {"subject": PERSON})
    later = approved(world)

    assert world.resource(later)["erasure"] is None
    second = erased(world, {"subject": PERSON})

    assert second["id"] != first["id"]
    assert world.resource(later)["erasure"]["id"] == second["id"]


def test_a_person_is_found_under_an_earlier_key() -> None:
    """While a key is in the ring, what was written under it is found by address."""
    world = World()
    request_id = approved(world)
    newer = KeyRing((SigningKey("k2", b"n" * 32), *RING.keys))
    later = World(store=world.store, clock=world.clock, terms=terms(ring=newer))

    told = erased(later, {"subject": PERSON})

    assert told["receipt"]["requests"] == 1
    assert told["receipt"]["signature"].startswith("v1.k2.")
    assert later.resource(request_id)["erasure"]["id"] == told["id"]


def test_a_receipt_can_be_checked() -> None:
    """Its signature is that of this receipt and no other, also once another key signs."""
    world = World()
    told = erased(world, {"requestId": approved(world)})
    other = erased(world, {"requestId": approved(world)})
    newer = KeyRing((SigningKey("k2", b"n" * 32), *RING.keys))
    later = World(store=world.store, clock=world.clock, terms=terms(ring=newer))

    def valid(signature: str, where: World = world) -> bool:
        query = {"signature": signature}
        found = where.http("get_erasure", key=OWNER, query=query, id=told["id"])
        return bool(found.json["signatureValid"])

    signature = told["receipt"]["signature"]
    assert valid(signature) and valid(signature, later)
    for wrong in (other["receipt"]["signature"], signature[:-1], "v2" + signature[2:], "", "v1.k1"):
        assert not valid(wrong), wrong
    assert told["signatureValid"] is None


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, {"#"}),
        ({"requestId": "x", "subject": "y"}, {"#"}),
        ({"subject": "  "}, {"#"}),
        ({"subject": ""}, {"#/subject"}),
        ({"subject": "x" * 201}, {"#/subject"}),
        (
            {"requestId": 7, "subject": 8, "reason": "he asked"},
            {"#/requestId", "#/subject", "#/reason"},
        ),
    ],
)
def test_a_body_with_faults(body: dict[str, object], pointers: set[str]) -> None:
    """All are named, none is repeated, and nothing is stored."""
    world = World()

    answer = world.http("erase", body, key=OWNER)

    assert (answer.status, answer.pointers) == (400, pointers)
    assert b"he asked" not in answer.body and world.untouched


def test_who_may() -> None:
    """It needs the role; without `readAll` another caller's request is none."""
    world = World(terms=replace(terms(), callers=_with_eraser()))
    request_id = approved(world)

    refused = world.http("erase", {"requestId": request_id}, key=FLOW)
    unseen = world.http("erase", {"requestId": request_id}, key="eraser-key")
    unknown = world.http("erase", {"requestId": names.ulid(START, b"0" * 10)}, key=OWNER)
    no_id = world.http("get_erasure", key=OWNER, id="of")

    assert (refused.code, unseen.code, unknown.code) == ("forbidden", "not_found", "not_found")
    assert no_id.code == "not_found"
    assert world.http("get_erasure", key=OWNER, id=request_id).code == "not_found"
    assert world.resource(request_id)["erasure"] is None


def _with_eraser() -> CallerBook:
    digest = hashlib.sha256(b"eraser-key").hexdigest()
    return CallerBook((*book().callers, Caller("eraser", frozenset({Role.ERASE}), (digest,))))


def test_uploads_and_put_aside_messages_go_too() -> None:
    """What the sender had put into storage for it, and the body of a message that was put aside."""
    world = World()
    body = json.dumps({**BODY, "caller": "flow"}).encode()
    world.s.blobs.put(names.UPLOADS, "flow/body.json", body)
    world.s.blobs.put(names.UPLOADS, "other/body.json", body)
    sent = {"requestBlob": "uploads/flow/body.json", "caller": "flow"}
    world.message("request_message", json.dumps(sent), "m-1")
    world.message("request_poison", json.dumps({**sent, "prompt": PROMPT}), "m-1")
    [request_id] = world.requests()
    world.drain()
    assert f"{names.dead_body_of('m-1')}" in world.store.names(names.CONTENT)

    told = erased(world, {"requestId": request_id})

    assert told["receipt"]["blobs"] == 5  # content, upload, put aside, image, manifest
    assert world.store.names(names.UPLOADS) == ["other/body.json"]
    assert world.store.names(names.CONTENT) == []


@pytest.mark.parametrize("encode", [bytes, base64.b64encode])
def test_a_message_that_was_put_aside_is_found_by_its_person(encode: Any) -> None:
    """What could be no request has nobody's id, but may have a name."""
    world = World()
    for number, person in enumerate((PERSON, "bo@contoso.com", 7)):
        body = json.dumps({"prompt": PROMPT, "n": 99, "requestedBy": person}).encode()
        world.message("request_message", encode(body), f"m-{number}")
    world.message("request_message", b"[" * 5000, "m-3")
    assert len(world.store.names(names.CONTENT)) == 4

    told = erased(world, {"subject": PERSON})

    assert (told["receipt"]["requests"], told["receipt"]["blobs"]) == (0, 1)
    assert names.dead_body_of("m-0") not in world.store.names(names.CONTENT)
    assert len(world.store.names(names.CONTENT)) == 3
    redriven = world.http("redrive_dead_letters", {}, key=OPERATOR, queue="image-requests")
    assert redriven.json["skipped"] == 1
