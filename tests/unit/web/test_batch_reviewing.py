"""Reviews of whole batches over HTTP: who may, what is shown, what is taken."""

import json
from datetime import timedelta
from typing import Any

import pytest

from shared.chain.batches import load
from shared.domain import names
from shared.domain.batch_asking import Asking
from tests.unit.chain.staged import ANA, BO
from tests.unit.web.world import CALLBACK, FLOW, OPERATOR, OTHER, OWNER, World

ROWS = 3


def asked(world: World, rows: int = ROWS, **fields: Any) -> str:
    """A batch of which people are asked."""
    items = [{"prompt": f"kite {row}", "purpose": f"tile {row}"} for row in range(rows)]
    stage = {"name": "brand", "reviewers": [ANA], "deadline": "PT72H", **fields.pop("stage", {})}
    body = {"items": items, "approvalScope": "batch", "approval": {"after": [stage]}, **fields}
    answer = world.http("submit_batch", body)
    assert answer.status == 202, answer.json
    for _ in range(2 * rows + 6):  # each row waits for its turn at the deployment
        world.drain()
        world.clock.advance(2)
    return str(answer.json["id"])


def asking(world: World, batch_id: str) -> Asking:
    found = load(batch_id, world.s).asking
    assert found is not None
    return found


def link(world: World, batch_id: str, who: str | None = ANA) -> dict[str, str]:
    """The header of a reviewer's own link, or of one for whoever holds it."""
    [*_, called] = ["*", *asking(world, batch_id).opening.reviewers] if who else ["*"]
    token = world.s.links.batch_token(batch_id, asking(world, batch_id), called)
    return {"x-review-token": token}


def said(world: World, batch_id: str, body: Any, **call: Any) -> Any:
    call = {"key": None, "headers": link(world, batch_id), **call}
    return world.http("batch_decision", body, id=batch_id, **call)


def test_what_is_shown() -> None:
    """Every row with its images, in pages; each image opens by its own link."""
    world = World()
    batch_id = asked(world, name="autumn")
    own = link(world, batch_id)

    page = world.http("batch_review", key=None, headers=own, query={"limit": "2"}, id=batch_id).json

    assert (page["state"], page["name"], page["rows"]) == ("open", "autumn", ROWS)
    assert page["reviewer"]["personal"] and page["reviewer"]["name"] == ANA
    assert page["approval"]["root"] == asking(world, batch_id).root
    rest = world.http(
        *("batch_review",),
        key=None,
        headers=own,
        query={"continuation": page["continuation"]},
        id=batch_id,
    ).json
    items = [*page["items"], *rest["items"]]
    assert rest["continuation"] is None
    assert [one["row"] for one in items] == list(range(ROWS))
    for row, one in enumerate(items):
        assert (one["standing"], one["purpose"], one["prompt"]) == (True, f"tile {row}", None)
        [image] = one["images"]
        token = image["url"].partition("token=")[2]
        bytes_ = world.http("content", key=None, query={"token": token}, id=one["id"], index="0")
        assert bytes_.status == 200


def test_a_row_that_is_gone_is_not_shown() -> None:
    """Of an erased row nothing is left but its place."""
    world = World()
    batch_id = asked(world)
    member = names.member_of(batch_id, 1)
    assert world.http("erase", {"requestId": member}, key=OWNER).status == 202
    world.drain()

    page = world.http("batch_review", key=None, headers=link(world, batch_id), id=batch_id).json

    row = page["items"][1]
    assert (row["standing"], row["status"], row["images"]) == (False, "cancelled", [])
    assert (row["purpose"], row["prompt"]) == (None, None)


