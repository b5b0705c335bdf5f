"""The page in light, in dark and on a phone: pictures for people, findings for axe-core."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.reviewers import ANA, BO, CARO, Desk, stage
from tests.browser.windows import Windows
from tests.e2e.world import World

LEGAL = stage(
    "legal",
    ANA,
    BO,
    rule="all",
    delegate=True,
    checklist=["No real person can be recognised", "No third-party logo or trademark"],
)


@pytest.fixture(scope="module")
def desk(world: World) -> Desk:
    return Desk(world)


@pytest.fixture(scope="module")
def in_review(desk: Desk) -> str:
    """A second round that waits for two people."""
    request_id = desk.asked(
        *(LEGAL, stage("brand", CARO)),
        n=2,
        altText="A lighthouse on a rocky coast at dusk",
        includePrompt=True,
    )
    wish = {"decision": "revise", "reviewer": ANA, "comment": "Warmer light", "images": []}
    for who in (ANA, BO):
        assert desk.world.client.decide(request_id, wish | {"reviewer": who}).status == 200
    desk.opened(request_id, "legal", 2)
    return request_id


@pytest.fixture(scope="module")
def decided(desk: Desk) -> str:
    request_id = desk.asked(stage("brand", ANA), n=2)
    images = [
        {"index": 0, "decision": "approve"},
        {"index": 1, "decision": "reject", "comment": "The tower leans to the left."},
    ]
    verdict = {"decision": "approve", "reviewer": ANA, "comment": "Lovely", "images": images}
    assert desk.world.client.decide(request_id, verdict).status == 200
    desk.world.client.reached(request_id, "approved")
    return request_id


@pytest.fixture(scope="module")
def prompt(desk: Desk) -> str:
    approval = {"before": [stage("prompt")], "after": [stage()]}
    return desk.asked(approval=approval)


def test_open(windows: Windows, desk: Desk, in_review: str) -> None:
    """An open review: as it comes, with a change wished for, and with something missing."""
    page = windows.open(desk.link(in_review, ANA))
    expect(page.locator("main img[src]")).to_have_count(4)
    windows.judged_in_each_look(page, "as-it-comes")
    page.get_by_text("Keep", exact=True).first.click()
    page.get_by_text("Change", exact=True).last.click()
    windows.judged_in_each_look(page, "a-change")
    page.get_by_text("Reject", exact=True).last.click()
    page.get_by_label("Why not?").fill("The tower leans to the left.")
    page.get_by_role("button", name="Approve 1 image").click()
    expect(page.locator("#gaps")).to_be_visible()
    windows.judged_in_each_look(page, "something-missing")
    assert small_targets(page) == []


def small_targets(page: Page) -> list[str]:
    """What is pressed or filled in, and is not as high as a finger needs it."""
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('button, label.tick, .choice label, textarea, summary')]"
        ".filter(one => one.offsetParent && one.getBoundingClientRect().height < 44)"
        ".map(one => one.outerHTML)"
    )
    return found


def test_large(windows: Windows, desk: Desk, in_review: str) -> None:
    """An image as large as the window."""
    page = windows.open(desk.link(in_review, ANA))
    page.locator(".shot .opener").first.click()
    expect(page.locator("#viewer img[src]")).to_have_count(1)
    windows.judged_in_each_look(page, "large")
    page.get_by_role("button", name="Real size").click()
    assert windows.findings(page) == []


def test_decided(windows: Windows, desk: Desk, decided: str) -> None:
    """A decided review says what was decided, and by whom."""
    page = windows.open(desk.link(decided, ANA))
    expect(page.get_by_role("heading", name="Your verdict is recorded")).to_be_visible()
    expect(page.locator(".shot img[src]")).to_have_count(1)
    windows.judged_in_each_look(page, "decided")


def test_prompt(windows: Windows, desk: Desk, prompt: str) -> None:
    """A prompt that is to be decided on."""
    page = windows.open(desk.link(prompt))
    expect(page.get_by_text("May this be generated?")).to_be_visible()
    windows.judged_in_each_look(page, "prompt")


def test_dead_end(windows: Windows) -> None:
    """A link that opens nothing."""
    page = windows.open("review")
    expect(page.get_by_role("heading", name="Please open this page by your link")).to_be_visible()
    windows.judged_in_each_look(page, "dead-end")
