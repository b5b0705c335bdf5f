"""What the page says when something is not as usual, and that it is never more than asked for."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from tests.browser.reviewers import ANA, BO, CARO, HOUR, Desk, decisions, stage
from tests.browser.windows import Windows
from tests.e2e.waiting import until
from tests.e2e.world import World

BOTH = stage("brand", ANA, BO, rule="all")


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def told(page: Page, title: str, words: str = "") -> None:
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    expect(page.locator("main")).to_contain_text(words)
    expect(page.locator("#send")).to_have_count(0)


def keep(page: Page, button: str = "Approve 1 image") -> None:
    expect(page.locator("article img[src]").first).to_be_visible()
    expect(page.locator("article img:not([src])")).to_have_count(0)
    page.locator("article").first.get_by_text("Keep", exact=True).click()
    page.get_by_role("button", name=button).click()


def test_links_that_open_nothing(windows: Windows, desk: Desk) -> None:
    """Cut, forged and expired links are told apart, each with what to do."""
    request_id = desk.asked()
    good = desk.link(request_id)
    forged = good[:-4] + ("AAAA" if good[-4:] != "AAAA" else "BBBB")

    told(windows.open("review"), "Please open this page by your link")
    told(windows.open(good[:40]), "This link is not complete", "open it again")
    told(windows.open(forged), "This link is not valid", "open it again")
    page = windows.open(desk.link(request_id, lasts=-HOUR))
    told(page, "This link has expired")
    expect(page.get_by_role("heading", name="This link has expired")).to_be_focused()
    expect(page.locator("#live")).to_contain_text("This link has expired. Nothing was changed.")


def test_where_an_image_comes_from(windows: Windows, desk: Desk) -> None:
    """A reviewer is told what was found of the image's content credentials, and their maker."""
    page = windows.open(desk.link(desk.asked()))

    expect(page.locator(".shot-head")).to_contain_text("C2PA valid, by Darkroom simulator 1")


def test_opening_changes_nothing(windows: Windows, desk: Desk) -> None:
    """A scanner that opens the link, with scripts and all, leaves the record as it was."""
    request_id = desk.asked()
    before = desk.world.client.facts(request_id)
    asked: list[str] = []
    page = windows.open("review")
    page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    page.goto(f"{windows.api_url}/{desk.link(request_id)}")
    page.reload()
    expect(page.locator(".shot img[src]")).to_have_count(1)

    assert desk.world.client.facts(request_id) == before
    assert {one.split(" ")[0] for one in asked} == {"GET"}
    assert not any(desk.link(request_id).partition("#")[2][:60] in one for one in asked)


def test_two_reviewers_at_once(windows: Windows, desk: Desk) -> None:
    """Each sees what the other says while both look, and loses nothing half written."""
    request_id = desk.asked(BOTH, n=2)
    ana, bo = (windows.open(desk.link(request_id, who)) for who in (ANA, BO))
    bo.locator("#comment").fill("half a sent")
    expect(ana.locator(".shot img[src]")).to_have_count(2)
    ana.locator("#keep-all").click()
    ana.get_by_role("button", name="Approve 2 images").click()
    expect(ana.locator("#decide")).to_contain_text(f"Still to answer: {BO}.")

    expect(bo.locator("#people")).to_contain_text("approved all images")
    expect(bo.locator("#live")).to_contain_text(f"{ANA} approved all images.")
    expect(bo.locator("#comment")).to_have_value("half a sent")
    bo.locator("#reject-all").click()
    bo.get_by_role("button", name="Reject all images").click()
    expect(ana.locator("#people")).to_contain_text("rejected all images")
    expect(ana.locator("#decide")).to_contain_text("Nothing is released from this request.")


def test_decided_by_somebody_else(windows: Windows, desk: Desk) -> None:
    """The first answer counts: the other page says so by itself, and offers nothing any more."""
    request_id = desk.asked(stage("brand", ANA, BO))
    ana, bo = (windows.open(desk.link(request_id, who)) for who in (ANA, BO))
    expect(bo.locator("#send")).to_be_visible()
    keep(ana)

    told(bo, "Approved", "1 image is released.")
    told(windows.open(desk.link(request_id, BO)), "Approved")


