"""Reviewing without a link: by the address in the resource, with a key of the role `decide`."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console import entered, give_key, go
from tests.browser.reviewers import ANA, BO, CARO, Desk, decisions, stage
from tests.browser.windows import Windows
from tests.e2e.world import ASKER_KEY, JUDGE_KEY, MAKER_KEY, World


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def page_of(windows: Windows, desk: Desk, request_id: str, key: str | None = None) -> Page:
    link = str(desk.world.client.resource(request_id)["links"]["review"])
    page = windows.open(link.removeprefix(f"{desk.world.places.api_url}/"))
    if key:
        give_key(page, key)
    return page


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", name=text)).to_be_visible()


def test_a_key_decides(windows: Windows, desk: Desk) -> None:
    """A wrong key is refused; a good one looks and decides, and the record says whose it was."""
    request_id = desk.asked(n=2)
    page = page_of(windows, desk, request_id)
    heading(page, "Sign in to decide")
    expect(page.get_by_label("Function key")).to_be_focused()
    windows.judged_in_each_look(page, "sign-in")
    windows.turn(page, "light")
    give_key(page, "no-key-of-this-app")
    expect(page.locator("#key-fault")).to_have_text("This key was not accepted.")

    give_key(page, JUDGE_KEY)
    heading(page, "Your verdict")
    expect(page.locator(".shot img[src]")).to_have_count(2)
    expect(page.locator("#reviewer-hint")).to_contain_text("the record says “judge”")
    assert JUDGE_KEY not in page.url and page.evaluate("localStorage.length") == 0
    page.get_by_role("button", name="Keep all").click()
    page.get_by_role("button", name="Approve 2 images").click()
    heading(page, "Your verdict is recorded")
    expect(page.get_by_text("You approved all images.")).to_be_visible()

    [said] = decisions(desk, request_id)
    assert (said["reviewer"], said["via"]) == ("judge", "caller")
    page.get_by_role("button", name="Sign out").click()
    heading(page, "Sign in to decide")
    assert page.evaluate("sessionStorage.length") == 0


def test_in_a_reviewers_name(windows: Windows, desk: Desk) -> None:
    """Where reviewers are named, the key's holder says for which of them the verdict is."""
    request_id = desk.asked(stage("brand", ANA, BO))
    page = page_of(windows, desk, request_id, JUDGE_KEY)
    page.get_by_text("Reject", exact=True).click()
    page.get_by_role("button", name="Reject the image").click()
    expect(page.locator("#gaps")).to_contain_text("Say who you are")
    page.get_by_label("Your mail address").fill(BO)
    page.get_by_role("button", name="Reject the image").click()

    heading(page, "Your verdict is recorded")
    [said] = decisions(desk, request_id)
    assert (said["reviewer"], said["decision"], said["via"]) == (BO, "reject", "caller")


def test_own_request(windows: Windows, desk: Desk) -> None:
    """Whose own request it is sees it, and reads why it is not theirs to decide."""
    maker = desk.world.client.by(MAKER_KEY)
    request_id = maker.submitted({"prompt": "A heron", "quality": "low"})
    maker.reached(request_id, "awaitingApproval")
    page = page_of(windows, desk, request_id, MAKER_KEY)

    heading(page, "You cannot decide on a request of your own")
    expect(page.locator(".shot img[src]")).to_have_count(1)
    expect(page.locator("#send")).to_have_count(0)
    windows.judged_in_each_look(page, "own-request")


def test_a_key_without_the_role(windows: Windows, desk: Desk) -> None:
    """It is told what it lacks, and another key can be given."""
    request_id = desk.asked()
    page = page_of(windows, desk, request_id, desk.world.keys.read_only)
    heading(page, "This key may not decide")
    windows.judged_in_each_look(page, "without-the-role")

    page.get_by_role("button", name="Use another key").click()
    give_key(page, JUDGE_KEY)
    heading(page, "Your verdict")


def test_nobody_was_asked(windows: Windows, desk: Desk) -> None:
    """The address stays good: it says how the request stands when there is nothing to decide."""
    desk.world.simulator.order({"kind": "400", "times": 1})
    request_id = desk.world.client.submitted({"prompt": "A heron", "purpose": "A heron"})
    desk.world.client.reached(request_id, "failed")
    page = page_of(windows, desk, request_id, JUDGE_KEY)

    heading(page, "This request has failed")
    expect(page.get_by_text("Nothing can be decided any more")).to_be_visible()
    windows.judged_in_each_look(page, "nobody-was-asked")


