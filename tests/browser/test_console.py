"""What an operator does at the console, in a real browser on the running system."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.console import (
    LIVE_MS,
    agree,
    approved,
    entered,
    give_key,
    go,
    row,
    shown,
    troubled,
)
from tests.browser.windows import Windows
from tests.e2e import marks
from tests.e2e.waiting import until
from tests.e2e.world import MAKER_KEY, SAVER_KEY, SAVERS_BUDGET_USD, World


def test_requests_appear_live(windows: Windows, world: World) -> None:
    """A new request is there without a reload, and so is its end; what was typed is not lost."""
    page = entered(windows, world)
    page.evaluate("window.loadedOnce = true")
    field = page.get_by_label("Request", exact=True)
    field.fill("half an i")
    request_id = world.client.submitted(marks.order(purpose="appears by itself"))

    expect(row(page, request_id)).to_contain_text("appears by itself", timeout=LIVE_MS)
    expect(row(page, request_id)).to_contain_text("anyone who may decide", timeout=LIVE_MS)
    world.client.cancel(request_id)
    expect(row(page, request_id)).to_contain_text("Cancelled", timeout=LIVE_MS)

    expect(field).to_be_focused()
    expect(field).to_have_value("half an i")
    assert page.evaluate("window.loadedOnce") is True


def test_time_line(windows: Windows, world: World) -> None:
    """An approved request tells its story in order: who, how long, what it cost; back works."""
    request_id = approved(world, n=2, purpose="hero image")
    page = entered(windows, world)
    page.get_by_role("link", name=request_id).click()

    expect(page.get_by_role("heading", level=1)).to_be_focused()
    told = page.locator(".timeline strong")
    expect(told).to_have_text(
        [
            "Accepted from local-admin",
            "Screened: nothing against it",
            "Call 1 to img-local begins",
            "2 images stored",
            "Stage “review” asks people",
            "ana@contoso.com approved",
            "Release of images 1 and 2 begins",
            "Approved: 2 images released",
        ]
    )
    expect(page.locator(".timeline .lasted")).to_have_count(7)
    expect(page.get_by_role("img", name="Image 2, AI-generated")).to_be_visible()
    expect(page.locator(".timeline")).to_contain_text("C2PA valid")
    expect(page.locator("figcaption").first).to_contain_text("by Darkroom simulator 1")
    cost = world.client.resource(request_id)["cost"]["amount"]
    expect(page.locator(".facts")).to_contain_text(f"{cost:.4f} USD")
    expect(row(page, "request.approved")).to_contain_text("Delivered", timeout=LIVE_MS)

    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Requests")


def test_erase(windows: Windows, world: World) -> None:
    """Only who types the end of its id erases a request; then its images are not there any more."""
    request_id = approved(world, purpose="to be forgotten")
    page = entered(windows, world, f"#/requests/{request_id}")
    page.get_by_role("button", name="Erase").click()
    field = page.get_by_label("Type the last 6 characters")
    field.fill("wrong")
    agree(page, "Erase it")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert world.client.resource(request_id)["erasure"] is None

    field.fill(request_id[-6:])
    agree(page, "Erase it")

    expect(page.locator("#view")).to_contain_text("Only the record is left", timeout=LIVE_MS)
    expect(page.locator(".timeline")).to_contain_text("had it erased")
    expect(page.get_by_role("img", name="Image 1, AI-generated")).to_have_count(0)
    expect(page.get_by_role("button", name="Run again")).to_have_count(0)
    assert world.client.resource(request_id)["purpose"] is None


def test_find(windows: Windows, world: World) -> None:
    """A pasted id leads to its request; a caller's name leaves only theirs; links to both work."""
    request_id = world.client.by(MAKER_KEY).submitted(marks.order())
    page = entered(windows, world, "#/requests?caller=nobody")
    expect(page.locator("#view")).to_contain_text("No requests here yet")

    page.get_by_label("Caller").fill("maker")
    page.get_by_role("button", name="Find").click()
    expect(row(page, request_id)).to_contain_text("maker")
    assert "caller=maker" in page.url
    expect(page.get_by_role("button", name="Find")).to_be_focused()
    page.go_back()
    expect(page.get_by_label("Caller")).to_have_value("nobody")
    page.get_by_label("Request", exact=True).fill(f" {request_id.lower()} ")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(request_id)
    world.client.cancel(request_id)


def test_attention_retried(windows: Windows, world: World) -> None:
    """One click and one confirmation, and the request goes on; nothing is left to answer."""
    request_id = troubled(world)
    page = entered(windows, world, "#/attention")
    page.get_by_role("button", name=f"Retry: {request_id}").click()
    agree(page, "Retry")

    expect(page.locator("#said")).to_have_text("It goes on.")
    expect(page.get_by_role("link", name=request_id)).to_have_count(0, timeout=LIVE_MS)
    world.client.reached(request_id, "awaitingApproval")
    assert world.simulator.billed(request_id) == 2


