"""Erased, on real storage: nothing of it is anywhere, and the record says so."""

import base64
import uuid

from dev.system import System
from shared.chain.audit import verify
from tests.e2e import marks
from tests.e2e.client import Client
from tests.e2e.pictures import picture
from tests.e2e.store import Store
from tests.e2e.test_verdicts import token_of, waiting


def holding(store: Store, *words: str) -> list[str]:
    """Every blob that has one of the words, in its name or in itself."""
    return [
        f"{container}/{name}"
        for container in store.containers()
        for name in store.names(container)
        for data in [name.encode() + store.read_if_there(container, name)]
        if any(word.encode() in data for word in words)
    ]


def test_a_person_is_forgotten(system: System, client: Client, store: Store) -> None:
    """Of two requests, one decided on and one open, words, files and images are gone."""
    mark = uuid.uuid4().hex
    person, comment = f"li-{mark}@contoso.example", f"comment {mark}"
    upload = client.send_ahead(client.upload_link(picture(), "image/png"), picture())
    inline = {"base64": base64.b64encode(picture()).decode()}
    mine = {"requestedBy": person, "prompt": f"{marks.PROMPT} {mark}", "purpose": mark}
    done = waiting(client, **mine, inputImages=[{"blob": upload}, inline])
    token = token_of(system, client, done)
    assert client.decide(done, {"decision": "approve", "comment": comment}, token).status == 200
    client.reached(done, "approved")
    open_ = waiting(client, **mine)
    assert len(holding(store, mark)) == 2
    assert store.names("approved", done) and store.names("inputs", done)

    told = client.erased(subject=person.upper())

    assert (told["receipt"]["requests"], told["receipt"]["recoverableUntil"]) == (2, None)
    assert holding(store, mark) == []
    for container in ("content", "inputs", "previews", "review", "approved", "rejected"):
        assert store.names(container, done) == store.names(container, open_) == [], container
    assert store.names("uploads", upload.removeprefix("uploads/")) == []
    for request_id, status in ((done, "approved"), (open_, "cancelled")):
        resource = client.resource(request_id)
        assert (resource["status"], resource["requestedBy"]) == (status, None)
        assert resource["erasure"]["id"] == told["id"]
        assert verify(client.evidence(request_id)) == []
