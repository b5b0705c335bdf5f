"""The console's desk: deliveries and dead letters, as the contract has them."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, Route, expect

from tests.browser.console import LIVE_MS, agree, approved, entered, give_key, go, row, shown
from tests.browser.windows import LOOKS, Windows
from tests.e2e import marks
from tests.e2e.waiting import until
from tests.e2e.world import World

DELIVERY: dict[str, Any] = {
    "id": "aW1hZ2VzLzAxSg",
    "stream": "images/01M7Y49FWPZYK02YA7XPYT6RRD",
    "seq": 7,
    "type": "darkroom.request.approved",
    "sink": "callback",
    "state": "dead",
    "attempt": 11,
    "at": "2026-11-20T12:03:05.000Z",
    "nextAt": None,
    "status": 500,
}
LETTER: dict[str, Any] = {
    "name": "image-requests/2026-11-20T12-03-05-m1.json",
    "queue": "image-requests",
    "messageId": "m1",
    "at": "2026-11-20T12:03:05.000Z",
    "code": "invalid_request",
    "errors": [{"pointer": "#/size", "detail": "Not a size of gpt-image-2."}],
    "content": "content/dead-m1",
    "redrivenAt": None,
}


@dataclass
class Desk:
    """Plays the routes of the desk; `asked` has what was sent to them."""

    page: Page
    asked: list[tuple[str, Any]] = field(default_factory=list)
    letters: int = 3

    def serve(self) -> "Desk":
        self.page.route("**/api/deliveries**", self._deliveries)
        self.page.route("**/api/deliveries/*/redeliver", self._posted(202, dict))
        self.page.route("**/api/deadletters/image-requests?**", self._letters)
        self.page.route("**/api/deadletters/*/redrive", self._posted(200, self._redriven))
        return self

    def _deliveries(self, route: Route) -> None:
        state = parse_qs(urlsplit(route.request.url).query).get("state", [""])[0]
        every = [
            DELIVERY,
            DELIVERY | {"id": "b", "state": "delivered", "status": 200, "attempt": 1, "seq": 3},
            DELIVERY
            | {"id": "c", "stream": "deployments/img-local", "state": "pending", "sink": "sub-1"}
            | {"type": "darkroom.deployment.blocked", "nextAt": "2026-11-20T13:00:00.000Z"},
        ]
        found = [one for one in every if state in ("", one["state"])]
        route.fulfill(json={"items": found, "continuation": None})

    def _letters(self, route: Route) -> None:
        back = {"redrivenAt": "2026-11-20T12:30:00.000Z", "messageId": "m2", "name": "m2"}
        letters = [LETTER | {"name": f"n{k}"} for k in range(self.letters)]
        counts = {"invalid_request": self.letters} if self.letters else {}
        items = [*letters, LETTER | back]
        route.fulfill(json={"items": items, "continuation": None, "counts": counts})

    def _redriven(self) -> dict[str, Any]:
        """In two answers, as where there are more records than one reads."""
        self.letters -= 1
        more = "further" if self.letters > 1 else None
        return {"redriven": 1, "skipped": 0, "left": 0 if more else 1, "continuation": more}

    def _posted(self, status: int, answer: Callable[[], dict[str, Any]]) -> Callable[..., None]:
        def act(route: Route) -> None:
            sent = json.loads(route.request.post_data or "{}")
            self.asked.append((urlsplit(route.request.url).path, sent))
            route.fulfill(status=status, json=answer())

        return act


def test_redeliver(windows: Windows, world: World) -> None:
    """A dead delivery is found by its state, and sent again by one click."""
    page = entered(windows, world)
    desk = Desk(page).serve()
    go(page, "Deliveries")
    expect(page.locator("tbody tr")).to_have_count(3)
    expect(row(page, "deployment.blocked")).to_contain_text("sub-1")
    page.get_by_role("link", name="Dead", exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(row(page, "request.approved")).to_contain_text("500 attempt 11")

    page.get_by_role("button", name="Redeliver request.approved to callback").click()
    expect(page.locator("#said")).to_contain_text("sent again")
    assert desk.asked == [("/api/deliveries/aW1hZ2VzLzAxSg/redeliver", {})]


def test_redrive(windows: Windows, world: World) -> None:
    """Messages of one code are put back, as many as were asked for, and counted."""
    page = entered(windows, world)
    desk = Desk(page).serve()
    go(page, "Dead letters")
    expect(row(page, "m1").first).to_contain_text("#/size Not a size of gpt-image-2.")
    page.get_by_role("link", name="invalid_request 3").click()
    page.get_by_label("At most").fill("2")
    page.get_by_role("button", name="Put back “invalid_request”").click()
    agree(page, "Put back")

    expect(page.locator("#said")).to_have_text("2 put back, 1 left.")
    expect(page.get_by_role("link", name="invalid_request 1")).to_be_visible(timeout=LIVE_MS)
    assert [body for _, body in desk.asked] == [
        {"max": 2, "code": "invalid_request"},
        {"max": 1, "code": "invalid_request", "continuation": "further"},
    ]


def test_desk_looks(windows: Windows, world: World) -> None:
    """Neither view has a serious finding, in whatever light."""
    for look in LOOKS:
        page = entered(windows, world, look=look)
        Desk(page).serve()
        for place in ("Deliveries", "Dead letters"):
            go(page, place)
            expect(page.get_by_role("table")).to_be_visible()
            windows.picture(page, f"{place.lower().replace(' ', '-')}-{look}")
            assert windows.findings(page) == []


def test_not_there(windows: Windows, world: World) -> None:
    """Where the app lacks a view it says so; where the key lacks a role it says which."""
    page = entered(windows, world)
    page.route("**/api/deliveries**", lambda route: route.fulfill(status=404))
    go(page, "Deliveries")
    expect(page.locator("#view")).to_contain_text("Not available")
    page.unroute("**/api/deliveries**")

    problem = {"code": "forbidden", "detail": "This caller does not have the role operate."}
    page.route("**/api/deadletters/**", lambda route: route.fulfill(status=403, json=problem))
    go(page, "Dead letters")
    expect(page.locator("#view")).to_contain_text("does not have the role operate")


def test_a_key_that_was_changed(windows: Windows, world: World) -> None:
    """Whose key is taken back is asked for another, and goes on in the same place."""
    page = entered(windows, world, "#/spend")
    page.route("**/api/usage?**", lambda route: route.fulfill(status=401))
    page.get_by_role("link", name="Earlier").click()
    expect(page.get_by_text("You are no longer signed in").first).to_be_visible(timeout=LIVE_MS)

    page.unroute("**/api/usage?**")
    give_key(page, world.keys.function)
    expect(page.get_by_role("heading", level=1)).to_have_text("Spend")
    shown(page)
    expect(page.locator("#view")).to_contain_text("Nothing was spent in this month")


def test_a_real_delivery(windows: Windows, world: World) -> None:
    """What the app delivered is seen as delivered, and goes out once more by a click."""
    request_id = approved(world)
    page = entered(windows, world, f"#/deliveries?requestId={request_id}")
    told = row(page, "request.approved")
    expect(told).to_contain_text("Delivered", timeout=LIVE_MS)
    expect(told).to_contain_text("200 attempt 1")
    page.get_by_role("button", name="Redeliver request.approved to callback").click()

    expect(told).to_contain_text("200 attempt 2", timeout=LIVE_MS)
    expect(told).to_contain_text("Delivered")


def test_a_real_dead_letter(windows: Windows, world: World) -> None:
    """A poisoned message is seen with its code, put back by clicks, and becomes a request."""
    key = "canary-idempotency-dead"
    order = marks.order(idempotencyKey=key, caller="local-admin")
    message_id = world.store.send("image-requests-poison", json.dumps(order))
    page = entered(windows, world, "#/deadletters")
    expect(row(page, message_id)).to_contain_text("poisoned", timeout=LIVE_MS)
    page.get_by_role("link", name="poisoned 1").click()
    page.get_by_role("button", name="Put back “poisoned”").click()
    agree(page, "Put back")

    expect(page.locator("#said")).to_have_text("1 put back, 0 left.")
    expect(row(page, message_id)).not_to_contain_text("not yet", timeout=LIVE_MS)
    listed = until(lambda: world.client.listed(idempotencyKey=key).json()["items"], "a request")
    world.client.cancel(listed[0]["id"])
