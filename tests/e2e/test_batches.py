"""Somebody follows `docs/integrations/batches.md`, and each command does what it says."""

from pathlib import Path
from typing import Any

from dev.places import ROOT
from shared.chain.audit import verify
from tests.e2e import marks
from tests.e2e.runbook import FOR_BASH, LOCAL, pasted, saved
from tests.e2e.waiting import until
from tests.e2e.world import World

PAGE = (ROOT / "docs" / "integrations" / "batches.md").read_text(encoding="utf-8")

FIRST_LOOK = LOCAL.findall(PAGE)[2].splitlines()[0]

pytestmark = FOR_BASH


def test_the_page(world: World, tmp_path: Path) -> None:
    """Two lists are taken, made into requests, seen, and cancelled; each end is known."""
    saved(PAGE, tmp_path)
    listed, table, read, cancel = LOCAL.findall(PAGE)

    [first] = pasted(listed, world, at=tmp_path)
    [again] = pasted(listed, world, at=tmp_path)
    [_, other] = pasted(table, world, at=tmp_path)
    assert again["id"] == first["id"] != other["id"]

    def looked(batch_id: str) -> Any:
        return pasted(read, world, BATCH=batch_id)[1]

    def asked(batch_id: str) -> bool:
        return [one["status"] for one in looked(batch_id)["items"]] == ["awaitingApproval"] * 2

    until(lambda: asked(first["id"]) and asked(other["id"]), "people are asked about each row")
    members = [one["id"] for one in looked(other["id"])["items"]]
    skus = [world.client.resource(one)["metadata"]["sku"] for one in members]
    assert skus == ["A-1", "A-2"]
    for batch_id in (first["id"], other["id"]):
        pasted(cancel, world, BATCH=batch_id)
    until(lambda: looked(first["id"])["completedAt"], "the batch is over")
    assert looked(first["id"])["counts"] == {"cancelled": 2}


def test_rows_that_must_not_leave_their_room(world: World) -> None:
    """For the canary, which looks everywhere for what rows, name and callback say."""
    rows = [marks.order() for _ in range(2)]
    batch_id = world.client.batched(rows, name=marks.PURPOSE)

    def members() -> list[str]:
        found = pasted(FIRST_LOOK, world, BATCH=batch_id)[0]["items"]
        return [one["id"] for one in found if one["id"]]

    until(lambda: len(members()) == 2, "both rows are requests")
    for one in members():
        world.client.reached(one, "awaitingApproval")
        world.client.cancel(one)
    until(
        lambda: pasted(FIRST_LOOK, world, BATCH=batch_id)[0]["completedAt"],
        "the batch is over when its rows are",
    )


def test_one_verdict(world: World) -> None:
    """People are asked once; what they approve is released, and each row's evidence holds."""
    client = world.client
    rows = [marks.order() for _ in range(2)]
    batch_id = client.batched(rows, approvalScope="batch")
    until(lambda: client.batch(batch_id)["approval"], "people are asked about both rows")
    members = [one["id"] for one in client.batch(batch_id)["items"]]
    alone = client.decide(members[0], {"decision": "approve"})
    assert (alone.status, alone.json()["code"]) == (409, "decided_by_batch")

    root = client.batch(batch_id)["approval"]["root"]
    beside = {"row": 1, "decision": "reject", "comment": marks.COMMENT}
    body = {"decision": "approve", "root": root, "items": [beside], "reviewer": marks.REVIEWER}
    assert client.decide_batch(batch_id, body).status == 200

    until(lambda: client.batch(batch_id)["completedAt"], "both rows are over")
    assert client.batch(batch_id)["counts"] == {"approved": 1, "rejected": 1}
    assert [verify(client.evidence(one)) for one in members] == [[], []]
