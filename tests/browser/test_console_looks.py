"""Every view of the console, light, dark and on a phone: judged by axe-core, kept as pictures."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.console import approved, entered, go, shown, troubled
from tests.browser.windows import LOOKS, Look, Windows
from tests.e2e import marks
from tests.e2e.world import ASKER_KEY, SAVER_KEY, World

PLACES = (
    *("Requests", "Waiting", "Attention", "Deployments", "Spend", "Deliveries"),
    "Dead letters",
)


@pytest.fixture(scope="module")
def shop(world: World) -> Iterator[dict[str, str]]:
    """Something in each view, by the state it is in."""
    client = world.client
    stage = {"name": "brand", "reviewers": ["ana@contoso.com", "bo@contoso.com"], "rule": "all"}
    banner = marks.order(purpose="banner of the spring sale", approval={"after": [stage]})
    waiting = client.submitted(banner)
    client.by(ASKER_KEY).submitted(marks.order(purpose="poster for the fair"))
    client.by(SAVER_KEY).submit(marks.order(purpose="icon"))
    client.pause("img-spare")
    yield {
        "approved": approved(world, n=2, purpose="hero image of the autumn campaign page"),
        "troubled": troubled(world),
        "waiting": waiting,
    }
    world.free("img-spare")


@pytest.mark.parametrize("look", LOOKS)
def test_every_view(windows: Windows, world: World, shop: dict[str, str], look: Look) -> None:
    """No serious finding anywhere, and nothing wider than the window."""
    page = entered(windows, world, look=look)
    for place in PLACES:
        go(page, place)
        windows.judged(page, f"{place.lower().replace(' ', '-')}-{look}")
    for state in ("approved", "troubled", "waiting"):
        page.evaluate(f"location.hash = '#/requests/{shop[state]}'")
        expect(page.get_by_role("heading", level=1)).to_contain_text(shop[state])
        shown(page)
        expect(page.get_by_text("Loading…")).to_have_count(0)
        windows.judged(page, f"request-{state}-{look}")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    windows.judged(page, f"dialog-{look}")


@pytest.mark.parametrize("look", LOOKS)
def test_sign_in(windows: Windows, look: Look) -> None:
    """The first thing that is seen has no serious finding either."""
    page = windows.open("console", look)
    expect(page.get_by_label("Function key")).to_be_visible()
    windows.judged(page, f"sign-in-{look}")
