"""The inbox of a person: what waits for them now, and nothing else."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.domain import names
from shared.security.keys import KeyRing, SigningKey
from shared.security.people import pseudonym
from tests.unit.chain.staged import ANA, BO, CARO
from tests.unit.web.test_review_view import asked, fetched, link, say, seen
from tests.unit.web.test_reviewing import APPROVE
from tests.unit.web.world import FLOW, RING, SUBMIT, Answered, World, terms

HOUR = timedelta(hours=1)


def inbox(world: World, token: str, **query: str) -> Answered:
    return world.http("inbox", key=None, headers={"x-review-token": token}, query=query)


def items(world: World, token: str, **query: str) -> list[dict[str, Any]]:
    answer = inbox(world, token, **query)
    assert answer.status == 200, answer.json
    found: list[dict[str, Any]] = answer.json["items"]
    return found


def ids(world: World, token: str) -> list[str]:
    return [one["id"] for one in items(world, token)]


def test_what_waits() -> None:
    """Each stage with what a person needs to choose, and their own link to it."""
    world = World()
    body = {**SUBMIT, "n": 2, "purpose": "a poster", "requestedBy": "li@contoso.com"}
    request_id = asked(world, body=body)
    token = link(world, request_id, ANA)

    answer = inbox(world, token).json

    [item] = answer["items"]
    own, url = item.pop("token"), item.pop("thumbnailUrl")
    resource = world.resource(request_id)
    assert item == {
        "id": request_id,
        "stage": {"phase": "after", "name": "brand", "round": 1},
        "deadline": resource["approval"]["deadline"],
        "createdAt": resource["createdAt"],
        "requestedBy": "li@contoso.com",
        "caller": "flow",
        "purpose": "a poster",
        "images": 2,
    }
    assert (answer["reviewer"], answer["continuation"]) == (ANA, None)
    assert len(fetched(world, url).body) == resource["images"][0]["bytes"]
    assert seen(world, request_id, own)["reviewer"]["name"] == ANA
    assert "no-store" in inbox(world, token).headers["Cache-Control"]


def test_before_generation() -> None:
    """A prompt waits as well; there is no picture of it, and the prompt itself is not listed."""
    world = World()
    request_id = asked(world, before=True)

    answer = inbox(world, link(world, request_id, ANA))

    [item] = answer.json["items"]
    assert (item["stage"]["phase"], item["images"], item["thumbnailUrl"]) == ("before", 0, None)
    assert SUBMIT["prompt"].encode() not in answer.body


def test_oldest_deadline_first() -> None:
    """Whatever came in when: what ends first stands first."""
    world = World()
    later, sooner = asked(world, deadline="PT72H"), asked(world, deadline="PT2H")

    assert ids(world, link(world, later, ANA)) == [sooner, later]


def test_each_has_their_own() -> None:
    """Nobody finds what others are asked, or what they have answered."""
    world = World()
    both = asked(world, rule="all")
    bos = world.reviewing({**SUBMIT, "approval": {"after": [{"reviewers": [BO]}]}})
    ana, bo = link(world, both, ANA), link(world, both, BO)
    assert ids(world, ana) == [both] and set(ids(world, bo)) == {both, bos}

    say(world, both, ana)
    assert ids(world, ana) == [] and set(ids(world, bo)) == {both, bos}
    say(world, both, ana, {"decision": "withdraw"})
    assert ids(world, ana) == [both]


def test_what_is_over() -> None:
    """Decided by another, cancelled, past its deadline: nobody is waited for."""
    world = World()
    kept = asked(world, deadline="PT80H")
    decided, cancelled, late = asked(world), asked(world), asked(world, deadline="PT1H")
    ana = link(world, kept, ANA)
    assert set(ids(world, ana)) == {decided, cancelled, late, kept}

    say(world, decided, link(world, decided, BO))
    world.http("cancel", key=FLOW, id=cancelled)
    world.clock.advance(3601)

    assert ids(world, ana) == [kept]


def test_a_place_given_away() -> None:
    """It is in the inbox of whose place it is now, and of nobody else."""
    world = World()
    request_id = asked(world, delegate=True)
    ana = link(world, request_id, ANA)
    say(world, request_id, ana, {"decision": "delegate", "to": CARO})

    assert ids(world, ana) == []
    assert ids(world, link(world, request_id, CARO)) == [request_id]


def test_the_next_round() -> None:
    """It is asked anew, by a link of its own."""
    world = World()
    request_id = asked(world)
    ana = link(world, request_id, ANA)
    say(world, request_id, ana, {"decision": "revise", "comment": "warmer"})

    [item] = items(world, ana)

    assert item["stage"]["round"] == 2
    say(world, request_id, item["token"])
    assert world.resource(request_id)["status"] == "approved"


def test_under_earlier_keys() -> None:
    """What was asked before the signing key was changed is still found, in the same order."""
    old, new = SigningKey("old", b"o" * 32), SigningKey("new", b"n" * 32)
    world = World(terms=terms(ring=KeyRing((old,))))
    before = asked(world)
    world.clock.advance(1)
    world = replace(world, terms=terms(ring=KeyRing((new, old))))
    after = asked(world, deadline="PT1H")

    called = []
    for request_id in (before, after):
        request = world.s.journals.load(request_id).request
        assert request.opening is not None
        ana = request.opening.reviewers[0]
        called.append(ana)
        assert ids(world, world.s.links.review_token(request, request.opening, ana)) == [
            after,
            before,
        ]
    assert len(set(called)) == 2


def test_without_the_address() -> None:
    """When the content is gone, the name is; what waits under the link's own name stays."""
    world = World()
    gone, kept = asked(world), asked(world)
    token = link(world, gone, ANA)
    world.s.blobs.delete(names.CONTENT, names.content_of(gone))

    answer = inbox(world, token).json

    assert answer["reviewer"] is None
    assert {one["id"] for one in answer["items"]} == {gone, kept}
    assert {one["requestedBy"] for one in answer["items"]} == {None}


