"""POST and GET /batches: what is taken, what is refused at once, and who may see it."""

import json
from dataclasses import replace
from typing import Any

import pytest

from shared.chain.audit import verify
from shared.domain import names
from shared.domain.batch import MAX_ROWS
from shared.errors import MAX_FAULTS, MORE
from tests.fakes import MemoryBlobs
from tests.unit.web.world import CALLBACK, OPERATOR, OTHER, OWNER, PUBLIC_URL, READER, World

ROW = {"prompt": "A red kite over barley"}
KEY = {"Idempotency-Key": "autumn"}


def sent(world: World, rows: int = 2, **fields: Any) -> dict[str, Any]:
    answer = world.http("submit_batch", {"items": [ROW] * rows, **fields}, headers=KEY)
    assert answer.status == 202, answer.json
    return answer.json


def pointers(body: object) -> dict[str, str]:
    world = World()
    answer = world.http("submit_batch", body)
    assert answer.status == 400
    assert world.untouched
    return {one["pointer"]: one["detail"] for one in answer.json["errors"]}


def test_accepted() -> None:
    """A batch is taken in one answer, before any of its rows is a request."""
    world = World()

    batch = sent(world, name="autumn")

    assert (batch["status"], batch["rows"], batch["counts"]) == ("running", 2, {"waiting": 2})
    assert (batch["name"], batch["caller"], batch["completedAt"]) == ("autumn", "flow", None)
    assert batch["items"] == [
        {"row": row, "id": None, "status": "waiting", "code": None} for row in range(2)
    ]
    assert batch["links"]["self"] == f"{PUBLIC_URL}/batches/{batch['id']}"
    assert world.requests() == []


def test_no_location() -> None:
    """An engine that follows a 202 would ask without the key: it is given nothing to follow."""
    answer = World().http("submit_batch", {"items": [ROW]})

    assert "Location" not in answer.headers


def test_every_faulty_row_is_named_at_once() -> None:
    """Faults of the batch and of all rows come in one answer, and nothing is stored."""
    rows = [ROW] * 17 + [{**ROW, "size": "17x17"}, {**ROW, "n": 0, "colour": "red"}, {}, "text"]

    found = pointers({"items": rows, "callbackUrl": "https://10.0.0.8/", "colour": "red"})

    assert set(found) == {
        *("#/items/17/size", "#/items/18/n", "#/items/18/colour", "#/items/19/prompt"),
        *("#/items/20", "#/callbackUrl", "#/colour"),
    }


@pytest.mark.parametrize("items", [None, [], [ROW] * (MAX_ROWS + 1), "text", {}])
def test_number_of_rows(items: object) -> None:
    """A batch has 1 to 1,000 rows."""
    assert set(pointers({"items": items})) == {"#/items"}


@pytest.mark.parametrize("body", [[], "text"])
def test_no_object(body: object) -> None:
    """A body that is no object is refused as such."""
    assert set(pointers(body)) == {"#"}


def test_so_many_faults() -> None:
    """One answer names 200 faults, and says that there are more."""
    found = pointers({"items": [{"prompt": ""}] * (MAX_FAULTS + 50)})

    assert len(found) == MAX_FAULTS + 1
    assert found["#"] == MORE.detail


def test_rows_are_bulk_work() -> None:
    """A row may not jump the queue."""
    assert set(pointers({"items": [{**ROW, "lane": "interactive"}]})) == {"#/items/0/lane"}
    world = World()
    assert world.http("submit_batch", {"items": [{**ROW, "lane": "bulk"}]}).status == 202


def test_approval_for_every_row() -> None:
    """Rows that do not say their own have the batch's approval, and its faults are named once."""
    wrong = {"after": [{"name": "brand", "deadline": "PT0S"}]}
    found = pointers({"items": [ROW, ROW], "approval": wrong})
    assert [one for one in found if not one.startswith("#/approval")] == []

    world = World()
    own = {"after": [{"name": "own"}]}
    batch = sent(
        world, approval={"after": [{"name": "legal"}]}, items=[ROW, {**ROW, "approval": own}]
    )
    world.drain()
    stages = [world.resource(names.member_of(batch["id"], row))["approval"] for row in range(2)]
    assert [one["stage"] for one in stages] == ["legal", "own"]


