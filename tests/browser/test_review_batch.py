"""One verdict for a whole batch: every row is looked at, one is rejected, the others are kept."""

from datetime import timedelta
from typing import Any

from playwright.sync_api import Page, Route, expect

from dev.review_token import Opening, make_token
from tests.browser.console import LIVE_MS, entered, row, shown
from tests.browser.reviewers import ANA, BO, Desk, stage
from tests.browser.windows import Windows
from tests.e2e.waiting import until
from tests.e2e.world import World

ROWS = 3
TICK = "No real person can be recognised"


def asked(world: World, *reviewers: str, **more: Any) -> str:
    """A batch whose rows all have their images."""
    items = [
        {"prompt": f"Kite {row}", "quality": "low", "purpose": f"Tile {row}"} for row in range(ROWS)
    ]
    approval = {"after": [stage("brand", *(reviewers or [ANA]), checklist=[TICK], **more)]}
    batch_id = world.client.batched(
        items, name="Autumn tiles", approval=approval, approvalScope="batch"
    )
    until(lambda: world.client.batch(batch_id)["approval"], "people are asked about the whole")
    return batch_id


def link(world: World, batch_id: str, who: str | None) -> str:
    approval = world.client.batch(batch_id)["approval"]
    opening = Opening(approval["stage"], approval["round"], approval["root"], "batch")
    expires_at = world.time.now() + timedelta(hours=1)
    return f"review#{make_token(world.keys, batch_id, opening, who, expires_at)}"


def look_again(page: Page, times: int = 3) -> None:
    """Every third look reads rows anew."""
    for _ in range(times):
        with page.expect_response("**/batches/*/review?*"):
            page.evaluate("dispatchEvent(new Event('online'))")


def blocked(windows: Windows, path: str, pattern: str, handler: Any) -> Page:
    """A window in which some requests meet something from the beginning."""
    page = windows.open("review")
    page.route(pattern, handler)
    page.goto(f"{windows.api_url}/{path}")
    page.reload()
    return page


def two_at_a_time(route: Route) -> None:
    route.continue_(url=route.request.url.replace("limit=50", "limit=2"))


def reject(page: Page, row: int, why: str) -> None:
    page.locator(f'article[data-row="{row}"]').get_by_text("Reject", exact=True).click()
    page.locator(f"#why-{row}").fill(why)


def ready(page: Page) -> None:
    expect(page.get_by_role("heading", name="Your verdict on all rows")).to_be_visible()
    for number in range(ROWS):
        page.locator(f'[data-row="{number}"] img').first.scroll_into_view_if_needed()
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


def test_links_that_are_over(windows: Windows, world: World) -> None:
    """Nothing is approved before it was shown; rows are read again for links that still hold."""
    batch_id = asked(world)
    over: set[str] = set()

    def end(route: Route) -> None:
        if len(over) < ROWS:
            over.add(route.request.url)
        route.abort() if route.request.url in over else route.continue_()

    page = blocked(windows, link(world, batch_id, ANA), "**/content/**", end)
    page.get_by_label(TICK).check()
    expect(page.locator("#unshown")).to_contain_text("3 rows have not been shown yet.")
    windows.judged_in_each_look(page, "not-shown")
    page.get_by_role("button", name="Approve 3 rows").click()
    expect(page.locator("#gaps")).to_contain_text("Look at them first, or reject them.")
    page.get_by_role("button", name="Show the next").click()
    expect(page.locator('article[data-row="0"]')).to_be_focused()
    assert world.client.batch(batch_id)["approval"]["decisions"] == []

    look_again(page)
    expect(page.locator(".shot img[src]")).to_have_count(ROWS)
    expect(page.locator("#unshown")).to_be_hidden()
    expect(page.locator("#gaps")).to_be_hidden()
    page.get_by_role("button", name="Approve 3 rows").click()
    expect(page.locator("#decide")).to_contain_text("You approved all rows.")


def test_more_rows_than_a_page(windows: Windows, world: World) -> None:
    """However often one asks for more, each row comes once; the first new one has the focus."""
    path = link(world, asked(world), ANA)
    page = blocked(windows, path, "**/review?*limit=50*", two_at_a_time)
    expect(page.locator(".shot")).to_have_count(2)
    expect(page.locator("#summary")).to_have_text("Approve 3 rows.")
    reject(page, 0, "Cut off")
    page.locator("#more").dblclick()

    expect(page.locator('article[data-row="2"]')).to_be_focused()
    expect(page.locator(".shot")).to_have_count(3)
    expect(page.locator("#more")).to_be_hidden()
    expect(page.locator("#summary")).to_have_text("Approve 2 rows and reject 1 row.")
    expect(page.locator("#why-0")).to_have_value("Cut off")
    look_again(page, 6)
    expect(page.locator(".shot")).to_have_count(3)


def test_show_all(windows: Windows, world: World) -> None:
    """Whatever is not here yet is read, and every image of it is fetched."""
    path = link(world, asked(world), ANA)
    page = blocked(windows, path, "**/review?*limit=50*", two_at_a_time)
    page.get_by_role("button", name="Show all").click()

    expect(page.locator(".shot img[src]")).to_have_count(ROWS)
    expect(page.locator("#unshown")).to_be_hidden()
    expect(page.locator("#more")).to_be_hidden()