@pytest.mark.parametrize("named", [True, False])
def test_entries_are_checked(named: bool) -> None:
    """What the journal does not say is not shown, whatever the index has."""
    world = World()
    request_id = asked(world)
    token = link(world, request_id, ANA)
    ana, deadline = pseudonym(RING, ANA), world.clock.now() + 5 * HOUR
    strange = [
        names.waiting_of(ana, deadline, request_id if named else "01K0000000000000000000000A"),
        f"{names.waiting_for(ana)}what",
        names.waiting_of(pseudonym(RING, BO), deadline, request_id),
    ]
    for name in strange:
        world.s.blobs.put(names.STATE, name, b"{}")

    assert ids(world, token) == [request_id]


def test_pages() -> None:
    """In parts, without one left out or told twice; one call reads a bounded number of journals."""
    world = World()
    wanted = [asked(world) for _ in range(5)]
    token = link(world, wanted[0], ANA)
    stale = [world.clock.now() + timedelta(seconds=count) for count in range(150)]
    for at in stale:
        name = names.waiting_of(pseudonym(RING, ANA), at, wanted[0])
        world.s.blobs.put(names.STATE, name, b"{}")

    found, query = [], {"limit": "2"}
    for _ in range(10):
        answer = inbox(world, token, **query).json
        found.append([one["id"] for one in answer["items"]])
        if answer["continuation"] is None:
            break
        query["continuation"] = answer["continuation"]

    assert [len(page) for page in found] == [0, 2, 2, 1]
    assert sorted(one for page in found for one in page) == sorted(wanted)
    bo = link(world, wanted[0], BO)
    assert inbox(world, bo, continuation=query["continuation"]).pointers == {"#/query/continuation"}
    wrong = inbox(world, token, limit="0", continuation="x")
    assert wrong.pointers == {"#/query/limit", "#/query/continuation"}


def test_who_has_an_inbox() -> None:
    """People, by a good link of their own; no key stands in for it."""
    world = World()
    request_id = asked(world)
    mine = link(world, request_id, ANA)
    opening = world.s.journals.load(request_id).request.opening
    assert opening is not None
    tokens = {
        "": "invalid_token",
        link(world, request_id): "invalid_token",
        world.token(request_id, phase="view", reviewer=opening.reviewers[0]): "invalid_token",
        mine[:-1] + ("A" if mine[-1] != "A" else "B"): "invalid_token",
        world.token(
            request_id, reviewer=opening.reviewers[0], expires_at=world.clock.now()
        ): "expired_token",
    }

    for token, code in tokens.items():
        answer = inbox(world, token)
        assert (answer.status, answer.code) == (401, code)
    assert world.http("inbox", key=FLOW).code == "invalid_token"
    assert world.http("inbox", key=None, query={"token": mine}).status == 200


def test_the_decision_is_the_persons_own() -> None:
    """By a link from the inbox nobody else can be named."""
    world = World()
    request_id = asked(world)
    [item] = items(world, link(world, request_id, ANA))
    body = {**APPROVE, "reviewer": BO}

    refused = world.http("decision", body, key=None, query={"token": item["token"]}, id=request_id)

    assert (refused.status, refused.code) == (403, "not_a_reviewer")