def test_money(windows: Windows, desk: Desk) -> None:
    """What no link may decide, a key may: whether a request spends more than the budget."""
    asker = desk.world.client.by(ASKER_KEY)
    request_id = asker.submitted({"prompt": "A heron", "quality": "low"})
    asker.reached(request_id, "awaitingApproval")
    page = page_of(windows, desk, request_id, JUDGE_KEY)
    expect(page.locator("#look")).to_contain_text("The budget of asker for this month")
    heading(page, "May it cost more than the budget?")
    windows.judged_in_each_look(page, "money")

    page.get_by_text("No, reject", exact=True).click()
    page.get_by_role("button", name="Send verdict").click()
    heading(page, "Your verdict is recorded")
    asker.reached(request_id, "rejected")


def test_from_the_console(windows: Windows, desk: Desk) -> None:
    """Whoever is signed in there reviews with the same key, and is not asked again."""
    request_id = desk.asked()
    page = entered(windows, desk.world, f"#/requests/{request_id}", key=JUDGE_KEY)
    page.get_by_role("link", name="Review and decide").click()
    heading(page, "Your verdict")
    page.go_back()
    go(page, "Waiting")
    page.get_by_role("link", name=f"Review {request_id}").click()
    heading(page, "Your verdict")
    expect(page.locator(".shot img[src]")).to_have_count(1)


def entered_all(page: Page, reviewer: str) -> None:
    """Everything that can be entered for two images."""
    expect(page.locator(".shot img[src]")).to_have_count(2)
    page.get_by_role("button", name="Keep all").click()
    page.get_by_label("Your mail address").fill(reviewer)
    page.locator("#alt-0").fill("A red lighthouse")
    page.locator("#comment").fill("Lovely, this first round")
    page.get_by_label("No real person").check()


def test_another_round_begins_anew(windows: Windows, desk: Desk) -> None:
    """What was entered for one round never moves on to images that nobody has looked at."""
    request_id = desk.asked(stage("brand", ANA, BO, checklist=["No real person"]), n=2)
    page = page_of(windows, desk, request_id, JUDGE_KEY)
    entered_all(page, ANA)
    wish = {"decision": "revise", "reviewer": BO, "comment": "Make it night"}
    assert desk.world.client.decide(request_id, wish).status == 200
    desk.opened(request_id, "brand", 2)

    expect(page.locator("#anew")).to_contain_text("“brand”, round 2, is asked now")
    expect(page.locator("#live")).to_contain_text("round 2, is asked now")
    expect(page.locator("#summary")).to_contain_text("Choose for each image")
    expect(page.locator("#comment")).to_have_value("")
    expect(page.get_by_label("No real person")).not_to_be_checked()
    page.locator("article").first.get_by_text("Keep", exact=True).click()
    expect(page.locator("#alt-0")).not_to_have_value("A red lighthouse")
    windows.judged_in_each_look(page, "round-begun-anew")


def test_another_stage_begins_anew(windows: Windows, desk: Desk) -> None:
    """Nor does it move on to the next stage, which asks other people another question."""
    later = stage("legal", CARO, checklist=["No real person"])
    request_id = desk.asked(stage("brand", ANA, checklist=["No real person"]), later, n=2)
    page = page_of(windows, desk, request_id, JUDGE_KEY)
    entered_all(page, ANA)
    verdict = {"decision": "approve", "reviewer": ANA, "checklist": ["No real person"]}
    assert desk.world.client.decide(request_id, verdict).status == 200
    desk.opened(request_id, "legal")

    expect(page.locator("#anew")).to_contain_text("The stage “legal” is asked now")
    expect(page.locator("#summary")).to_contain_text("Choose for each image")
    expect(page.get_by_label("No real person")).not_to_be_checked()


def test_signed_out(windows: Windows, desk: Desk) -> None:
    """Whoever signs in next finds nothing of what the last one had begun."""
    page = page_of(windows, desk, desk.asked(), JUDGE_KEY)
    page.locator("#comment").fill("my own half comment")
    page.get_by_role("button", name="Sign out").click()
    heading(page, "Sign in to decide")
    give_key(page, JUDGE_KEY)
    heading(page, "Your verdict")
    expect(page.locator("#comment")).to_have_value("")
