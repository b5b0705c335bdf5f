"""Events as receivers see them, judged by the packages that receivers use."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_binary_event
from cloudevents.core.formats.json import JSONFormat
from standardwebhooks import Webhook

from shared.chain.decide import decide
from shared.chain.events import post_of
from shared.chain.ports import WebhookAnswer
from shared.chain.sinks import Address
from shared.chain.sources import of_request
from shared.errors import ServiceError
from shared.security.signatures import webhook_key
from tests.crash.world import World
from tests.fakes import Posted, ScriptedWebhooks
from tests.unit.histories import URL, approved, by_caller, submitted

SECRET = "whsec_" + "c2VjcmV0" * 4
ALL = {"callbackEvents": ["*"]}
DOWN = WebhookAnswer(503)


def told(*script: WebhookAnswer | ServiceError, **fields: Any) -> tuple[World, str]:
    world = World(webhooks=ScriptedWebhooks(*script))
    return world, submitted(world, **(ALL | fields))


def seqs(world: World) -> list[int]:
    return [int(post.headers["ce-sequence"]) for post in world.webhooks.posted]


def log(world: World, request_id: str) -> list[dict[str, Any]]:
    lines = world.store.blobs["deliveries", f"images/{request_id}"].data.splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("own", [True, False])
def test_the_signature(own: bool) -> None:
    """Standard Webhooks' own package accepts it, with the request's secret or with ours."""
    world, _ = told(**({"callbackSecret": SECRET} if own else {}))
    now = datetime.now(UTC)
    world.clock.advance((now - world.clock.now()).total_seconds())
    world.run_for(1)
    secret = SECRET if own else webhook_key(world.s.terms.ring.first.key)
    for post in world.webhooks.posted:
        assert Webhook(secret).verify(post.body, dict(post.headers)) == json.loads(post.body)
        assert post.headers["webhook-id"] == post.headers["ce-id"]
    assert len(world.webhooks.posted) == 3


def test_the_event() -> None:
    """CloudEvents' own package reads every attribute of the binary mode."""
    world, request_id = told(requestedBy="Jürgen")
    world.run_for(1)
    journal = world.s.journals.load(request_id)
    for post, event in zip(world.webhooks.posted, journal.events, strict=True):
        message = HTTPMessage(headers=dict(post.headers), body=post.body)
        read = from_binary_event(message, JSONFormat())

        assert post.url == URL
        assert (read.get_id(), read.get_type()) == (f"{request_id}-{event.seq}", event.type)
        assert read.get_source() == "/darkroom/local"
        assert read.get_subject() == f"images/{request_id}"
        assert read.get_time() == event.at
        assert read.get_datacontenttype() == "application/json"
        assert str(read.get_dataschema()).startswith("https://darkroom.example/api/")
        assert read.get_extension("sequence") == f"{event.seq:06d}"
        assert read.get_extension("correlationid") == request_id
        assert read.get_extension("journalhead") == event.journal_head


def test_attributes_are_percent_encoded() -> None:
    """A header holds ASCII only, whatever a caller's tracking id is."""
    world, request_id = told()
    journal = world.s.journals.load(request_id)
    terms = journal.request.terms.model_copy(
        update={"client_tracking_id": 'a "é"', "traceparent": "00-ab-cd-01"}
    )
    request = replace(journal.request, accepted=terms)
    content = world.s.contents.read(request_id)
    assert content is not None
    told_of = replace(journal, request=request)
    address = Address(URL, (SECRET,))
    source = of_request(told_of)
    headers = post_of(source, journal.events[0], content, address, world.s).headers

    assert headers["ce-correlationid"] == "a%20%22%C3%A9%22"
    assert headers["ce-traceparent"] == "00-ab-cd-01"


def test_data_is_the_resource_of_that_moment() -> None:
    """Each event shows the request as it was then; a question has its links."""
    world, request_id = told()
    world.run_for(1)
    decide(request_id, by_caller(True), world.s)
    world.run_for(1)
    data = [json.loads(post.body) for post in world.webhooks.posted]

    assert [one["status"] for one in data] == [
        *("accepted", "generating", "awaitingApproval", "approved")
    ]
    assert [len(one["images"]) for one in data] == [0, 1, 1, 1]
    assert ["decisionUrl" in one for one in data] == [False, False, True, False]
    token = data[2]["decisionUrl"].partition("token=")[2]
    assert data[2]["reviewUrl"] == f"https://darkroom.example/api/review#{token}"
    page = f"https://darkroom.example/api/review#request={request_id}"
    assert {one["links"]["review"] for one in data} == {page}
    assert all(b"lighthouse" not in post.body for post in world.webhooks.posted)


def without_links(post: Posted) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(post.body)
    for image in body["images"]:
        image.pop("url")
        image.pop("urlExpiresAt")
    return body


def test_a_redelivery_is_the_same_event() -> None:
    """A later attempt has the same id and body, but for links and the signature's time."""
    world, request_id = told(*[DOWN] * 6)
    world.run_for(1)
    decide(request_id, by_caller(True, reviewer="ana@contoso.com"), world.s)
    world.run_for(3600)
    posts: dict[str, list[Posted]] = {}
    for post in world.webhooks.posted:
        posts.setdefault(post.headers["ce-id"], []).append(post)
    assert max(map(len, posts.values())) > 3

    for same in posts.values():
        assert all(without_links(post) == without_links(same[0]) for post in same)
        stable = [{n: v for n, v in p.headers.items() if n.startswith("ce-")} for p in same]
        assert all(one == stable[0] for one in stable)


TOLD = (
    *("darkroom.request.accepted", "darkroom.images.generated"),
    "darkroom.approval.requested",
)


@pytest.mark.parametrize(
    ("events", "types"),
    [
        ({}, ["darkroom.request.approved"]),
        ({"callbackEvents": ["darkroom.request.accepted"]}, ["darkroom.request.accepted"]),
        ({"callbackEvents": []}, []),
        (ALL, [*TOLD, "darkroom.request.approved"]),
    ],
)
def test_only_what_was_asked_for(events: dict[str, Any], types: list[str]) -> None:
    """The callback is told of its events, in order, and of no other."""
    world = World()
    approved(world, **events)

    assert [post.headers["ce-type"] for post in world.webhooks.posted] == types