def test_too_late(windows: Windows, desk: Desk) -> None:
    """A verdict that comes after another's is refused in words, and what was decided is shown."""
    request_id = desk.asked(stage("brand", ANA, BO))
    page = windows.open(desk.link(request_id, BO))
    expect(page.locator("#send")).to_be_visible()
    page.route("**/review", lambda route: route.abort())
    verdict = {"decision": "reject", "reviewer": ANA}
    assert desk.world.client.decide(request_id, verdict).status == 200
    keep(page)

    expect(page.locator("#gaps")).to_contain_text("This was decided before your verdict came")
    expect(page.locator("#banner")).to_contain_text("The server cannot be reached")
    page.unroute("**/review")
    told(page, "Rejected", "Nothing is released")


def test_verdict_without_a_network(windows: Windows, desk: Desk) -> None:
    """It is not sent by itself, and says so, then and when the network is there again."""
    request_id = desk.asked(stage("brand", ANA))
    page = windows.open(desk.link(request_id, ANA))
    expect(page.locator(".shot img[src]")).to_have_count(1)
    page.context.set_offline(True)
    keep(page)
    expect(page.locator("#gaps")).to_contain_text("Your verdict was not sent")
    expect(page.locator("#gaps")).to_contain_text("Press the button again.")
    expect(page.locator("#gaps")).not_to_contain_text("by itself")
    page.context.set_offline(False)

    expect(page.locator("#gaps")).to_contain_text("The server is reached again")
    expect(page.locator("#live")).to_contain_text("The server is reached again")
    windows.judged_in_each_look(page, "not-sent")
    assert decisions(desk, request_id) == []
    page.get_by_role("button", name="Approve 1 image").click()
    expect(page.get_by_role("heading", name="Your verdict is recorded")).to_be_visible()


def test_taking_back_without_a_network(windows: Windows, desk: Desk) -> None:
    """Nor is that said to be tried again: the verdict stands."""
    request_id = desk.asked(stage("brand", ANA, releaseDelay="PT10M"))
    page = windows.open(desk.link(request_id, ANA))
    keep(page)
    expect(page.get_by_role("timer")).to_be_visible()
    page.context.set_offline(True)
    page.get_by_role("button", name="Take it back").click()

    expect(page.locator(".undo .fault")).to_contain_text("Your verdict was not taken back.")
    expect(page.locator(".undo .fault")).to_contain_text("Press the button again.")


def test_a_slow_look_at_the_wrong_time(windows: Windows, desk: Desk) -> None:
    """What was seen before a verdict never opens the form again after it."""
    page = windows.open(desk.link(desk.asked(stage("brand", ANA)), ANA))
    expect(page.locator(".shot img[src]")).to_have_count(1)
    held: list[tuple[Route, APIResponse]] = []

    def hold(route: Route) -> None:
        held.append((route, route.fetch())) if not held else route.continue_()

    page.route("**/images/*/review", hold)
    while not held:
        page.wait_for_timeout(100)
    with page.expect_response("**/decision"):
        keep(page)
    expect(page.locator("#send")).to_have_text("Sending…")
    held[0][0].fulfill(response=held[0][1])

    expect(page.get_by_role("heading", name="Your verdict is recorded")).to_be_visible()


def test_recorded_but_not_shown(windows: Windows, desk: Desk) -> None:
    """Who cannot look after the verdict is told that it is there, and sends no other one."""
    page = windows.open(desk.link(desk.asked(stage("brand", ANA)), ANA))
    expect(page.locator(".shot img[src]")).to_have_count(1)
    page.route("**/images/*/review", lambda route: route.abort())
    keep(page)
    expect(page.locator("#gaps")).to_contain_text("Your verdict is recorded")
    expect(page.locator("#send")).to_have_attribute("aria-disabled", "true")
    page.unroute("**/images/*/review")

    told(page, "Your verdict is recorded", "1 image is released.")


def test_no_network_from_the_beginning(windows: Windows, desk: Desk) -> None:
    """The page says so, goes on trying, and shows what there is as soon as it can."""
    page = windows.open("review")
    page.route("**/images/*/review", lambda route: route.abort())
    page.goto(f"{windows.api_url}/{desk.link(desk.asked())}")
    page.reload()
    expect(page.locator("#banner")).to_contain_text("It tries again by itself")
    with page.expect_request("**/images/*/review"):
        page.evaluate("dispatchEvent(new Event('online'))")
    page.unroute("**/images/*/review")

    expect(page.locator("#send")).to_be_visible()
    expect(page.locator("#banner")).to_be_hidden()


