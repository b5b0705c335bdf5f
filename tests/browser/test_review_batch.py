"""One verdict for a whole batch: every row is looked at, one is rejected, the others are kept."""

from datetime import timedelta

from playwright.sync_api import Page, expect

from dev.review_token import Opening, make_token
from tests.browser.reviewers import ANA, stage
from tests.browser.windows import Windows
from tests.e2e.waiting import until
from tests.e2e.world import World

ROWS = 3
TICK = "No real person can be recognised"


def asked(world: World) -> str:
    """A batch whose rows all have their images."""
    items = [
        {"prompt": f"Kite {row}", "quality": "low", "purpose": f"Tile {row}"} for row in range(ROWS)
    ]
    approval = {"after": [stage("brand", ANA, checklist=[TICK])]}
    batch_id = world.client.batched(
        items, name="Autumn tiles", approval=approval, approvalScope="batch"
    )
    until(lambda: world.client.batch(batch_id)["approval"], "people are asked about the whole")
    return batch_id


def link(world: World, batch_id: str, who: str) -> str:
    approval = world.client.batch(batch_id)["approval"]
    opening = Opening(approval["stage"], approval["round"], approval["root"], "batch")
    expires_at = world.time.now() + timedelta(hours=1)
    return f"review#{make_token(world.keys, batch_id, opening, who, expires_at)}"


def ready(page: Page) -> None:
    expect(page.get_by_role("heading", name="Your verdict on all rows")).to_be_visible()
    for row in range(ROWS):
        page.locator(f'[data-row="{row}"] img').first.scroll_into_view_if_needed()
    expect(page.locator(".shot img[src]")).to_have_count(ROWS)


def test_all_but_one(windows: Windows, world: World) -> None:
    """What is rejected by name is not released; nothing is missing for those who cannot see it."""
    batch_id = asked(world)
    page = windows.open(link(world, batch_id, ANA))
    ready(page)
    expect(page.get_by_role("heading", name="Autumn tiles")).to_be_visible()
    page.locator("article").nth(1).get_by_text("Reject", exact=True).click()
    page.locator("#why-1").fill("The kite is cut off")
    expect(page.locator("#summary")).to_have_text("Approve 2 rows and reject 1 row.")
    page.screenshot(path=windows.shelf() / "batch.png", full_page=True)
    assert windows.findings(page) == []
    page.get_by_role("button", name="Approve 2 rows").click()
    expect(page.locator("#gaps")).to_contain_text(f"Not ticked: {TICK}")
    page.get_by_label(TICK).check()
    page.get_by_role("button", name="Approve 2 rows").click()
    expect(page.get_by_role("heading", name="Your verdict is recorded")).to_be_visible()
    expect(page.locator("#decide")).to_contain_text("You approved all but 1 row.")

    until(lambda: world.client.batch(batch_id)["completedAt"], "every row is over")
    found = world.client.batch(batch_id)
    assert found["counts"] == {"approved": 2, "rejected": 1}
    assert [one["status"] for one in found["items"]] == ["approved", "rejected", "approved"]
    assert windows.findings(page) == []
