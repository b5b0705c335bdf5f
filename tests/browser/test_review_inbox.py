"""What waits for one person: the most urgent first, one after the other on the same page."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.reviewers import ANA, Desk, stage
from tests.browser.windows import LOOKS, Windows
from tests.e2e.world import World

# Other tests ask other people.
DORA = "dora@contoso.com"


@pytest.fixture(scope="module")
def desk(world: World) -> Desk:
    return Desk(world)


@pytest.fixture(scope="module")
def links(desk: Desk) -> list[str]:
    """Three that wait for one person, asked for in another order than they are due."""
    asked = [
        desk.asked(stage("brand", DORA, deadline="P9D"), purpose="Last: the winter card"),
        desk.asked(stage("brand", DORA, deadline="PT2H"), purpose="First: the autumn page", n=2),
        desk.asked(
            approval={"before": [stage("idea", DORA, deadline="P2D")], "after": [stage()]},
            purpose="Then: an idea",
        ),
        desk.asked(stage("brand", ANA), purpose="Somebody else's"),
    ]
    return [desk.link(one, DORA) for one in asked[:3]]


def opened(page: Page) -> list[str]:
    """The inbox, item by item."""
    expect(page.locator("#show-inbox")).to_contain_text("waiting")
    if page.locator("#inbox").is_hidden():
        page.locator("#show-inbox").click()
    return page.locator("#inbox strong").all_inner_texts()


def test_how_it_looks(windows: Windows, links: list[str]) -> None:
    """The oldest deadline comes first, the one that is open is marked."""
    page = windows.open(links[0])
    expect(page.locator("main .shot img[src]")).to_have_count(1)
    texts = opened(page)
    assert [one.split(":")[0] for one in texts] == ["First", "Then", "Last"]
    expect(page.locator("#inbox [aria-current]")).to_contain_text("Last")
    for look in LOOKS:
        windows.turn(page, look)
        windows.picture(page, f"inbox-{look}")
        assert windows.findings(page) == []


def test_nobody_loses_their_place(windows: Windows, links: list[str]) -> None:
    """The list is read again and again, and drawn again only where something is different."""
    page = windows.open(links[0])
    opened(page)
    item = page.locator("#inbox .item").nth(1)
    item.focus()
    for _ in range(2):
        with page.expect_response("**/reviews"):
            page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_timeout(200)

    expect(item).to_be_focused()
    expect(item).to_contain_text("due in")


def test_one_after_the_other(windows: Windows, links: list[str]) -> None:
    """One opens in place; once it is decided the next is offered, until nothing waits."""
    page = windows.open(links[0])
    opened(page)
    page.get_by_role("button", name="First: the autumn page").click()
    expect(page.get_by_role("heading", name="First: the autumn page")).to_be_visible()
    page.locator("#reject-all").click()
    page.get_by_role("button", name="Reject all images").click()
    expect(page.locator("#show-inbox")).to_contain_text("2 waiting")
    page.get_by_role("button", name="Then: an idea").last.click()

    expect(page.get_by_role("heading", name="Then: an idea")).to_be_visible()
    page.get_by_text("No, reject").click()
    page.get_by_role("button", name="Send verdict").click()
    expect(page.locator("#next-one")).to_contain_text("Last: the winter card")
    page.keyboard.press("n")
    expect(page.get_by_role("heading", name="Last: the winter card")).to_be_visible()
    expect(page.locator("main .shot img[src]")).to_have_count(1)
    page.keyboard.press("a")
    page.get_by_role("button", name="Approve 1 image").click()

    expect(page.locator("#show-inbox")).to_contain_text("Nothing waits")
    page.go_back()
    expect(page.get_by_role("heading", name="Then: an idea")).to_be_visible()


def test_no_inbox_without_a_name(windows: Windows, desk: Desk) -> None:
    """A link for anybody opens one request, and nobody's inbox."""
    page = windows.open(desk.link(desk.asked(stage("brand", DORA))))
    expect(page.locator("#send")).to_be_visible()
    expect(page.locator("#show-inbox")).to_be_hidden()