def test_cancelled(windows: Windows, desk: Desk) -> None:
    """A cancelled request is told as that."""
    request_id = desk.asked()
    link = desk.link(request_id)
    desk.world.client.cancel(request_id)
    told(windows.open(link), "This request was cancelled", "nothing is released")


def test_over(windows: Windows, desk: Desk) -> None:
    """After its deadline a review says until when it was open."""
    request_id = desk.asked(stage("brand", ANA, deadline="PT60S"))
    link = desk.link(request_id, ANA)
    page = windows.open(link)
    expect(page.locator("#send")).to_be_visible()
    desk.world.move_to(desk.world.time.now() + timedelta(seconds=70))

    told(page, "The time for this review is over", "It was open until")


def test_newer_round(windows: Windows, desk: Desk) -> None:
    """The link of a round that is over shows nothing of the next."""
    request_id = desk.asked(stage("brand", ANA, BO))
    link = desk.link(request_id, BO)
    wish = {"decision": "revise", "reviewer": ANA, "comment": "Warmer light"}
    assert desk.world.client.decide(request_id, wish).status == 200
    desk.opened(request_id, "brand", 2)
    page = windows.open(link)

    told(page, "There is something newer", "By now round 2 is open")
    expect(page.locator(".shot")).to_have_count(0)


def test_ticks_that_are_missing(windows: Windows, desk: Desk) -> None:
    """Nothing is sent before all is ticked; what is missing is named, and leads there."""
    ticks = ["No third-party logo", "No real person"]
    request_id = desk.asked(stage("legal", ANA, checklist=ticks))
    page = windows.open(desk.link(request_id, ANA))
    page.get_by_label("No real person").check()
    keep(page)

    expect(page.locator("#gaps")).to_be_focused()
    expect(page.locator("#gaps")).to_contain_text("Not ticked: No third-party logo")
    expect(page.locator("#gaps")).not_to_contain_text("No real person")
    page.get_by_role("button", name="Not ticked: No third-party logo").click()
    expect(page.get_by_label("No third-party logo")).to_be_focused()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Approve 1 image").click()
    expect(page.get_by_role("heading", name="Your verdict is recorded")).to_be_visible()
    assert decisions(desk, request_id)[0]["checklist"] == [ticks[1], ticks[0]]


def test_somebody_else_decides(windows: Windows, desk: Desk) -> None:
    """A place is given away by name, once, and whoever has it now may decide."""
    request_id = desk.asked(stage("brand", ANA, delegate=True))
    page = windows.open(desk.link(request_id, ANA))
    page.get_by_role("button", name="Let somebody else decide").click()
    dialog = page.get_by_role("dialog")
    assert windows.findings(page) == []
    for name, fault in (("caro", "Give a mail address."), (ANA.upper(), "reviewer of this stage")):
        dialog.get_by_label("Their mail address").fill(name)
        dialog.get_by_role("button", name="Give them my place").click()
        expect(dialog.locator(".fault")).to_contain_text(fault)
    dialog.get_by_label("Their mail address").fill(CARO)
    dialog.get_by_role("button", name="Give them my place").click()

    told(page, "Somebody else decides", CARO)
    keep(windows.open(desk.link(request_id, CARO)))
    desk.world.client.reached(request_id, "approved")


def test_taken_back(windows: Windows, desk: Desk) -> None:
    """Within the time that the stage leaves, a verdict is taken back and another one given."""
    request_id = desk.asked(stage("brand", ANA, releaseDelay="PT10M"))
    page = windows.open(desk.link(request_id, ANA))
    keep(page)
    expect(page.get_by_role("timer")).to_contain_text("9:")
    page.get_by_role("button", name="Take it back").click()

    expect(page.locator("#live")).to_contain_text("Your verdict is taken back.")
    page.locator("article").first.get_by_text("Reject", exact=True).click()
    page.get_by_role("button", name="Reject the image").click()
    expect(page.locator("#decide")).to_contain_text("You rejected.")
    assert [one["withdrawn"] for one in decisions(desk, request_id)] == [True, False]