def test_attention_abandoned(windows: Windows, world: World) -> None:
    """Backing out of the question changes nothing; agreeing ends the request."""
    request_id = troubled(world)
    page = entered(windows, world, f"#/requests/{request_id}")
    abandon = page.get_by_role("button", name=f"Abandon: {request_id}")
    abandon.click()
    page.get_by_role("dialog").get_by_role("button", name="Back").click()
    assert world.client.resource(request_id)["status"] == "needsAttention"

    abandon.click()
    agree(page, "Abandon")
    expect(page.locator(".standing")).to_contain_text("Failed", timeout=LIVE_MS)
    expect(page.get_by_role("button", name="Run again")).to_be_visible()


def test_the_one_above_goes(windows: Windows, world: World) -> None:
    """Somebody else answers what stood above: the focus stays where it was."""
    ids = [troubled(world), troubled(world)]
    page = entered(windows, world, "#/attention")
    shown_ids = [one for one in page.locator(".attention .id").all_inner_texts() if one in ids]
    above, below = shown_ids
    button = page.get_by_role("button", name=f"Retry: {below}")
    button.focus()
    for request_id in (above, below):
        expect(page.get_by_role("link", name=request_id)).to_have_count(1)
        seq = world.client.resource(request_id)["attention"]["seq"]
        assert world.client.resume(request_id, "abandon", seq).status == 200
        if request_id == above:
            expect(page.get_by_role("link", name=above)).to_have_count(0, timeout=LIVE_MS)
            expect(button).to_be_focused()


def test_waiting(windows: Windows, world: World) -> None:
    """Who is waited for is named, and the nearest deadline comes first."""

    def asked(hours: int) -> str:
        stage = {"name": "brand", "reviewers": ["bo@contoso.com"], "deadline": f"PT{hours}H"}
        return world.client.submitted(marks.order(approval={"after": [stage]}))

    later, sooner = asked(30), asked(3)
    for request_id in (later, sooner):
        world.client.reached(request_id, "awaitingApproval")
    page = entered(windows, world, "#/waiting")

    expect(row(page, later)).to_contain_text("bo@contoso.com")
    order = page.locator("tbody .id").all_inner_texts()
    assert order.index(sooner) < order.index(later)
    for request_id in (later, sooner):
        world.client.cancel(request_id)


def test_figures_in_the_navigation(windows: Windows, world: World) -> None:
    """Whatever waits is counted, also where a hundred newer requests wait for nobody."""
    request_id = troubled(world)
    newest = {"items": [{"status": "approved"}] * 100, "continuation": "older"}
    waiting = {"items": [{"status": "awaitingApproval"}] * 100, "continuation": "older"}
    page = windows.open("console")
    page.route("**/images?limit=100", lambda route: route.fulfill(json=newest))
    page.route("**/images?status=awaitingApproval&**", lambda route: route.fulfill(json=waiting))
    give_key(page, world.keys.function)

    expect(page.locator("#count-waiting")).to_have_text("100+")
    expect(page.locator("#counts")).to_contain_text("100+ awaiting approval")
    troubles = len(world.client.listed(status="needsAttention", limit="100").json()["items"])
    expect(page.locator("#count-attention")).to_have_text(str(troubles))
    seq = world.client.resource(request_id)["attention"]["seq"]
    assert world.client.resume(request_id, "abandon", seq).status == 200


def test_deployment_paused_and_resumed(windows: Windows, world: World) -> None:
    """Both take effect in the app, and show at once."""
    page = entered(windows, world, "#/deployments")
    spare = row(page, "img-spare")
    expect(spare).to_contain_text("Open for calls")
    spare.get_by_role("button", name="Pause img-spare").click()
    agree(page, "Pause")

    expect(spare).to_contain_text("Paused")
    expect(spare).to_contain_text("by local-admin")
    assert world.client.pause("img-spare")["state"] == "paused"
    spare.get_by_role("button", name="Resume img-spare").click()
    agree(page, "Resume")
    expect(spare).to_contain_text("Open for calls")
    assert world.free("img-spare") == "closed"


def test_spend_against_budget(windows: Windows, world: World, tmp_path: Path) -> None:
    """A caller's month stands beside its budget, and the table can be taken away."""
    saver = world.client.by(SAVER_KEY)
    request_id = saver.submitted(marks.order())
    saver.reached(request_id, "awaitingApproval")

    def booked() -> dict[str, float] | None:
        [item] = saver.usage(groupBy="caller").json()["items"]
        return dict(item) if item["amount"] and not item["budget"]["held"] else None

    item = until(booked, "the call is in the ledger")
    page = entered(windows, world, "#/spend")
    used = round(item["amount"] / SAVERS_BUDGET_USD * 100)

    expect(row(page, "saver").first).to_contain_text(f"{SAVERS_BUDGET_USD:.4f}")
    expect(row(page, "saver").first).to_contain_text(f"{used} %")
    expect(page.locator(".bars .row", has_text="saver").locator("line.mark")).to_have_count(1)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save CSV: by caller").click()
    saved.value.save_as(tmp_path / "usage.csv")
    assert f'"saver","{item["requests"]}",' in (tmp_path / "usage.csv").read_text()
    saver.cancel(request_id)


