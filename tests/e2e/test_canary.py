"""
Content stays in its room: run after all other tests, over everything they left behind.
"""

import base64
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from dev.keys import Keys
from dev.system import System
from shared.security.signatures import webhook_key
from tests.e2e import marks
from tests.e2e.client import Client
from tests.e2e.pictures import Gallery, picture
from tests.e2e.store import Store
from tests.e2e.story import Story
from tests.e2e.test_flows import callback_of
from tests.e2e.test_verdicts import token_of
from tests.e2e.world import CALLER_KEYS, World

# The rooms for content; what lies there can be erased.
CONTENT, INPUTS, UPLOADS = "content", "inputs", "uploads"
# Long enough to be nowhere by chance.
PIECE_CHARS = 32


def secrets_of(keys: Keys) -> list[str]:
    own = [keys.master, keys.function, keys.read_only, keys.signing, keys.simulator]
    return [*own, str(webhook_key(keys.signing_bytes())), *CALLER_KEYS.values()]


def found_in(place: str, data: bytes, wanted: list[str]) -> Iterator[str]:
    """Where a word stands, by the place and the beginning of the word."""
    for word in wanted:
        if word.encode() in data:
            yield f"{place}: {word[:24]}"


def everything_in(store: Store, logs: Path) -> Iterator[tuple[str, bytes]]:
    """Logs, queues, and every blob outside the rooms, with their names."""
    for log in sorted(logs.glob("*.log")):
        yield log.name, log.read_bytes()
    for queue, text in store.waiting():
        yield f"queue {queue}", text.encode()
    for container in store.containers():
        # What was sent ahead is called there by the very name that is looked for elsewhere.
        for name in () if container == UPLOADS else store.names(container):
            held = container in (CONTENT, INPUTS)
            data = b"" if held else store.read_if_there(container, name)
            yield f"{container}/{name}", name.encode() + data


def leaks(store: Store, logs: Path, wanted: list[str]) -> list[str]:
    places = list(everything_in(store, logs))
    assert any(name == "host.log" and data for name, data in places)
    return [hit for name, data in places for hit in found_in(name, data, wanted)]


@dataclass(frozen=True)
class Sent:
    """Input images in all three ways, and what of them must not be found again."""

    images: list[dict[str, str]]
    upload: str
    words: list[str]


def sent(client: Client, gallery: Gallery) -> Sent:
    link = client.upload_link(picture(), "image/png")
    upload = client.send_ahead(link, picture())
    text = base64.b64encode(picture()).decode()
    # Of the bytes from the 48th on: before, there is what any PNG of this size begins with.
    piece = text[64 : 64 + PIECE_CHARS]
    images = [{"base64": text}, {"blob": upload}, {"url": gallery.url()}]
    [signature] = parse_qs(urlsplit(link["uploadUrl"]).query)["sig"]
    return Sent(images, upload, [piece, upload.rpartition("/")[2], signature])


def in_their_rooms(store: Store, request_id: str, given: Sent) -> None:
    """All that was looked for is there, and in no room but its own."""
    content = store.read(CONTENT, f"{request_id}.json").decode()
    assert marks.PROMPT in content
    assert marks.CALLBACK_PATH in content
    assert content.count(marks.INPUT_PATH) == 1
    assert marks.PIXELS.encode() not in content.encode()
    inputs = [store.read(INPUTS, name) for name in store.names(INPUTS, request_id)]
    assert inputs == [picture()] * len(given.images)
    assert store.read(UPLOADS, given.upload.removeprefix(f"{UPLOADS}/")) == picture()


def test_nothing_left_its_room(
    system: System, client: Client, store: Store, gallery: Gallery
) -> None:
    """One request with all there is to leak, then a search of all that is left."""
    given = sent(client, gallery)
    callback: dict[str, Any] = {"callbackUrl": callback_of(system), "callbackEvents": ["*"]}
    answer = client.submit(marks.order(**callback, inputImages=given.images))
    link = client.poll(answer.headers["location"]).json()["links"]["result"]
    request_id = answer.json()["id"]
    [image] = client.reached(request_id, "approved")["images"]
    token = token_of(system, client, request_id)
    late = {"decision": "reject", "reviewer": marks.REVIEWER, "comment": marks.COMMENT}
    assert client.decide(request_id, late, token).status == 409
    view_token = image["url"].partition("token=")[2]
    signature = link.partition("sig=")[2]
    direct = image["blobUrl"].partition("?")[2]
    [in_storage] = parse_qs(direct)["sig"]
    links = [token, view_token, signature, direct, in_storage]

    words = [*marks.WORDS, *secrets_of(system.keys), *given.words, *links]
    logs = Path(system.host.recipe.logs)

    assert leaks(store, logs, words) == []
    in_their_rooms(store, request_id, given)


@pytest.mark.parametrize("name", ["world", "retrying"])
def test_nothing_left_its_room_around_kills(
    name: str, gallery: Gallery, request: pytest.FixtureRequest
) -> None:
    """The same for hosts that were killed again and again, with all they ever put into queues."""
    world: World = request.getfixturevalue(name)
    given = sent(world.client, gallery)
    end = Story(world, key=str(uuid.uuid4()), inputImages=given.images).lived()
    tokens = [
        event.data["decisionUrl"].partition("token=")[2]
        for event in world.receiver.every()
        if "decisionUrl" in event.data
    ]

    words = [*marks.WORDS, *secrets_of(world.keys), *given.words, *tokens]

    assert leaks(world.store, world.logs, words) == []
    in_their_rooms(world.store, end["id"], given)
    messages = b"\n".join(world.messages)
    assert b"requestId" in messages
    assert list(found_in("a queue message", messages, words)) == []
