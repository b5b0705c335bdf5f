"""A reviewer with a link of their own: what waits, what it is about, and two rounds of it."""

import hashlib
from typing import Any

from dev.system import System
from tests.e2e import marks
from tests.e2e.client import Client
from tests.e2e.store import Store
from tests.e2e.test_verdicts import token_of, waiting
from tests.e2e.waiting import until


def mine(client: Client, token: str, request_id: str) -> list[dict[str, Any]]:
    return [one for one in client.inbox(token)["items"] if one["id"] == request_id]


def left(store: Store, request_id: str) -> list[str]:
    return [name for name in store.names("state", "waiting/") if name.endswith(request_id)]


def test_from_the_inbox_to_the_release(system: System, client: Client, store: Store) -> None:
    """Each round is found in the inbox and decided by its own link; then nothing waits."""
    stage = {"name": "brand", "reviewers": [marks.REVIEWER]}
    request_id = waiting(client, approval={"after": [stage]}, includePrompt=True)
    token = token_of(system, client, request_id)
    assert client.inbox(token)["reviewer"] == marks.REVIEWER
    [item] = mine(client, token, request_id)

    wish = {"decision": "revise", "comment": marks.COMMENT}
    assert client.decide(request_id, wish, item["token"]).status == 200
    again = until(lambda: mine(client, token, request_id), "the next round is asked about", 20.0)
    view = client.review(request_id, again[0]["token"])

    assert (view["state"], view["prompt"]) == ("open", marks.PROMPT)
    assert view["rounds"][1]["feedback"] == [marks.COMMENT]
    for round_ in view["rounds"]:
        [image] = round_["images"]
        seen = client.poll(image["url"])
        assert (seen.status, hashlib.sha256(seen.body).hexdigest()) == (200, image["sha256"])
    assert client.review(request_id, item["token"])["state"] == "superseded"
    assert client.decide(request_id, {"decision": "approve"}, again[0]["token"]).status == 200
    client.reached(request_id, "approved")
    gone = until(lambda: not left(store, request_id), "nothing waits any more", 20.0)
    assert gone and mine(client, token, request_id) == []