def test_a_link_for_anybody(windows: Windows, desk: Desk) -> None:
    """Who is asked has to say who they are, and is remembered; anybody else is refused."""
    request_id = desk.asked(stage("brand", ANA, BO, rule="all"))
    page = windows.open(desk.link(request_id))
    keep(page)
    expect(page.locator("#gaps")).to_contain_text("Say who you are")
    page.get_by_label("Your mail address").fill(CARO)
    page.get_by_role("button", name="Approve 1 image").click()
    expect(page.locator("#gaps")).to_contain_text("You are not asked in this stage")
    page.get_by_label("Your mail address").fill(ANA.upper())
    page.get_by_role("button", name="Approve 1 image").click()
    expect(page.get_by_role("heading", name="Your verdict is recorded")).to_be_visible()

    page.reload()
    expect(page.get_by_role("heading", name="Your verdict is recorded")).to_be_visible()
    assert [one["reviewer"].lower() for one in decisions(desk, request_id)] == [ANA]


def test_two_at_one_window(windows: Windows, desk: Desk) -> None:
    """By a link for whoever has it, the next one says that the name there is not theirs."""
    request_id = desk.asked(stage("brand", ANA, BO, rule="all"))
    page = windows.open(desk.link(request_id))
    page.get_by_label("Your mail address").fill(ANA)
    keep(page)
    expect(page.get_by_role("heading", name="Your verdict is recorded")).to_be_visible()
    page.get_by_role("button", name="Not you?").click()

    expect(page.get_by_label("Your mail address")).to_have_value("")
    page.get_by_label("Your mail address").fill(BO)
    keep(page)
    expect(page.locator("#decide")).to_contain_text("You approved.")
    assert [one["reviewer"] for one in decisions(desk, request_id)] == [ANA, BO]


def test_words_of_every_kind(windows: Windows, desk: Desk) -> None:
    """A line without a space is broken; what is written from the right begins there."""
    tick, purpose = "L" * 120, "منارة (v2.1) https://example.com"
    asks = stage("legal", ANA, checklist=[tick])
    page = windows.open(desk.link(desk.asked(asks, purpose=purpose, includePrompt=True), ANA))
    expect(page.locator(".shot img[src]")).to_have_count(1)
    expect(page.get_by_role("heading", name=purpose)).to_have_css("direction", "rtl")
    page.locator("#comment").fill("منارة 2.0")
    expect(page.locator("#comment")).to_have_css("direction", "rtl")

    windows.judged_in_each_look(page, "words-of-every-kind")


def test_a_digest_to_copy(windows: Windows, desk: Desk) -> None:
    """It is said to be copied when it was, so that one can see it."""
    page = windows.open(desk.link(desk.asked()), permissions=["clipboard-write"])
    page.locator(".digest").click()
    expect(page.locator(".copied")).to_have_text("Copied.")
    page.evaluate("() => void (navigator.clipboard.writeText = () => Promise.reject())")
    page.locator(".digest").click()
    expect(page.locator(".copied")).to_have_text("It could not be copied.")
    expect(page.locator(".copied")).to_be_visible()
    windows.picture(page, "not-copied")


def test_swapped_in_storage(windows: Windows, desk: Desk) -> None:
    """Bytes that are not those of the record are not shown, and cannot be kept."""
    request_id = desk.asked(n=2)
    store = desk.world.store
    first, second = sorted(n for n in store.names("review", request_id) if n.endswith(".png"))
    swapped = store.blobs.get_blob_client("review", first)
    swapped.upload_blob(store.read("review", second), overwrite=True)
    page = windows.open(desk.link(request_id))

    expect(page.locator(".no-picture")).to_contain_text("not those of the record")
    expect(page.locator(".shot img[src]")).to_have_count(1)
    expect(page.locator("#word-0-approve")).to_be_disabled()
    page.locator("#keep-all").click()
    expect(page.locator("#summary")).to_contain_text("Still to choose: image 1.")


def test_swapped_on_the_way(windows: Windows, desk: Desk) -> None:
    """The page holds what it was given to the record by itself."""
    request_id = desk.asked(n=2)

    def swap(route: Route) -> None:
        route.fulfill(body=b"other bytes", content_type="image/png")

    page = windows.open("review")
    page.route("**/content/1?*", swap)
    page.goto(f"{windows.api_url}/{desk.link(request_id)}")
    page.reload()

    expect(page.locator(".no-picture")).to_contain_text("not those of the record")
    expect(page.locator("#word-1-approve")).to_be_disabled()
    expect(page.locator("#word-0-approve")).to_be_enabled()


