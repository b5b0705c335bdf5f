"""A brand team follows `docs/templates.md`, and each command does what it says."""

from pathlib import Path

from dev.places import ROOT
from shared.chain.audit import verify
from tests.e2e import books, marks
from tests.e2e.runbook import FOR_BASH, LOCAL, pasted, saved
from tests.e2e.waiting import until
from tests.e2e.world import World

PAGE = (ROOT / "docs" / "templates.md").read_text(encoding="utf-8")

pytestmark = FOR_BASH


def test_from_the_page_to_the_bill(world: World, tmp_path: Path) -> None:
    """Put, used, made, proven and paid for, under the template's name all the way."""
    saved(PAGE, tmp_path)
    put, read, use, cost = LOCAL.findall(PAGE)

    [made] = pasted(put, world, at=tmp_path)
    [again] = pasted(put, world, at=tmp_path)
    listed, newest, first = pasted(read, world)
    checked, ticket = pasted(use, world)
    resource = world.client.reached(ticket["id"], "awaitingApproval")
    until(lambda: books.lines_of(world.store, ticket["id"]), "the call is in the ledger")
    [usage] = pasted(cost, world)

    ref = {"name": "campaign-hero", "version": 1}
    assert again == made == newest == first
    assert "campaign-hero" in [one["name"] for one in listed["items"]]
    assert checked["ok"] and checked["template"] == resource["template"] == ref
    assert resource["options"]["size"] == "1536x1024"
    pack = world.client.evidence(ticket["id"])
    assert verify(pack) == [] and pack["request"]["template"] == ref
    assert made["sha256"] in pack["journal"][0]
    lines = books.lines_of(world.store, ticket["id"])
    [item] = (one for one in usage["items"] if one["key"] == "campaign-hero")
    assert {line["template"] for line in lines} == {"campaign-hero"} and item["requests"] == 1
    world.client.cancel(ticket["id"])


def test_a_value_that_must_not_leave_its_room(world: World) -> None:
    """For the canary, which looks everywhere for what stands in this place."""
    body = {"title": "Canary", "prompt": "{what}", "variables": {"what": {}}}
    example = {"example": {"what": "a heron"}}
    assert world.client.put_template("canary", body | example).status == 200
    asked = {"template": {"name": "canary", "variables": {"what": marks.VARIABLE}}}
    request_id = world.client.submitted({**asked, "quality": "low"})

    assert marks.VARIABLE in world.store.read("content", f"{request_id}.json").decode()
    wrong = {"template": {"name": "canary", "variables": {"what": [marks.VARIABLE], "x": 1}}}
    assert world.client.submit(wrong).status == 400
    world.client.reached(request_id, "awaitingApproval")
    world.client.cancel(request_id)