def test_same_key() -> None:
    """Same key and body: the same batch; another body, or a single request with it, is refused."""
    world = World()
    first = sent(world)

    assert sent(world)["id"] == first["id"]
    reused = "idempotency_key_reused"
    assert world.http("submit_batch", {"items": [ROW]}, headers=KEY).code == reused
    assert world.http("submit", ROW, headers=KEY).code == reused
    assert world.http("list_images", query={"idempotencyKey": "autumn"}).json["items"] == []


def test_members_are_ordinary_requests() -> None:
    """A member's resource says of which row of which batch it is, and its evidence proves it."""
    world = World()
    batch = sent(world)
    world.drain()

    member = names.member_of(batch["id"], 1)
    assert world.resource(member)["batch"] == {"id": batch["id"], "row": 1, "rows": 2}
    pack = world.http("evidence", id=member, key=OWNER).json
    assert (verify(pack), pack["request"]["batch"]["row"]) == ([], 1)
    pack["request"]["batch"]["row"] = 0
    assert verify(pack) != []
    listed = [one["id"] for one in world.http("list_images").json["items"]]
    assert member in listed
    assert batch["id"] not in listed


def test_pages() -> None:
    """Rows come in pages, in their order; the counts are always those of all rows."""
    world = World()
    batch = sent(world, 50)
    world.drain()

    found: list[int] = []
    query: dict[str, str] = {"limit": "30"}
    while query:
        page = world.http("get_batch", id=batch["id"], query=query).json
        assert sum(page["counts"].values()) == 50
        found += [one["row"] for one in page["items"]]
        query = (
            {"limit": "30", "continuation": page["continuation"]} if page["continuation"] else {}
        )

    assert found == list(range(50))
    strange = world.http("get_batch", id=batch["id"], query={"continuation": "x", "detail": "all"})
    assert strange.pointers == {"#/query/continuation", "#/query/detail"}


def test_detail() -> None:
    """Asked for, each open row says what it waits for."""
    world = World()
    batch = sent(world)
    world.drain()

    plain = world.http("get_batch", id=batch["id"]).json
    close = world.http("get_batch", id=batch["id"], query={"detail": "status"}).json
    assert {one["status"] for one in plain["items"]} == {"open"}
    assert "awaitingApproval" in {one["status"] for one in close["items"]}


def test_who_may_see_it() -> None:
    """The caller's own batch, or anybody's with the role readAll; for others there is none."""
    world = World()
    batch_id = sent(world)["id"]

    assert world.http("get_batch", id=batch_id, key=OWNER).status == 200
    for key in (OTHER, READER):
        assert world.http("get_batch", id=batch_id, key=key).status == 404
    assert world.http("cancel_batch", id=batch_id, key=OTHER).status == 404
    assert world.http("cancel_batch", id=batch_id, key=READER).status == 403
    for unknown in ("x", names.member_of(batch_id, 0)):
        assert world.http("get_batch", id=unknown).status == 404
    assert world.http("get_image", id=batch_id).status == 404


def test_cancel() -> None:
    """A cancelled batch says so at once, and again when it is asked again."""
    world = World()
    batch_id = sent(world)["id"]

    for _ in range(2):
        answer = world.http("cancel_batch", id=batch_id)
        assert (answer.status, answer.json["status"]) == (200, "cancelled")
    world.drain()
    done = world.http("get_batch", id=batch_id).json
    assert (done["counts"], done["completedAt"] is not None) == ({"cancelled": 2}, True)
    assert world.requests() == []


def test_subscribers_are_told() -> None:
    """Whoever may read the caller's requests is told of its batches, with the batch's id."""
    world = World()
    asked = {"notificationUrl": CALLBACK, "events": ["darkroom.batch.completed"]}
    assert world.http("subscribe", asked).status == 201
    batch_id = sent(world)["id"]
    world.http("cancel_batch", id=batch_id)
    world.drain()

    [post] = world.webhooks.posted
    told = json.loads(post.body)
    assert (told["id"], told["status"], told["counts"]) == (batch_id, "cancelled", {"cancelled": 2})
    assert post.headers["ce-type"] == "darkroom.batch.completed"