def test_images_that_never_came(windows: Windows, desk: Desk) -> None:
    """What could not be fetched cannot be kept, until it is there."""
    request_id = desk.asked(stage("brand", ANA), n=2)
    page = windows.open("review")
    page.route("**/content/**", lambda route: route.abort())
    page.goto(f"{windows.api_url}/{desk.link(request_id, ANA)}")
    page.reload()
    expect(page.locator(".no-picture")).to_have_count(2)
    expect(page.locator("#word-0-approve")).to_be_disabled()
    page.locator("#keep-all").click()
    expect(page.locator("#summary")).to_contain_text("Choose for each image")
    windows.judged_in_each_look(page, "never-came")
    page.unroute("**/content/**")

    expect(page.locator(".shot img[src]")).to_have_count(2)
    page.locator("#keep-all").click()
    page.get_by_role("button", name="Approve 2 images").click()
    expect(page.get_by_role("heading", name="Your verdict is recorded")).to_be_visible()


def test_images_on_their_way(windows: Windows, desk: Desk) -> None:
    """Nothing is approved before what is kept has been shown."""
    request_id = desk.asked(stage("brand", ANA))
    held: list[Route] = []
    page = windows.open("review")
    page.route("**/content/**", lambda route: held.append(route))
    page.goto(f"{windows.api_url}/{desk.link(request_id, ANA)}")
    page.reload()
    page.get_by_text("Keep", exact=True).click()
    page.get_by_role("button", name="Approve 1 image").click()
    expect(page.locator("#gaps")).to_contain_text("Image 1 has not been shown yet")
    assert decisions(desk, request_id) == []
    for route in held:
        route.continue_()

    expect(page.locator(".shot img[src]")).to_have_count(1)
    expect(page.locator("#gaps")).to_be_hidden()
    page.get_by_role("button", name="Approve 1 image").click()
    expect(page.get_by_role("heading", name="Your verdict is recorded")).to_be_visible()


def test_verdict_names_the_bytes(windows: Windows, desk: Desk) -> None:
    """What is sent has the digest of each image as it was shown."""
    request_id = desk.asked()
    page = windows.open(desk.link(request_id))
    expect(page.locator(".shot img[src]")).to_have_count(1)
    with page.expect_request("**/decision") as sent:
        keep(page)

    [image] = desk.world.client.resource(request_id)["images"]
    body = sent.value.post_data_json
    assert body and body["images"][0]["sha256"] == image["sha256"]


def test_prompt_only_where_it_is_asked_about(windows: Windows, desk: Desk) -> None:
    """Before generation the prompt is shown; with the images only if the request wants it."""
    hidden = desk.asked()
    page = windows.open(desk.link(hidden))
    expect(page.locator(".shot img[src]")).to_have_count(1)
    assert "watercolour" not in page.content()

    approval: dict[str, Any] = {"approval": {"before": [stage("prompt")], "after": [stage()]}}
    request_id = desk.asked(**approval)
    page = windows.open(desk.link(request_id))
    expect(page.locator("#look")).to_contain_text("A lighthouse at dusk, watercolour")
    page.get_by_text("Yes, generate").click()
    page.get_by_role("button", name="Send verdict").click()
    expect(page.locator("#decide")).to_contain_text("You approved.")
    until(lambda: desk.world.client.resource(request_id)["images"], "it is generated")


def test_keys_leave_text_alone(windows: Windows, desk: Desk) -> None:
    """Single keys mean nothing while somebody writes, and the list of them opens and closes."""
    page = windows.open(desk.link(desk.asked()))
    page.locator("#comment").click()
    page.keyboard.type("a rare view?")
    expect(page.locator("#comment")).to_have_value("a rare view?")
    assert page.locator(".shot[data-word]").first.get_attribute("data-word") == ""
    expect(page.get_by_role("dialog")).to_be_hidden()

    page.locator("#comment").blur()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    assert windows.findings(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    expect(page.locator("#word-0-reject")).to_be_checked()
