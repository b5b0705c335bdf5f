"""The alt text's field begins with a model's draft, and says so."""

import re

import pytest
from playwright.sync_api import Page, expect

from dev.simulator.chat import STEM
from tests.browser.reviewers import Desk
from tests.browser.windows import Windows
from tests.e2e.world import World

DRAFTED = "A draft by a model"


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def keep(page: Page, number: int) -> None:
    expect(page.locator(".shot img[src]").nth(number)).to_be_visible()
    page.locator("article").nth(number).get_by_text("Keep", exact=True).click()


def test_a_draft_to_check(windows: Windows, desk: Desk) -> None:
    """One is left as it is, one corrected, one cleared; the record says whose words each are."""
    request_id = desk.asked(n=3)
    page = windows.open(desk.link(request_id))
    for number in range(3):
        keep(page, number)
        field = page.locator(f"#alt-{number}")
        expect(field).to_have_value(re.compile(f"^{STEM}: "))
        expect(page.locator(f"#alt-{number}-hint")).to_contain_text(DRAFTED)
    expect(page.locator(".shot img").first).to_have_attribute(
        "alt", re.compile(f"^Image 1 of 3.*{STEM}")
    )
    assert windows.findings(page) == []
    page.locator("#alt-1").fill("A lighthouse")
    page.locator("#alt-2").fill("")
    page.get_by_label("Your mail address").fill("ana@contoso.com")
    page.get_by_role("button", name="Approve 3 images").click()
    expect(page.get_by_role("heading", name="Your verdict is recorded")).to_be_visible()

    found = desk.world.client.reached(request_id, "approved")["images"]
    said = [(one["altText"], one["altTextBy"]) for one in found]
    assert said[1:] == [("A lighthouse", "reviewer"), (None, "reviewer")]
    assert said[0][0].startswith(STEM) and said[0][1] == "model"


def test_the_callers_own(windows: Windows, desk: Desk) -> None:
    """What the caller has written is no draft."""
    page = windows.open(desk.link(desk.asked(altText="Our lighthouse")))
    keep(page, 0)

    expect(page.locator("#alt-0")).to_have_value("Our lighthouse")
    expect(page.locator("#alt-0-hint")).not_to_contain_text(DRAFTED)
