"""Links that lead past the app to released images: who gets them, and where they never are."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest

from shared.errors import StorageError
from shared.security.callers import Role
from shared.web.blob_urls import with_blob_urls
from shared.web.reading import seen
from tests.fakes import ScriptedModel
from tests.unit.web.test_held_answers import Flow
from tests.unit.web.world import CALLBACK, FLOW, OPERATOR, OTHER, OWNER, SUBMIT, World, query_of

ONE_OF_TWO = {
    "decision": "approve",
    "images": [{"index": 0, "decision": "approve"}, {"index": 1, "decision": "reject"}],
}
EVERYTHING = {"callbackUrl": CALLBACK, "callbackEvents": ["*"], "n": 2}


def released(world: World) -> str:
    """One of two images is; every event was sent."""
    request_id = world.reviewing({**SUBMIT, **EVERYTHING})
    assert world.http("decision", ONE_OF_TWO, key=OPERATOR, id=request_id).status == 200
    world.drain()
    return request_id


def opened(world: World, url: str) -> tuple[int, bytes]:
    links: Any = world.s.blob_links
    found: tuple[int, bytes] = links.request("GET", url, b"")
    return found


def signed(world: World) -> list[str]:
    links: Any = world.s.blob_links
    return [url for url in links.links if "?sp=r&" in url]


def test_a_released_image() -> None:
    """The link gives the released bytes for as long as it says, and no other image has one."""
    world = World()
    request_id = released(world)
    first, second = world.resource(request_id)["images"]
    stored = world.store.blobs["approved", f"{request_id}/0.png"].data

    assert opened(world, first["blobUrl"]) == (200, stored)
    assert second["blobUrl"] is None
    expires_at = datetime.fromisoformat(first["urlExpiresAt"])
    assert (expires_at - world.clock.now()).total_seconds() == 3600
    world.clock.advance(3600)
    assert opened(world, first["blobUrl"])[0] == 403


def test_not_before_release() -> None:
    """What is under review has no link past the app."""
    world = World()
    request_id = world.reviewing()

    assert [one["blobUrl"] for one in world.resource(request_id)["images"]] == [None]
    assert signed(world) == []


def test_a_submit_that_waits() -> None:
    """Whoever waits for the result has shown a key as well."""
    answer = Flow().submit()

    [image] = answer.json["images"]
    assert (answer.status, image["state"]) == (200, "approved")
    assert image["blobUrl"].startswith("https://storage.example/approved/")


def test_only_for_who_may_read() -> None:
    """A caller who may submit and not read is given none, though the result is told."""
    world = World()
    request_id = released(world)
    journal = world.s.journals.load(request_id)
    [flow] = [one for one in world.terms.callers.callers if one.name == "flow"]
    submits = replace(flow, roles=frozenset({Role.SUBMIT}))

    resource = with_blob_urls(seen(journal, world.s), submits, world.s)
    assert [image.blob_url for image in resource.images] == [None, None]
    assert world.http("get_image", key=OTHER, id=request_id).status == 404
    assert signed(world) == []


def test_nowhere_else() -> None:
    """Not in events, lists, packs, the result link, pages or answers to reviewers."""
    world = World()
    request_id = released(world)
    links = world.s.links
    token = world.token(request_id)
    sig = query_of(links.result(request_id))["sig"]
    answers = [
        world.http("result", key=None, query={"sig": sig}, id=request_id),
        world.http("list_images", key=OWNER),
        world.http("evidence", id=request_id),
        world.http("decision", ONE_OF_TWO, key=OPERATOR, id=request_id),
        world.http("review_view", key=None, headers={"x-review-token": token}, id=request_id),
        world.http("review_view", key=OPERATOR, id=request_id),
    ]

    assert {one.status for one in answers} == {200}
    texts = [one.body for one in answers] + [post.body for post in world.webhooks.posted]
    assert len(world.webhooks.posted) == 4
    assert not any(b"storage.example" in text for text in texts)
    assert signed(world) == []


def test_never_kept() -> None:
    """No blob and no message holds a link that was given out."""
    world = World()
    request_id = released(world)
    url = world.resource(request_id)["images"][0]["blobUrl"]

    kept = [blob.data for blob in world.store.blobs.values()]
    assert not any(url.encode() in data or b"storage.example" in data for data in kept)
    assert "storage.example" not in str(world.queue.messages)


@dataclass
class Unable:
    """Storage lends no key."""

    def to_read(self, *place: object) -> str:
        raise StorageError


def test_nothing_to_sign_with() -> None:
    """Then there is no link, and the request is told as ever."""
    world = World(model=ScriptedModel())
    request_id = released(world)
    unable: Any = Unable()
    world.s = replace(world.s, blob_links=unable)

    first = world.resource(request_id)["images"][0]
    assert first["blobUrl"] is None
    assert first["url"].startswith("https://")


@pytest.mark.parametrize("key", [FLOW, OWNER])
def test_asked_again(key: str) -> None:
    """Each answer has a new link with a whole hour."""
    world = World()
    request_id = released(world)
    answers = []
    for _ in range(2):
        answers.append(world.http("get_image", key=key, id=request_id).json["images"][0])
        world.clock.advance(60)

    assert answers[0]["blobUrl"] != answers[1]["blobUrl"]
    assert answers[0]["urlExpiresAt"] < answers[1]["urlExpiresAt"]
