"""Reviewers: what a token allows, and what it does not."""

from datetime import UTC, datetime, timedelta

from dev.review_token import make_token, opening_of
from dev.system import System
from shared.chain.audit import verify
from tests.e2e import marks
from tests.e2e.client import Client
from tests.e2e.store import Store
from tests.e2e.world import JUDGE_KEY, MAKER_KEY, World

HOUR = timedelta(hours=1)


def waiting(client: Client, **fields: object) -> str:
    """A request that waits for a verdict nobody gives by itself."""
    request_id = client.submitted(marks.order(**fields))
    client.reached(request_id, "awaitingApproval")
    return request_id


def token_of(system: System, client: Client, request_id: str, lasts: timedelta = HOUR) -> str:
    opening = opening_of(client.facts(request_id), None)
    expires_at = datetime.now(UTC) + lasts
    return make_token(system.keys, request_id, opening, marks.REVIEWER, expires_at)


def test_rejected_with_a_token(system: System, client: Client, store: Store) -> None:
    """Nothing is released, the image is kept for an appeal; another verdict comes too late."""
    request_id = waiting(client)
    token = token_of(system, client, request_id)
    verdict = {"decision": "Reject", "reviewer": marks.REVIEWER, "comment": marks.COMMENT}

    answer = client.decide(request_id, verdict, token)
    assert answer.status == 200, answer.body
    resource = client.reached(request_id, "rejected")
    [decision] = resource["approval"]["decisions"]
    assert (decision["reviewer"], decision["via"]) == (marks.REVIEWER, "token")
    assert decision["comment"] == marks.COMMENT
    assert store.names("approved", request_id) == []
    assert store.names("rejected", request_id) == [f"{request_id}/r1/0.png"]
    assert verify(client.evidence(request_id)) == []

    assert client.decide(request_id, verdict, token).status == 200
    other = client.decide(request_id, {"decision": "approve"}, token)
    assert (other.status, other.json()["code"]) == (409, "already_decided")


def test_each_image_has_its_own_verdict(client: Client, store: Store) -> None:
    """Of two images, only the approved one is released."""
    request_id = waiting(client, n=2)
    seen = client.resource(request_id)["images"]
    verdicts = [
        {"index": 0, "decision": "reject", "sha256": seen[0]["sha256"], "comment": marks.COMMENT},
        {"index": 1, "decision": "approve", "sha256": seen[1]["sha256"]},
    ]

    answer = client.decide(request_id, {"decision": "approve", "images": verdicts})
    assert answer.status == 200, answer.body
    resource = client.reached(request_id, "approved")
    assert [image["state"] for image in resource["images"]] == ["rejected", "approved"]
    assert store.names("approved", request_id) == [f"{request_id}/1.png"]
    assert store.names("rejected", request_id) == [f"{request_id}/r1/0.png"]
    assert verify(client.evidence(request_id)) == []


def test_bytes_that_were_not_seen(client: Client) -> None:
    """A verdict on other bytes, or on an image that is not there, is none."""
    request_id = waiting(client)
    other = [{"index": 0, "decision": "approve", "sha256": "ab" * 32}]
    absent = [{"index": 7, "decision": "approve"}]

    mismatch = client.decide(request_id, {"decision": "approve", "images": other})
    assert (mismatch.status, mismatch.json()["code"]) == (409, "digest_mismatch")
    assert client.decide(request_id, {"decision": "approve", "images": absent}).status == 400
    assert client.resource(request_id)["status"] == "awaitingApproval"


def test_tokens_that_open_nothing(system: System, client: Client) -> None:
    """An expired token, one of another request, and a forged one are told apart from none."""
    request_id, other_id = waiting(client), waiting(client)
    verdict = {"decision": "approve"}
    expired = token_of(system, client, request_id, lasts=-HOUR)
    foreign = token_of(system, client, other_id)
    forged = foreign[:-4] + ("AAAA" if foreign[-4:] != "AAAA" else "BBBB")

    found = [client.decide(request_id, verdict, token) for token in (expired, foreign, forged)]
    assert [(one.status, one.json()["code"]) for one in found] == [
        (401, "expired_token"),
        (401, "invalid_token"),
        (401, "invalid_token"),
    ]
    assert client.resource(request_id)["approval"]["decisions"] == []


def test_readers_do_not_decide(system: System, client: Client) -> None:
    """The read-only key may neither submit nor decide, and sees nobody else's requests."""
    reader = client.by(system.keys.read_only)
    request_id = waiting(client)

    refused = [reader.decide(request_id, {"decision": "approve"}), reader.submit(marks.order())]
    assert [(one.status, one.json()["code"]) for one in refused] == [(403, "forbidden")] * 2
    assert reader.get(request_id).status == 404
    assert reader.listed().json()["items"] == []


def test_nobody_decides_on_their_own(world: World) -> None:
    """Without `decideOwn` the submitter may not decide; another caller with `decide` may."""
    maker, judge = world.client.by(MAKER_KEY), world.client.by(JUDGE_KEY)
    request_id = waiting(maker)

    own = maker.decide(request_id, {"decision": "approve"})
    assert (own.status, own.json()["code"]) == (403, "forbidden")
    assert judge.decide(request_id, {"decision": "approve"}).status == 200
    resource = maker.reached(request_id, "approved")
    assert [one["via"] for one in resource["approval"]["decisions"]] == ["caller"]
