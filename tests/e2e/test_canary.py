"""
Content stays in its room: run after all other tests, over everything they left behind.
"""

import uuid
from collections.abc import Iterator
from pathlib import Path

from dev.keys import Keys
from dev.system import System
from shared.security.signatures import webhook_key
from tests.e2e import marks
from tests.e2e.client import Client
from tests.e2e.store import Store
from tests.e2e.story import Story
from tests.e2e.test_flows import callback_of
from tests.e2e.test_verdicts import token_of
from tests.e2e.world import JUDGE_KEY, MAKER_KEY, World

# The one room for content; what lies there can be erased.
ROOM = "content"


def secrets_of(keys: Keys) -> list[str]:
    own = [keys.master, keys.function, keys.read_only, keys.signing, keys.simulator]
    return [*own, str(webhook_key(keys.signing_bytes())), MAKER_KEY, JUDGE_KEY]


def found_in(place: str, data: bytes, wanted: list[str]) -> Iterator[str]:
    """Where a word stands, by the place and the beginning of the word."""
    for word in wanted:
        if word.encode() in data:
            yield f"{place}: {word[:24]}"


def everything_in(store: Store, logs: Path) -> Iterator[tuple[str, bytes]]:
    """Logs, queues, and every blob outside the room, with their names."""
    for log in sorted(logs.glob("*.log")):
        yield log.name, log.read_bytes()
    for queue, text in store.waiting():
        yield f"queue {queue}", text.encode()
    for container in store.containers():
        for name in store.names(container):
            data = b"" if container == ROOM else store.read(container, name)
            yield f"{container}/{name}", name.encode() + data


def leaks(store: Store, logs: Path, wanted: list[str]) -> list[str]:
    places = list(everything_in(store, logs))
    assert any(name == "host.log" and data for name, data in places)
    return [hit for name, data in places for hit in found_in(name, data, wanted)]


def test_nothing_left_its_room(system: System, client: Client, store: Store) -> None:
    """One request with all there is to leak, then a search of all that is left."""
    order = marks.order(callbackUrl=callback_of(system), callbackEvents=["*"])
    answer = client.submit(order)
    link = client.poll(answer.headers["location"]).json()["links"]["result"]
    request_id = answer.json()["id"]
    [image] = client.reached(request_id, "approved")["images"]
    token = token_of(system, client, request_id)
    late = {"decision": "reject", "reviewer": marks.REVIEWER, "comment": marks.COMMENT}
    assert client.decide(request_id, late, token).status == 409
    view_token = image["url"].partition("token=")[2]
    signature = link.partition("sig=")[2]

    words = [*marks.WORDS, *secrets_of(system.keys), token, view_token, signature]
    logs = Path(system.host.recipe.logs)

    assert leaks(store, logs, words) == []
    content = store.read(ROOM, f"{request_id}.json").decode()
    assert marks.PROMPT in content
    assert marks.CALLBACK_PATH in content


def test_nothing_left_its_room_around_kills(world: World) -> None:
    """The same for the host that was killed again and again, with all it ever put into queues."""
    Story(world, key=str(uuid.uuid4())).lived()
    tokens = [
        event.data["decisionUrl"].partition("token=")[2]
        for event in world.receiver.every()
        if "decisionUrl" in event.data
    ]

    words = [*marks.WORDS, *secrets_of(world.keys), *tokens]

    assert leaks(world.store, world.logs, words) == []
    sent = b"\n".join(world.messages)
    assert b"requestId" in sent
    assert list(found_in("a queue message", sent, words)) == []