def test_content_stays_in_its_room() -> None:
    """What the rows say, and where the callback is, is only in erasable blobs."""
    world = World()
    sent(world, items=[{"prompt": "canary-prompt"}], callbackUrl=f"{CALLBACK}/canary")
    world.drain()

    for (container, name), blob in world.store.blobs.items():
        assert container == names.CONTENT or b"canary" not in blob.data, f"{container}/{name}"


def test_a_detached_callback_is_not_a_batch() -> None:
    """An engine that stops waiting by the key of a batch detaches nothing, and is not refused."""
    world = World()
    sent(world)

    assert world.http("unsubscribe", {}, headers=KEY).json["detached"] is False


TEMPLATE = {
    "title": "Product shot",
    "prompt": "A {product} on {surface}, {count} of it",
    "variables": {
        "product": {"maxLength": 20},
        "surface": {"default": "oak"},
        "count": {"type": "integer", "default": 1},
    },
    "example": {"product": "cup"},
}


def with_template() -> World:
    world = World()
    answer = world.http("put_template", TEMPLATE, key=OPERATOR, name="shot")
    assert answer.status == 200, answer.json
    return world


def test_a_table_of_rows() -> None:
    """A table and a template are a batch: its columns are variables, and fields of a request."""
    world = with_template()
    header = "product,surface,count,request.size,request.metadata.sku"
    table = f"{header}\nwatch,,3,1536x1024,A-1\ncup,slate,,,\n"

    answer = world.http("submit_batch", {"csv": table, "template": {"name": "shot"}})
    assert answer.status == 202, answer.json
    newer = {**TEMPLATE, "prompt": "Other: {product} {surface} {count}"}
    world.http("put_template", newer, key=OPERATOR, name="shot")
    world.drain()

    members = [world.resource(names.member_of(answer.json["id"], row)) for row in range(2)]
    assert [one["template"]["version"] for one in members] == [1, 1]
    assert [one["options"]["size"] for one in members] == ["1536x1024", "1024x1024"]
    assert [one["metadata"] for one in members] == [{"sku": "A-1"}, {}]
    prompts = [call.prompt for call in world.model.calls]
    assert prompts == ["A watch on oak, 3 of it", "A cup on slate, 1 of it"][: len(prompts)] != []


def test_every_faulty_line_is_named() -> None:
    """Faults of lines are named by the line, the first is 0, and the column."""
    world = with_template()
    table = "product,count,colour,request.size,request.n\nwatch,x,,1024x1024,2\n,2,red,17x17,two\n"

    answer = world.http("submit_batch", {"csv": table, "template": {"name": "shot"}})

    assert answer.pointers == {
        *("#/csv/0/count", "#/csv/1/product", "#/csv/1/colour"),
        *("#/csv/1/request.size", "#/csv/1/request.n"),
    }


def test_what_a_table_needs() -> None:
    """A table has a template, and one that is there; a batch has either a table or items."""
    world = with_template()

    def wrong(**body: object) -> set[str]:
        return world.http("submit_batch", body).pointers

    assert wrong(csv="product\nx\n") == {"#/template"}
    assert wrong(csv="product\nx\n", template={"name": "other"}) == {"#/template/name"}
    assert wrong(csv="product\nx\n", template={"name": "shot", "version": 7}) == {
        "#/template/version"
    }
    assert wrong(csv="product\nx\n", template={"name": "shot"}, items=[ROW]) == {"#/items"}
    assert wrong(items=[ROW], template={"name": "shot"}) == {"#/template"}
    assert wrong(csv=7, template={"name": "shot"}) == {"#/csv"}
    assert wrong() == {"#/items"}


def test_templates_are_listed_once() -> None:
    """However many rows a table has, it is asked once which version is the newest."""
    world = with_template()
    pages: list[str] = []
    page = MemoryBlobs.page

    class Counting(MemoryBlobs):
        def page(self, container: str, *args: Any, **kwargs: Any) -> Any:
            pages.append(container)
            return page(self, container, *args, **kwargs)

    world.s = replace(world.s, blobs=Counting(world.store))
    table = "product\n" + "cup\n" * 100
    assert world.http("submit_batch", {"csv": table, "template": {"name": "shot"}}).status == 202

    assert pages.count("templates") == 1
