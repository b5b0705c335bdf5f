"""Deciding, and looking at what is decided on."""

from datetime import timedelta
from typing import Any

import pytest

from shared.domain import names
from tests.unit.web.world import FLOW, OPERATOR, OTHER, OWNER, SUBMIT, Answered, World

APPROVE = {"decision": "approve"}
UNKNOWN = "01K0000000000000000000000A"
APPROVALS = {
    "outcome": "Approve",
    "responses": [
        {
            "responder": {"displayName": "Ada", "userPrincipalName": "ada@contoso.com"},
            "approverResponse": "Approve",
            "comments": "fine",
        }
    ],
    "title": "An image",
}
OUTLOOK = {"SelectedOption": "Reject", "UserEmailAddress": "ada@contoso.com", "UserId": "1"}


def decide(world: World, request_id: str, body: Any, **named: Any) -> Answered:
    query = {} if "key" in named else {"token": world.token(request_id)}
    named = {"key": None, "query": query, **named}
    return world.http("decision", body, id=request_id, **named)


def test_approved_with_a_token() -> None:
    """A reviewer's token approves, and what is released are the reviewed bytes."""
    world = World()
    request_id = world.reviewing()

    answer = decide(world, request_id, {**APPROVE, "reviewer": "ana@contoso.com"})
    world.drain()

    assert answer.status == 200
    resource = world.resource(request_id)
    assert resource["status"] == "approved"
    assert resource["approval"]["decisions"][0]["reviewer"] == "ana@contoso.com"


def test_token_in_the_header() -> None:
    """The token may come as a header, where no log keeps it."""
    world = World()
    request_id = world.reviewing()
    headers = {"x-review-token": world.token(request_id)}

    assert decide(world, request_id, APPROVE, query={}, headers=headers).status == 200


@pytest.mark.parametrize(
    ("body", "status", "comment"),
    [
        ({"decision": "APPROVE"}, "approved", None),
        ({"decision": "Reject", "comment": "no"}, "rejected", "no"),
        (APPROVALS, "approved", "fine"),
        (APPROVALS | {"outcome": "Reject", "responses": []}, "rejected", None),
        (OUTLOOK, "rejected", None),
        (OUTLOOK | {"round": 1, "comment": "six fingers"}, "rejected", "six fingers"),
        (
            {"decision": "reject", "images": [{"index": 0, "decision": "reject", "comment": "hm"}]},
            *("rejected", "Image 1: hm"),
        ),
    ],
)
def test_forms(body: dict[str, Any], status: str, comment: str | None) -> None:
    """Our form, Approvals' and Outlook's mean the same; case does not matter."""
    world = World()
    request_id = world.reviewing()

    answer = decide(world, request_id, body)
    world.drain()

    assert answer.status == 200, answer.json
    resource = world.resource(request_id)
    assert resource["status"] == status
    assert resource["approval"]["decisions"][0]["comment"] == comment


def test_reasons_of_their_own() -> None:
    """What was said of one image stands beside it, and with all else in the comment."""
    world = World()
    request_id = world.reviewing({**SUBMIT, "n": 2})
    images = [
        {"index": 0, "decision": "approve"},
        {"index": 1, "decision": "reject", "comment": "six fingers"},
    ]

    decide(world, request_id, {**APPROVE, "comment": "nearly", "images": images})

    [decision] = world.resource(request_id)["approval"]["decisions"]
    assert [one["comment"] for one in decision["images"]] == [None, "six fingers"]
    assert decision["comment"] == "nearly\nImage 2: six fingers"


