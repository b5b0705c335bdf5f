"""Reading: links, images, lists, and answers to those who may not."""

import hashlib

import pytest

from tests.e2e import marks
from tests.e2e.client import Client

NOBODYS_ID = "01J00000000000000000000000"


def test_wrong_signature(client: Client) -> None:
    """The result link is its own right: changed or left away, it opens nothing."""
    request_id = client.submitted(marks.order())
    for answer in (client.result(request_id, sig="v1.local.AAAA"), client.result(request_id)):
        assert answer.status == 401
        assert answer.json()["code"] == "invalid_signature"
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("request_id", [NOBODYS_ID, "no-id", NOBODYS_ID.lower()])
def test_unknown_id(client: Client, request_id: str) -> None:
    """Whatever is asked about a request that is not there, the answer is 404."""
    answers = [
        *(client.get(request_id), client.cancel(request_id), client.rerun(request_id)),
        *(client.resume(request_id, "retry", 1), client.content(request_id, 0)),
        client.decide(request_id, {"decision": "approve"}),
    ]
    assert [answer.status for answer in answers] == [404] * len(answers)
    assert {answer.json()["code"] for answer in answers} == {"not_found"}


def test_image_bytes(client: Client) -> None:
    """An image comes by key and by its own link, as the model made it; others are not there."""
    request_id = client.submitted(marks.order())
    [image] = client.reached(request_id, "awaitingApproval")["images"]

    for answer in (client.content(request_id, 0), client.poll(image["url"])):
        assert answer.status == 200
        assert answer.headers["content-type"] == image["contentType"]
        assert hashlib.sha256(answer.body).hexdigest() == image["sha256"]
    assert client.content(request_id, 1).status == 404
    assert client.poll(image["url"] + "A").status == 401


def test_pages(client: Client) -> None:
    """Pages follow each other from the newest on, without a gap and without a repeat."""
    made = [client.submitted(marks.order()) for _ in range(3)]

    first = client.listed(limit="2").json()
    rest = client.listed(limit="2", continuation=first["continuation"]).json()
    ids = [one["id"] for one in (*first["items"], *rest["items"])]
    assert ids[:3] == made[::-1]
    assert len(set(ids)) == len(ids)
    waiting = client.listed(status="awaitingApproval", limit="100").json()["items"]
    assert {one["status"] for one in waiting} <= {"awaitingApproval"}
    for wrong in ({"limit": "0"}, {"status": "lost"}, {"continuation": "AAAA"}):
        assert client.listed(**wrong).status == 400, wrong