def test_all_rows_at_once(windows: Windows, world: World) -> None:
    """One button marks every row, also those that are not here yet; another one sends."""
    batch_id = asked(world)
    page = blocked(windows, link(world, batch_id, ANA), "**/review?*limit=50*", two_at_a_time)
    page.locator("#reject-all").click()
    expect(page.locator("#summary")).to_have_text("Reject all 3 rows.")
    expect(page.locator("#word-0-reject")).to_be_checked()
    expect(page.locator("#unshown")).to_be_hidden()
    assert world.client.batch(batch_id)["approval"]["decisions"] == []
    page.get_by_role("button", name="Keep all").click()
    expect(page.locator("#summary")).to_have_text("Approve 3 rows.")
    expect(page.locator("#unshown")).to_be_visible()

    page.locator("#reject-all").click()
    page.locator("#more").click()
    expect(page.locator("#word-2-reject")).to_be_checked()
    page.locator("#send").click()
    expect(page.locator("#decide")).to_contain_text("You rejected all rows.")


def test_back_to_a_batch(windows: Windows, world: World) -> None:
    """What was chosen and written is there again after a look at something else."""
    desk = Desk(world)
    other = desk.link(desk.asked(stage("brand", ANA)), ANA).partition("#")[2]
    page = windows.open(link(world, asked(world), ANA))
    ready(page)
    reject(page, 2, "Not our colours")
    page.locator("#comment").fill("Please look again")
    page.get_by_label(TICK).check()
    page.evaluate("token => (location.hash = token)", other)
    expect(page.locator(".shot-head")).to_be_visible()
    page.go_back()

    expect(page.locator("#summary")).to_have_text("Approve 2 rows and reject 1 row.")
    expect(page.locator("#why-2")).to_have_value("Not our colours")
    expect(page.locator("#comment")).to_have_value("Please look again")
    expect(page.get_by_label(TICK)).to_be_checked()
    expect(page.locator(".shot")).to_have_count(ROWS)


def test_while_one_looks(windows: Windows, world: World) -> None:
    """A row that is cancelled meanwhile is offered no more; a failed look leaves no trace."""
    batch_id = asked(world)
    page = windows.open(link(world, batch_id, ANA))
    ready(page)
    page.route("**/batches/*/review?*", lambda route: route.abort())
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#banner")).to_contain_text("The server cannot be reached")
    page.unroute("**/batches/*/review?*")
    world.client.cancel(world.client.batch(batch_id)["items"][1]["id"])
    page.locator("#why-0").evaluate("one => (one.closest('.note').hidden = false)")
    page.locator("#why-0").focus()
    look_again(page)

    expect(page.locator("#banner")).to_be_hidden()
    expect(page.locator('article[data-row="1"]')).to_contain_text("waits for no answer any more")
    expect(page.locator("#summary")).to_have_text("Approve 2 rows.")
    expect(page.locator("#why-0")).to_be_focused()
    page.locator("#why-0").blur()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_contain_text("Go to your verdict")
    expect(page.get_by_role("dialog", name="Keyboard")).not_to_contain_text("Keep the image")


def test_sent_and_taken_back(windows: Windows, world: World) -> None:
    """It is sent once, however often one presses; what fails is said, and nothing else."""
    batch_id = asked(world, releaseDelay="PT10M")
    page = windows.open(link(world, batch_id, ANA))
    ready(page)
    page.get_by_label(TICK).check()
    page.context.set_offline(True)
    page.locator("#send").click()
    expect(page.locator("#gaps")).to_contain_text("Your verdict was not sent")
    page.context.set_offline(False)
    expect(page.locator("#gaps")).to_contain_text("The server is reached again")
    posts: list[str] = []
    page.on("request", lambda one: posts.append(one.url) if one.method == "POST" else None)
    page.locator("#send").dblclick()
    expect(page.locator("#decide")).to_contain_text("You approved all rows.")
    assert len(posts) == 1

    page.get_by_role("button", name="Take it back").focus()
    look_again(page)
    expect(page.get_by_role("button", name="Take it back")).to_be_focused()
    page.route("**/decision", lambda route: route.abort())
    page.keyboard.press("Enter")
    expect(page.locator("#decide .fault")).to_contain_text("Your verdict was not taken back")
    page.unroute("**/decision")
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("#send")).to_be_visible()
    expect(page.locator("#live p").last).to_have_text("Your verdict is taken back.")


def test_two_at_one_window(windows: Windows, world: World) -> None:
    """By a link for whoever has it, the next one says that the name there is not theirs."""
    batch_id = asked(world, ANA, BO, rule="all")
    page = windows.open(link(world, batch_id, None))
    ready(page)
    page.get_by_label("Your mail address").fill(ANA)
    page.locator("#reject-all").click()
    page.locator("#send").click()
    expect(page.locator("#decide")).to_contain_text("You rejected all rows.")
    page.get_by_role("button", name="Not you?").click()

    expect(page.get_by_label("Your mail address")).to_have_value("")


def test_a_row_by_itself(windows: Windows, world: World) -> None:
    """Whoever comes to a row by a key is led to its batch, and told why it is decided there."""
    batch_id = asked(world)
    [first, *_] = [one["id"] for one in world.client.batch(batch_id)["items"]]
    page = entered(windows, world, "#/waiting")
    expect(row(page, first)).to_contain_text("Decided with its batch", timeout=LIVE_MS)
    expect(page.get_by_role("link", name=f"Review {first}")).to_have_count(0)
    page.get_by_role("link", name=first).click()
    expect(page.locator(".standing")).to_contain_text("decided with its batch")
    expect(page.get_by_role("link", name="Review and decide")).to_have_count(0)
    page.get_by_role("link", name="with its batch").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Batch {batch_id}")
    shown(page)

    page.goto(f"{windows.api_url}/review#request={first}")
    expect(page.get_by_role("heading", name="It is decided with its whole batch")).to_be_visible()
    expect(page.locator("#send")).to_have_count(0)