def test_one_of_two_images() -> None:
    """An image's own verdict counts for it, with its text."""
    world = World()
    request_id = world.reviewing({**SUBMIT, "n": 2})
    images = [
        {"index": 0, "decision": "approve", "altText": "dusk"},
        {"index": 1, "decision": "reject"},
    ]

    decide(world, request_id, {**APPROVE, "images": images})
    world.drain()

    shown = world.resource(request_id)["images"]
    assert [(one["state"], one["altText"]) for one in shown] == [
        ("approved", "dusk"),
        ("rejected", None),
    ]


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, {"#/decision"}),
        ({"decision": "maybe"}, {"#/decision"}),
        ({"decision": "revise"}, {"#/comment"}),
        ({"decision": "Delegate", "to": "bo@contoso.com"}, {"#/decision"}),
        ({"decision": "delegate"}, {"#/decision", "#/to"}),
        ({"decision": "delegate", "to": "bo"}, {"#/to"}),
        ({**APPROVE, "checklist": ["likeness"]}, {"#/checklist/0"}),
        (
            {**APPROVE, "round": "1", "images": [{"index": -1}]},
            {"#/round", "#/images/0/index", "#/images/0/decision"},
        ),
        ({"decision": "x", "round": 0, "zz": 1}, {"#/decision", "#/round", "#/zz"}),
        (
            {
                "outcome": "maybe",
                "responses": [{}, {"approverResponse": "x", "comments": "c" * 2001}],
            },
            {"#/decision", "#/comment"},
        ),
        (
            {**APPROVE, "images": [{"index": 7, "decision": "reject"}]},
            {"#/images", "#/images/0/index"},
        ),
        ({"outcome": 7}, {"#/decision"}),
        ({"outcome": "Approve", "responses": [7]}, set()),
        ("approve", {"#"}),
        (b"approve", {"#"}),
    ],
)
def test_faults(body: object, pointers: set[str]) -> None:
    """Every fault of a decision is named."""
    world = World()
    request_id = world.reviewing()

    answer = decide(world, request_id, body)

    assert answer.status == (400 if pointers else 200)
    if pointers:
        assert answer.pointers == pointers


def test_expired_token() -> None:
    """A token whose time is over says so."""
    world = World()
    request_id = world.reviewing()
    token = world.token(request_id, expires_at=world.clock.now() + timedelta(seconds=1))
    world.clock.advance(1)

    answer = decide(world, request_id, APPROVE, query={"token": token})

    assert (answer.status, answer.code) == (401, "expired_token")


def test_foreign_tokens() -> None:
    """Another request's token, a token for looking, a torn one: all are invalid, first of all."""
    world = World()
    request_id, other = world.reviewing(), world.reviewing()
    tokens = [
        world.token(other),
        world.token(request_id, phase="view"),
        world.token(request_id)[:-1],
        "v1.k1.x.y",
    ]

    answers = [decide(world, request_id, b"", query={"token": token}) for token in tokens]

    assert {(one.status, one.code) for one in answers} == {(401, "invalid_token")}
    assert world.resource(request_id)["status"] == "awaitingApproval"


def test_own_request() -> None:
    """Who submitted does not decide, unless the role for it is there."""
    world = World()
    own, owners = world.reviewing(key=FLOW), world.reviewing(key=OWNER)

    refused = decide(world, own, APPROVE, key=FLOW)

    assert (refused.status, refused.code) == (403, "forbidden")
    assert decide(world, own, APPROVE, key=OPERATOR).status == 200
    assert decide(world, owners, APPROVE, key=OWNER).status == 200


def test_unknown_request() -> None:
    """A decision on nothing is 404 for those who may decide."""
    world = World()

    assert world.http("decision", APPROVE, key=OPERATOR, id=UNKNOWN).status == 404
    assert world.http("decision", APPROVE, key=OTHER, id=UNKNOWN).status == 403


def test_again_and_otherwise() -> None:
    """The same verdict again changes nothing; another one comes too late."""
    world = World()
    request_id = world.reviewing()
    token = {"token": world.token(request_id)}

    answers = [
        world.http("decision", {"decision": word}, key=None, query=token, id=request_id)
        for word in ("approve", "approve", "reject")
    ]

    assert [one.status for one in answers] == [200, 200, 409]
    assert answers[2].code == "already_decided"


def look(world: World, request_id: str, index: str = "0", **named: Any) -> Answered:
    return world.http("content", id=request_id, index=index, **named)


def test_image_under_review() -> None:
    """The link of the resource opens without a key, for these bytes and no cache."""
    world = World()
    request_id = world.reviewing()
    (image,) = world.resource(request_id)["images"]
    token = image["url"].partition("?token=")[2]

    answer = look(world, request_id, key=None, query={"token": token})

    assert (answer.status, len(answer.body)) == (200, image["bytes"])
    assert dict(answer.headers) == {
        "Content-Type": "image/png",
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": f'inline; filename="{request_id}-0.png"',
    }


