"""What is asked for, and by which rules: batches, the policy, and templates at the console."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from dev.places import ROOT
from tests.browser.console import LIVE_MS, agree, entered, go, row, shown
from tests.browser.windows import LOOKS, Look, Windows
from tests.e2e import marks
from tests.e2e.waiting import until
from tests.e2e.world import MAKER_KEY, World

DOCUMENT = json.loads((ROOT / "docs" / "policy.example.json").read_text(encoding="utf-8"))
HERONS = {
    "version": "candidate",
    "rules": [
        {"id": "herons", "reason": "No herons.", "when": {"words": ["heron"]}, "then": "reject"}
    ],
}
SHELF = {
    "title": "Shelf",
    "prompt": "{product} on a shelf of {wood}, {count} times, {{braces}} too",
    "variables": {
        "product": {"maxLength": 80, "title": "Product"},
        "wood": {"type": "choice", "choices": ["oak", "walnut"], "default": "oak"},
        "count": {"type": "integer", "minimum": 1, "maximum": 9, "default": 2},
    },
    "options": {"quality": "low"},
    "owner": "brand team",
    "tags": ["shop"],
    "example": {"product": "A blue cup"},
}


@pytest.fixture(scope="module")
def batch(world: World) -> Iterator[str]:
    """Three rows: one that has failed, and two that wait for people."""
    batch_id = world.client.batched(
        [marks.order(purpose=f"tile {k}") for k in range(3)], name="tiles of the shop"
    )
    rows = until(lambda: _rows(world, batch_id), "every row is a request")
    world.client.cancel(rows[1])
    for request_id in (rows[0], rows[2]):
        world.client.reached(request_id, "awaitingApproval")
    yield batch_id
    world.client.cancel_batch(batch_id)


def _rows(world: World, batch_id: str) -> list[str] | None:
    items = world.client.batch(batch_id)["items"]
    return [str(one["id"]) for one in items] if all(one["id"] for one in items) else None


def test_a_batch(windows: Windows, world: World, batch: str) -> None:
    """From the list to its rows, those of one state, and the request of a row and back."""
    page = entered(windows, world)
    go(page, "Batches")
    expect(row(page, batch)).to_contain_text("tiles of the shop")
    expect(row(page, batch)).to_contain_text("1 of 3", timeout=LIVE_MS)
    page.get_by_role("link", name=batch).click()

    expect(page.get_by_role("heading", level=1)).to_have_text(f"Batch {batch}")
    expect(page.get_by_role("rowheader")).to_have_text(["Row 1", "Row 2", "Row 3"])
    chips = page.get_by_role("navigation", name="Rows by state")
    chips.get_by_role("link", name="Cancelled 1").click()
    expect(page.get_by_role("rowheader")).to_have_text(["Row 2"])
    chips.get_by_role("link", name="Under way 2").click()
    expect(page.get_by_role("rowheader")).to_have_text(["Row 1", "Row 3"])
    expect(row(page, "Awaiting approval")).to_have_count(2)

    page.locator("tbody .id").first.click()
    expect(page.locator(".facts")).to_contain_text("row 0")
    page.locator(".facts").get_by_role("link", name=batch).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Batch {batch}")


def test_a_batch_is_cancelled(windows: Windows, world: World) -> None:
    """Backing out changes nothing; agreeing ends every row."""
    batch_id = world.client.batched([marks.order()] * 2)
    page = entered(windows, world, f"#/batches/{batch_id}")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("dialog").get_by_role("button", name="Back").click()
    assert world.client.batch(batch_id)["status"] == "running"

    page.get_by_role("button", name="Cancel").click()
    agree(page, "Cancel the batch")
    expect(page.locator("#said")).to_contain_text("The batch is cancelled")
    expect(page.locator(".standing")).to_contain_text("2 of 2 rows have finished", timeout=LIVE_MS)
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)


def test_anothers_batch(windows: Windows, world: World, batch: str) -> None:
    """A key without `readAll` sees its own batches and no other's."""
    own = world.client.by(MAKER_KEY).batched([marks.order()])
    page = entered(windows, world, "#/batches", key=MAKER_KEY)
    expect(row(page, own)).to_be_visible()
    expect(row(page, batch)).to_have_count(0)
    expect(page.locator("#view")).to_contain_text("others need the role readAll")
    page.evaluate(f"location.hash = '#/batches/{batch}'")
    expect(page.locator("#view")).to_contain_text("There is no such batch, or it is not yours")
    world.client.cancel_batch(own)


def ruled(page: Page, document: dict[str, Any] | None = None) -> None:
    """As if this were in force; without `document` it is as a key without `operate` sees it."""
    rules = [
        {
            **{name: one[name] for name in ("id", "reason", "then")},
            "stage": one["stage"]["name"] if "stage" in one else None,
            "phase": one.get("phase"),
        }
        for one in DOCUMENT["rules"]
    ]
    standing = {"state": "current", "source": "blob", "version": DOCUMENT["version"]}
    body = {**standing, "sha256": "ab" * 32, "faults": [], "rules": rules, "document": document}

    def serve(route: Route) -> None:
        route.fulfill(json=body)

    page.route("**/api/policy", serve)


