"""What the pages for makers show is what is shipped."""

import json
import re
from typing import get_args

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from cloudevents.core.formats.json import JSONFormat

from dev.places import ROOT
from shared.domain.resource import Status
from shared.domain.transitions import EVENTS, FINAL_EVENTS
from tests.unit.integrations.definitions import actions, shipped
from tests.unit.integrations.test_logic_app_files import ASKS, SCHEMAS

PAGES = ROOT / "docs" / "integrations"
LOGIC_APPS = (PAGES / "logic-apps.md").read_text(encoding="utf-8")
EVENT_GRID = (PAGES / "event-grid.md").read_text(encoding="utf-8")
FILES_PAGE = ROOT / "infra" / "integrations" / "logic_app" / "README.md"


def block(text: str, mark: str) -> str:
    """The code block below a mark that readers do not see."""
    [found] = re.findall(rf"<!-- {mark} -->\n```\w*\n(.*?)```", text, re.S)
    return str(found)


@pytest.mark.parametrize(("name", "action"), ASKS.items())
def test_actions_to_paste(name: str, action: str) -> None:
    """Each action on the page is the one in the shipped file."""
    shown = json.loads(block(LOGIC_APPS, f"action: {name} {action}"))

    assert shown == shipped(name)["actions"][action]


@pytest.mark.parametrize("name", ASKS)
def test_every_status_is_explained(name: str) -> None:
    """The table has each end, and names the action that the Switch has for it."""
    rows = dict(re.findall(r"^\| `(\w+)` \| .* \| (.*) \|$", LOGIC_APPS, re.M))
    ends = {str(event).rpartition(".")[2] for event in FINAL_EVENTS}
    cases = actions(name)["On_the_status"]["cases"].values()
    taken = {case["case"]: next(iter(case["actions"])) for case in cases}

    assert {one for one in rows if one in get_args(Status)} == ends
    for status in ("approved", "rejected", "expired"):
        assert rows[status] == f"`{taken[status]}`"


def test_sample_event() -> None:
    """The CloudEvents package reads it, and its data has fields of the resource."""
    sample = block(EVENT_GRID, "event")
    media = {"content-type": "application/cloudevents+json"}
    event = from_http_event(HTTPMessage(media, sample.encode()), JSONFormat())

    assert event.get_type() in EVENTS
    assert event.get_subject() == f"images/{json.loads(sample)['data']['id']}"
    assert set(json.loads(sample)["data"]) <= set(SCHEMAS["Resource"]["properties"])


def test_event_types_exist() -> None:
    """No page names an event that is never sent, and Event Grid's page names every request's."""
    named = set(re.findall(r"darkroom\.(?:request|approval|images)\.\w+", LOGIC_APPS + EVENT_GRID))
    of_requests = {one for one in EVENTS if one.split(".")[1] in ("request", "approval", "images")}

    assert named <= of_requests
    assert {one for one in named if one in EVENT_GRID} == of_requests - {"darkroom.request.refused"}


def test_links_lead_somewhere() -> None:
    """Every relative link of the pages is a file of the project."""
    for page in (PAGES / "logic-apps.md", PAGES / "event-grid.md", FILES_PAGE):
        links = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
        assert links
        assert [one for one in links if not (page.parent / one).exists()] == []