def test_by_template(windows: Windows, world: World) -> None:
    """A request says which template it was made with, and the month what each has cost."""
    body = {"title": "Poster", "prompt": "A heron, {how}", "variables": {"how": {}}}
    assert world.client.put_template("poster", {**body, "example": {"how": "inked"}}).status == 200
    template = {"name": "poster", "variables": {"how": "inked"}}
    request_id = world.client.submitted({"template": template, "quality": "low"})
    world.client.reached(request_id, "awaitingApproval")
    page = entered(windows, world, f"#/requests/{request_id}")
    expect(page.get_by_text("poster, version 1", exact=True)).to_be_visible()

    page = entered(windows, world, "#/spend")
    by_template = page.locator("section", has=page.get_by_role("heading", name="By template"))
    expect(by_template.get_by_role("rowheader", name="poster")).to_be_visible(timeout=LIVE_MS)
    world.client.cancel(request_id)


def test_wrong_key(windows: Windows, world: World) -> None:
    """It is refused and asked for again; the right one goes into no address, and out by leaving."""
    page = windows.open("console#/waiting")
    give_key(page, "not-a-key-of-this-app")
    expect(page.get_by_text("This key was not accepted.", exact=True).first).to_be_visible()
    expect(page.get_by_label("Function key")).to_be_focused()

    give_key(page, world.keys.function)
    expect(page.get_by_role("heading", level=1)).to_have_text("Waiting")
    assert world.keys.function not in page.url
    assert page.evaluate("localStorage.length") == 0
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Waiting")

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Function key")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Function key")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0


def test_own_requests_only(windows: Windows, world: World) -> None:
    """A key without `readAll` sees its own requests and no other's, and is told so."""
    others = world.client.submitted(marks.order())
    own = world.client.by(MAKER_KEY).submitted(marks.order())
    page = entered(windows, world, key=MAKER_KEY)

    expect(row(page, own)).to_be_visible()
    expect(page.locator("#view")).to_contain_text("others need the role readAll")
    expect(row(page, others)).to_have_count(0)
    page.evaluate(f"location.hash = '#/requests/{others}'")
    expect(page.locator("#view")).to_contain_text("There is no such request, or it is not yours")
    world.client.cancel(others)
    world.client.cancel(own)


def test_read_only_key(windows: Windows, world: World) -> None:
    """What it may not do is not offered; it is told which role that takes."""
    page = entered(windows, world, key=world.keys.read_only)
    expect(page.locator("#view")).to_contain_text("No requests here yet")
    go(page, "Deployments")
    expect(row(page, "img-local")).to_contain_text("needs the role operate")
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)
    go(page, "Spend")
    expect(page.locator("#view")).to_contain_text("others' needs the role readAll")


def test_a_failing_look(windows: Windows, world: World) -> None:
    """What is shown stays, a quiet line says so, and it goes on by itself."""
    page = entered(windows, world)
    page.route("**/api/images?**", lambda route: route.abort())
    expect(page.locator("#banner")).to_contain_text("What you see is from", timeout=LIVE_MS)
    expect(page.get_by_role("table")).to_be_visible()

    page.unroute("**/api/images?**")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#banner")).to_be_hidden(timeout=LIVE_MS)


def test_by_keyboard(windows: Windows, world: World) -> None:
    """From the key to an answered question, with no mouse; focus is never lost."""
    request_id = troubled(world)
    page = windows.open("console")
    expect(page.get_by_label("Function key")).to_be_focused()
    page.keyboard.type(world.keys.function)
    page.keyboard.press("Enter")
    expect(page.locator("#nav")).to_be_visible()
    shown(page)
    _tab_to(page, "Attention")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Attention")).to_be_focused()
    shown(page)
    _tab_to(page, f"Abandon: {request_id}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()

    page.keyboard.press("Escape")
    abandon = page.get_by_role("button", name=f"Abandon: {request_id}")
    expect(abandon).to_be_focused()
    expect(abandon).not_to_have_attribute("aria-busy", "true")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    _tab_to(page, "Abandon")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_have_text("It is abandoned.")
    assert world.client.resource(request_id)["status"] == "failed"


def _tab_to(page: Page, name: str) -> None:
    """Press Tab until what has that name is focused; a mouse would not need so long."""
    focused = "document.activeElement.ariaLabel || document.activeElement.innerText || ''"
    once_round = page.locator("a, button, input, select, summary, [tabindex]").count() + 10
    for _ in range(once_round):
        page.keyboard.press("Tab")
        if str(page.evaluate(focused)).split("\n")[0].strip() == name:
            return
    raise AssertionError(f"{name} was not reached by Tab")
