"""The console as an operator meets it."""

from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.windows import Look, Windows
from tests.e2e import marks
from tests.e2e.world import World

# The page looks again every five seconds; a machine under load is given several of them.
LIVE_MS = 30_000


def entered(
    windows: Windows, world: World, place: str = "", look: Look = "light", key: str | None = None
) -> Page:
    """Signed in, and the view of that place is there."""
    page = windows.open(f"console{place}", look)
    give_key(page, key or world.keys.function)
    expect(page.locator("#nav")).to_be_visible()
    shown(page)
    return page


def give_key(page: Page, key: str) -> None:
    field = page.get_by_label("Function key")
    field.fill(key)
    field.press("Enter")


def shown(page: Page) -> None:
    expect(page.locator("#view")).not_to_contain_text("Loading…", timeout=LIVE_MS)


def go(page: Page, place: str) -> None:
    """By the navigation."""
    page.get_by_role("navigation", name="Console").get_by_role("link", name=place).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(place)
    shown(page)


def row(page: Page, text: str) -> Locator:
    return page.get_by_role("row").filter(has_text=text)


def agree(page: Page, act: str) -> None:
    """Say yes to what the dialog asks."""
    page.get_by_role("dialog").get_by_role("button", name=act).click()


def approved(world: World, **fields: Any) -> str:
    """A request that somebody has approved, whose events all went to the receiver."""
    callback = {"callbackUrl": world.callback_url, "callbackEvents": ["*"]}
    request_id = world.client.submitted(marks.order(**callback, **fields))
    world.client.reached(request_id, "awaitingApproval")
    decision = {"decision": "approve", "reviewer": "ana@contoso.com"}
    assert world.client.decide(request_id, decision).status == 200
    world.client.reached(request_id, "approved")
    return request_id


def troubled(world: World) -> str:
    """A request whose paid call got no answer."""
    world.simulator.order({"kind": "cutAfterBilling", "times": 1})
    request_id = world.client.submitted(marks.order())
    world.client.reached(request_id, "needsAttention")
    return request_id