def test_verdict() -> None:
    """By a link: recorded once, and shown; the same again is fine, another comes too late."""
    world = World()
    batch_id = asked(world)
    body = {"decision": "Approve", "items": [{"row": 1, "decision": "reject", "comment": "no"}]}

    first = said(world, batch_id, body)
    world.drain()
    again = said(world, batch_id, body)
    other = said(world, batch_id, {"decision": "approve"})

    assert (first.status, again.status) == (200, 200)
    [decision] = first.json["approval"]["decisions"]
    assert (decision["reviewer"], decision["rejected"]) == (ANA, [1])
    assert (decision["via"], decision["comment"]) == ("token", "Row 2: no")
    assert (other.status, other.json["code"]) == (409, "already_decided")
    statuses = [world.resource(names.member_of(batch_id, row))["status"] for row in range(ROWS)]
    assert statuses == ["approved", "rejected", "approved"]


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, {"#/decision"}),
        ({"decision": "revise"}, {"#/decision"}),
        ({"decision": "approve", "items": [{"row": -1, "decision": "reject"}]}, {"#/items/0/row"}),
        ({"decision": "approve", "items": [{"row": ROWS, "decision": "reject"}]},
         {"#/items/0/row"}),
        ({"decision": "approve", "items": [{"row": 1, "decision": "reject"}] * 2},
         {"#/items/1/row"}),
        ({"decision": "approve", "root": "f", "images": []}, {"#/root", "#/images"}),
    ],
)  # fmt: skip
def test_bad_input(body: Any, pointers: set[str]) -> None:
    """Every fault is named, and nothing is recorded."""
    world = World()
    batch_id = asked(world)

    answer = said(world, batch_id, body)

    assert answer.status == 400
    assert {one["pointer"] for one in answer.json["errors"]} == pointers
    assert asking(world, batch_id).ballots == ()


def test_by_role() -> None:
    """A caller with the role says what was looked at; the batch's own caller may not decide."""
    world = World()
    batch_id = asked(world, stage={"reviewers": []})
    root = {"root": asking(world, batch_id).root}

    def tried(key: str | None, **more: Any) -> tuple[int, str]:
        answer = said(world, batch_id, {"decision": "approve", **more}, key=key, headers={})
        return answer.status, answer.json.get("code", "")

    assert tried(None, **root) == (401, "unauthorized")
    assert tried(OTHER, **root) == (403, "forbidden")
    assert tried(FLOW, **root) == (403, "forbidden")
    assert tried(OPERATOR) == (400, "invalid_request")
    assert tried(OPERATOR, root="f" * 64) == (409, "digest_mismatch")
    assert tried(OPERATOR, **root) == (200, "")


def test_a_row_is_not_open_by_itself() -> None:
    """Whoever looks at one row is not offered a verdict that would be refused."""
    world = World()
    member = names.member_of(asked(world), 0)

    assert world.http("review_view", key=OPERATOR, id=member).json["state"] == "notOpen"


def test_links() -> None:
    """A link is for one batch: it opens no other, no request, and a request's link opens none."""
    world = World()
    batch_id, other = asked(world), asked(world, name="other")
    request_id = world.reviewing()
    foreign = link(world, other)
    of_request = {"x-review-token": world.token(request_id)}

    for headers in (foreign, of_request, {"x-review-token": "v1.k.x.y"}):
        for route in ("batch_review", "batch_decision"):
            body = {"decision": "approve"} if route == "batch_decision" else None
            answer = world.http(route, body, key=None, headers=headers, id=batch_id)
            assert (answer.status, answer.json["code"]) == (401, "invalid_token")
    own = link(world, batch_id)
    for route in ("review_view", "decision"):
        body = {"decision": "approve"} if route == "decision" else None
        member = names.member_of(batch_id, 0)
        assert world.http(route, body, key=None, headers=own, id=member).status == 401
        assert world.http(route, body, key=None, headers=own, id=batch_id).status == 401


def test_where_there_is_none() -> None:
    """A batch whose rows are decided one by one has no review of its own."""
    world = World()
    batch_id = world.http("submit_batch", {"items": [{"prompt": "a kite"}]}).json["id"]

    for unknown in (batch_id, "nonsense", "01JD3Q5B3A0000000000000000"):
        answer = world.http("batch_review", key=OPERATOR, id=unknown)
        assert answer.status == 404


