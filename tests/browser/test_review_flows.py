"""Reviewers at work: two stages, a round more, and each image by itself."""

import re

import pytest
from playwright.sync_api import Page, expect

from shared.chain.audit import verify
from tests.browser.reviewers import ANA, CARO, Desk, stage
from tests.browser.windows import Windows
from tests.e2e.world import World

LEGAL = stage("legal", ANA, checklist=["No real person can be recognised"])


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def ready(page: Page, images: int) -> None:
    """The form is there, and every image is shown."""
    expect(page.get_by_role("heading", name="Your verdict", exact=True)).to_be_visible()
    expect(page.locator(".shot img[src]")).to_have_count(images)


def recorded(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", name="Your verdict is recorded")).to_be_visible()
    expect(page.locator("#decide")).to_contain_text(words)


def released(desk: Desk, request_id: str, alt_text: str) -> None:
    """What was kept in both stages is there, with its text; the reasons stand in the record."""
    found = desk.world.client.reached(request_id, "approved")
    images = [one for one in found["images"] if one["round"] == 2]
    assert [one["state"] for one in images] == ["approved", "rejected"]
    assert images[0]["altText"] == alt_text
    verdicts = found["approval"]["decisions"]
    assert [(one["stage"], one["round"], one["decision"]) for one in verdicts] == [
        ("legal", 1, "revise"),
        ("legal", 2, "approve"),
        ("brand", 2, "approve"),
    ]
    assert verdicts[1]["images"][1]["comment"] == "The tower leans"
    assert verify(desk.world.client.evidence(request_id)) == []


def test_two_stages_by_clicks(windows: Windows, desk: Desk) -> None:
    """A change is asked for, then each image gets its own verdict, then the next stage has one."""
    request_id = desk.asked(LEGAL, stage("brand", CARO), n=2, includePrompt=True)
    page = windows.open(desk.link(request_id, ANA))
    ready(page, 2)
    page.locator("article").nth(1).get_by_text("Change", exact=True).click()
    page.get_by_label("What should change?").fill("Warmer light")
    expect(page.locator("#summary")).to_contain_text("Image 2 is changed in another round")
    page.get_by_role("button", name="Ask for another round").click()
    recorded(page, "You asked for a change.")

    desk.opened(request_id, "legal", 2)
    page = windows.open(desk.link(request_id, ANA))
    ready(page, 2)
    expect(page.get_by_role("heading", name="Round 1")).to_be_visible()
    expect(page.locator("#look")).to_contain_text("changed from image 2 of round 1")
    compare(windows, page)
    page.locator("article").nth(0).get_by_text("Keep", exact=True).click()
    page.locator("article").nth(1).get_by_text("Reject", exact=True).click()
    page.get_by_label("Why not?").fill("The tower leans")
    page.get_by_label("No real person can be recognised").check()
    page.get_by_role("button", name="Approve 1 image").click()
    recorded(page, "You approved image 1, rejected image 2.")
    expect(page.locator("#decide")).to_contain_text("The next stage, “brand”, is asked")

    desk.opened(request_id, "brand", 2)
    page = windows.open(desk.link(request_id, CARO))
    ready(page, 1)
    expect(page.locator(".stages [aria-current]")).to_contain_text("brand")
    expect(page.locator(".shot img")).to_have_attribute("alt", re.compile("^Image 1 of 2"))
    page.locator(".shot .opener").click()
    expect(page.get_by_role("dialog").get_by_role("heading")).to_contain_text("Image 1 of 2")
    page.keyboard.press("Escape")
    page.locator("article").get_by_text("Keep", exact=True).click()
    page.get_by_label("Alt text").fill("A lighthouse on a rocky coast")
    page.get_by_role("button", name="Approve 1 image").click()
    released(desk, request_id, "A lighthouse on a rocky coast")
    recorded(page, "1 image is released")


def compare(windows: Windows, page: Page) -> None:
    """The new image beside the one it came from."""
    page.locator("article .opener").first.click()
    viewer = page.get_by_role("dialog")
    viewer.get_by_role("button", name="Before / after").click()
    expect(viewer.locator("img[src]")).to_have_count(2)
    viewer.get_by_role("slider").press("End")
    expect(viewer.locator(".over")).to_have_css("clip-path", "inset(0px 0% 0px 0px)")
    viewer.get_by_role("slider").press("PageDown")
    page.screenshot(path=windows.shelf() / "before-and-after.png")
    assert windows.findings(page) == []
    viewer.get_by_role("button", name="Close").click()


def test_two_stages_by_keyboard(windows: Windows, desk: Desk) -> None:
    """The same without a mouse: by Tab, Space and arrows, and by the single keys."""
    request_id = desk.asked(LEGAL, stage("brand", CARO), n=2)
    page = windows.open(desk.link(request_id, ANA))
    ready(page, 2)
    press(page, "j", "j", "v")
    page.keyboard.type("Warmer light, and rays")
    expect(page.locator("#words-1")).to_have_value("Warmer light, and rays")
    assert marks(page) == ["", "revise"]
    tab_to(page, "#send")
    press(page, "Enter")
    recorded(page, "You asked for a change.")

    desk.opened(request_id, "legal", 2)
    page = windows.open(desk.link(request_id, ANA))
    ready(page, 2)
    zoomed_by_keys(page)
    tab_to(page, "#word-0-approve")
    press(page, "Space")
    tab_to(page, "#word-1-approve")
    press(page, "ArrowRight")
    tab_to(page, "#words-1")
    page.keyboard.type("The tower leans")
    tab_to(page, "#tick-0")
    press(page, "Space")
    tab_to(page, "#send")
    press(page, "Enter")
    recorded(page, "You approved image 1, rejected image 2.")

    desk.opened(request_id, "brand", 2)
    page = windows.open(desk.link(request_id, CARO))
    ready(page, 1)
    press(page, "a")
    tab_to(page, "#alt-0")
    press(page, "Control+a")  # in place of the draft
    page.keyboard.type("A lighthouse")
    tab_to(page, "#send")
    press(page, "Enter")
    recorded(page, "You approved.")
    released(desk, request_id, "A lighthouse")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def tab_to(page: Page, selector: str) -> None:
    """Whatever lies between, Tab gets there, and what has the focus can be seen."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            expect(page.locator(":focus")).to_be_in_viewport()
            return
    raise AssertionError(f"Tab never reached {selector}")


def marks(page: Page) -> list[str]:
    return [one.get_attribute("data-word") or "" for one in page.locator(".shot").all()]


def zoomed_by_keys(page: Page) -> None:
    """Enter opens, arrows go on, z shows the real size, Escape leads back to where one was."""
    tab_to(page, ".shot .opener")
    press(page, "Enter")
    title = page.get_by_role("dialog").get_by_role("heading")
    expect(title).to_contain_text("Image 1 of 2")
    press(page, "ArrowRight")
    expect(title).to_contain_text("Image 2 of 2")
    press(page, "z")
    expect(page.get_by_role("button", name="Real size")).to_have_attribute("aria-pressed", "true")
    press(page, "Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator(".shot .opener").first).to_be_focused()