def test_released_image() -> None:
    """An approved image is served from where it was released to."""
    world = World()
    request_id = world.reviewing()
    decide(world, request_id, APPROVE)
    world.drain()
    for name in world.store.names(names.REVIEW):
        world.s.blobs.delete(names.REVIEW, name)

    assert look(world, request_id).status == 200


def test_nothing_to_see() -> None:
    """Before generation, of an unknown index, as a preview, after a rejection, when gone: 404."""
    world = World()
    request_id = world.reviewing()
    odd = [look(world, request_id, index) for index in ("1", "-1", "00", "x", "0 ")]
    preview = look(world, request_id, query={"preview": "1"})
    gone = world.reviewing()
    for name in world.store.names(names.REVIEW, gone):
        world.s.blobs.delete(names.REVIEW, name)
    decide(world, request_id, {"decision": "reject"})
    world.drain()

    early = world.submitted()
    found = [look(world, early), *odd, preview, look(world, gone), look(world, request_id)]

    assert {one.status for one in found} == {404}


def with_preview(world: World, request_id: str, extension: str = "png") -> None:
    world.s.blobs.put(names.PREVIEWS, f"{request_id}/0.{extension}", b"coarse")


@pytest.mark.parametrize(("extension", "kind"), [("png", "image/png"), ("jpg", "image/jpeg")])
def test_preview(extension: str, kind: str) -> None:
    """The latest partial image opens for the link's token and for the caller, for no cache."""
    world = World()
    request_id = world.submitted()
    with_preview(world, request_id, extension)
    request = world.s.journals.load(request_id).request
    link = world.s.links.preview(request, world.clock.now() + timedelta(hours=1))
    token = link.partition("&token=")[2]

    by_link = look(world, request_id, key=None, query={"preview": "1", "token": token})

    assert (by_link.status, by_link.body) == (200, b"coarse")
    assert by_link.headers["Content-Type"] == kind
    assert by_link.headers["Cache-Control"] == "private, no-store"
    assert f'{request_id}-preview.{extension}"' in by_link.headers["Content-Disposition"]
    assert look(world, request_id, query={"preview": "1"}).body == b"coarse"
    assert look(world, request_id, query={"preview": "1"}, key=OTHER).status == 404
    assert look(world, request_id, key=None, query={"token": token}).status == 404


def test_no_preview_by_other_links() -> None:
    """A link to decide by opens the images it asks about, and not what is being made."""
    world = World()
    request_id = world.reviewing()
    with_preview(world, request_id)
    query = {"preview": "1", "token": world.token(request_id)}

    assert look(world, request_id, key=None, query=query).status == 404


def test_answer_opens_no_more_than_the_link() -> None:
    """Who decides by a link is not handed the poll link, which never expires; a caller is."""
    world = World()
    by_link = decide(world, world.reviewing(), APPROVE).json["links"]["result"]
    by_key = decide(world, world.reviewing(), APPROVE, key=OWNER).json["links"]["result"]

    assert "sig=" not in by_link and "sig=" in by_key


def test_no_preview() -> None:
    """None yet, of another index, after the end: 404; another value of the parameter: 400."""
    world = World()
    request_id, early = world.reviewing(), world.submitted()
    with_preview(world, request_id)
    query = {"preview": "1"}
    assert look(world, request_id, query=query).status == 200
    odd = [look(world, request_id, index, query=query) for index in ("1", "x", "-1", "10", "00")]
    wrong = look(world, request_id, query={"preview": "true"})
    decide(world, request_id, {"decision": "reject"})
    world.drain()

    found = [look(world, early, query=query), *odd, look(world, request_id, query=query)]

    assert {one.status for one in found} == {404}
    assert (wrong.status, wrong.pointers) == (400, {"#/query/preview"})


def test_token_of_other_images() -> None:
    """A token does not show images that took the place of those it was made for."""
    world = World()
    request_id = world.reviewing()
    token = world.token(request_id, phase="view", manifest="0" * 64)

    assert look(world, request_id, key=None, query={"token": token}).status == 404


def test_swapped_bytes() -> None:
    """Bytes that are not those of the record are not shown."""
    world = World()
    request_id = world.reviewing()
    name = next(n for n in world.store.names(names.REVIEW, request_id) if n.endswith(".png"))
    world.store.blobs[names.REVIEW, name].data = b"swapped"

    answer = look(world, request_id)

    assert (answer.status, answer.code) == (409, "digest_mismatch")