def test_before_and_after() -> None:
    """`notOpen` while rows are being made, `closed` after the cancel, `decided` after a verdict."""
    world = World()
    early = world.http(
        "submit_batch", {"items": [{"prompt": "a kite"}], "approvalScope": "batch"}
    ).json["id"]

    def state(batch_id: str) -> str:
        return str(world.http("batch_review", key=OPERATOR, id=batch_id).json["state"])

    assert state(early) == "notOpen"
    world.http("cancel_batch", id=early)
    assert state(early) == "closed"
    late = asked(world, name="late")
    own = link(world, late)
    said(world, late, {"decision": "approve"})
    assert state(late) == "decided"
    assert world.http("batch_review", key=None, headers=own, id=late).json["reviewer"]["answered"]


def test_as_flows_send_it() -> None:
    """What Approvals gives is taken as it is: each response a verdict."""
    world = World()
    batch_id = asked(world, stage={"reviewers": [ANA, BO], "rule": "all"})
    responses = [
        {"responder": {"email": who}, "approverResponse": "Approve", "comments": ""}
        for who in (ANA, BO)
    ]
    token = {"x-review-token": world.s.links.batch_token(batch_id, asking(world, batch_id))}

    answer = said(world, batch_id, {"outcome": "Approve", "responses": responses}, headers=token)

    assert answer.status == 200
    assert [one["reviewer"] for one in answer.json["approval"]["decisions"]] == [ANA, BO]
    assert answer.json["approval"]["verdict"] == "passed"


def test_the_event() -> None:
    """It has links to decide by, the rows as far as there is room, and stays below 64 KB."""
    world = World()
    batch_id = asked(world, 30, callbackUrl=CALLBACK, stage={"reviewers": [ANA, BO]})

    [event] = [one for one in world.webhooks.posted if b"decisionUrl" in one.body]

    data = json.loads(event.body)
    assert event.headers["ce-type"] == "darkroom.approval.requested"
    assert event.headers["ce-subject"] == f"batches/{batch_id}"
    assert event.headers["ce-dataschema"].endswith("/BatchAskingData")
    assert (data["name"], data["rows"], data["approval"]["rows"]) == (batch_id, 30, 30)
    assert [one["reviewer"] for one in data["reviewers"]] == [ANA, BO]
    assert 0 < len(data["items"]) <= 20
    assert len(event.body) < 64 * 1024
    token = data["decisionUrl"].partition("token=")[2]
    answer = world.http(
        *("batch_decision", {"decision": "approve", "reviewer": ANA}),
        key=None,
        query={"token": token},
        id=batch_id,
    )
    assert answer.status == 200


def test_an_expired_link() -> None:
    """A week after the deadline a link is over, and says so."""
    world = World()
    batch_id = asked(world)
    own = link(world, batch_id)
    world.clock.advance(timedelta(days=10, hours=1).total_seconds())

    answer = said(world, batch_id, {"decision": "approve"}, headers=own)

    assert (answer.status, answer.json["code"]) == (401, "expired_token")


def test_a_person_is_forgotten() -> None:
    """Who was asked and what they said goes from the batch and its rows; the verdict stays."""
    world = World()
    batch_id = asked(world)
    said(world, batch_id, {"decision": "approve", "comment": "canary words"})
    world.drain()
    member = world.resource(names.member_of(batch_id, 0))
    assert member["approval"]["decisions"][0]["comment"] == "canary words"
    assert world.http("erase", {"subject": ANA}, key=OWNER).status == 202
    for _ in range(40):
        world.drain()
        world.clock.advance(300)

    content = [
        data.data
        for (container, _), data in world.store.blobs.items()
        if container == names.CONTENT
    ]
    assert content
    assert not any(ANA.encode() in data or b"canary words" in data for data in content)
    assert world.http("get_batch", id=batch_id).json["approval"]["decisions"][0]["comment"] is None