def test_rules_in_plain_words(windows: Windows, world: World) -> None:
    """What each rule looks for, and what follows, is a sentence; a reader sees the reasons only."""
    page = entered(windows, world)
    ruled(page, DOCUMENT)
    go(page, "Policy")
    expect(row(page, "other-brands")).to_contain_text("The prompt has “fabrikam”, “northwind” or")
    expect(row(page, "alt-text")).to_contain_text("An alt text is missing")
    expect(row(page, "unseen")).to_contain_text(
        "No approval is asked for, but not when the caller is test-flow"
    )
    expect(row(page, "free-prompts")).to_contain_text(
        "The caller is shop, with no template and no images are given to be edited"
    )
    expect(row(page, "dear")).to_contain_text("cost before generation")

    page = entered(windows, world, key=world.keys.read_only)
    ruled(page)
    go(page, "Policy")
    expect(row(page, "other-brands")).to_contain_text("consent of their owner")
    expect(page.get_by_role("columnheader", name="When")).to_have_count(0)
    expect(page.get_by_label("Policy document")).to_have_count(0)
    expect(page.locator("#view")).to_contain_text("told to keys with the role operate")


def test_replay(windows: Windows, world: World) -> None:
    """What another document would have said to the past; what is wrong with one is named."""
    request_id = world.client.submitted(marks.order(purpose="a heron for the replay"))
    page = entered(windows, world, "#/policy")
    field = page.get_by_label("Policy document")
    ask = page.get_by_role("button", name="Ask it")
    field.fill("{")
    ask.click()
    expect(page.locator("#view")).to_contain_text("This is no JSON")
    field.fill(json.dumps({"version": "x", "rules": [{"id": "no-when"}]}))
    ask.click()
    expect(page.locator("#view")).to_contain_text("#/policy/rules/0/when")

    field.fill(json.dumps(HERONS))
    ask.click()
    expect(row(page, request_id)).to_contain_text("Rejected")
    expect(row(page, request_id)).to_contain_text("herons")
    expect(field).to_have_value(json.dumps(HERONS))
    page.get_by_role("button", name="Begin with the one in force").click()
    expect(field).to_have_value(json.dumps(json.loads(field.input_value()), indent=2))
    world.client.cancel(request_id)


def test_a_template(windows: Windows, world: World) -> None:
    """Its versions, its prompt, and a dry run with the example's values or others."""
    for title in ("Shelf", "Shelf of the shop"):
        assert world.client.put_template("shelf", {**SHELF, "title": title}).status == 200
    page = entered(windows, world, "#/templates")
    expect(row(page, "Shelf of the shop")).to_contain_text("brand team")
    page.get_by_role("link", name="shelf").click()
    expect(page.locator("blockquote code")).to_have_text(["{product}", "{wood}", "{count}"])
    page.get_by_role("link", name="Version 1").click()
    expect(page.get_by_text("Shelf", exact=True)).to_be_visible()

    page.get_by_role("button", name="Dry run").click()
    expect(page.locator("#view")).to_contain_text("It would be accepted.")
    expect(page.locator("#view")).to_contain_text("Would cost about")
    page.get_by_label("Product").fill("cup " * 30)
    page.get_by_role("button", name="Dry run").click()
    expect(page.locator("#view")).to_contain_text("It would be refused.")
    expect(page.locator("#view")).to_contain_text("#/template/variables/product")


@pytest.mark.parametrize("look", LOOKS)
def test_looks(windows: Windows, world: World, batch: str, look: Look) -> None:
    """No serious finding in any of these views, and nothing wider than the window."""
    assert world.client.put_template("shelf", SHELF).status == 200
    page = entered(windows, world, look=look)
    ruled(page, DOCUMENT)
    for place in ("Batches", "Policy", "Templates"):
        go(page, place)
        windows.judged(page, f"{place.lower()}-{look}")
    page.evaluate(f"location.hash = '#/batches/{batch}'")
    expect(page.get_by_role("heading", level=1)).to_contain_text(batch)
    shown(page)
    windows.judged(page, f"batch-{look}")
    page.evaluate("location.hash = '#/templates/shelf'")
    expect(page.get_by_role("heading", level=1)).to_have_text("Template shelf")
    shown(page)
    page.get_by_role("button", name="Dry run").click()
    expect(page.locator("#view")).to_contain_text("It would be accepted.")
    windows.judged(page, f"template-{look}")
    page.evaluate("location.hash = '#/policy'")
    shown(page)
    page.get_by_label("Policy document").fill(json.dumps(HERONS))
    page.get_by_role("button", name="Ask it").click()
    expect(page.locator("#view")).to_contain_text("rejected")
    windows.judged(page, f"replay-{look}")
