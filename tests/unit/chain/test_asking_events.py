"""What tells people that they are asked: links of their own, and the prompt where it may be."""

import json
from datetime import timedelta
from typing import Any

import pytest

from shared.chain.events import MAX_EVENT_BYTES, data_of
from shared.chain.sources import of_request
from shared.domain.event_views import EventData
from shared.domain.transitions import REQUESTED
from shared.security.tokens import read_review_token
from tests.unit.chain.staged import ANA, BO, CARO, DAY_S, Told, stage

PROMPT = "a lighthouse"


def asking(told: Told) -> list[dict[str, Any]]:
    """The data of what was told since people were first asked."""
    posts = [p for p in told.world.webhooks.posted if ".approval." in p.headers["ce-type"]]
    return [json.loads(post.body) for post in posts]


def asked(data: dict[str, Any]) -> list[str]:
    return [one["reviewer"] for one in data["reviewers"]]


def test_links_of_their_own() -> None:
    """Each named reviewer's links are bound to them; the common ones stay as they were."""
    told = Told(stage(ANA, BO))
    [data] = asking(told)

    assert EventData.model_validate(data).wire() == data | {"prompt": None}
    assert asked(data) == [ANA, BO]
    for one in data["reviewers"]:
        token = one["reviewUrl"].partition("#")[2]
        assert one["reviewUrl"] == f"https://darkroom.example/api/review#{token}"
        assert one["decisionUrl"] == f"{data['links']['self']}/decision?token={token}"
        claims = read_review_token(told.world.s.terms.ring, token, told.world.clock.now())
        assert claims.reviewer == told.known(one["reviewer"])
    common = data["reviewUrl"].partition("#")[2]
    assert data["decisionUrl"].endswith(f"token={common}")
    assert (
        read_review_token(told.world.s.terms.ring, common, told.world.clock.now()).reviewer == "*"
    )


def test_images_open_until_the_deadline() -> None:
    """A card that is opened on the last day still shows its images; other links open an hour."""
    told = Told(stage(ANA, deadline="P3D"))
    [data] = asking(told)
    told.says(ANA, "approve")
    last = json.loads(told.world.webhooks.posted[-1].body)

    assert data["images"] and last["status"] == "approved"
    assert {one["urlExpiresAt"] for one in data["images"]} == {data["approval"]["deadline"]}
    for one in data["images"]:
        token = one["url"].partition("token=")[2]
        on_the_last_day = told.world.clock.now() + timedelta(days=3, minutes=-1)
        assert read_review_token(told.world.s.terms.ring, token, on_the_last_day).phase == "view"
    assert last["images"][0]["urlExpiresAt"] < data["approval"]["deadline"]


def test_only_who_is_waited_for() -> None:
    """A reminder, a new place and an escalation go to those who have not answered."""
    over = {"remindEvery": "P1D", "onDeadline": "escalate", "escalateTo": [CARO]}
    told = Told(stage(ANA, BO, rule="all", delegate=True, **over))
    told.says(ANA, "approve")
    told.says(BO, "delegate", to="dan@contoso.com")
    told.wait(3 * DAY_S + 60)

    names = [asked(data) for data in asking(told)]

    assert names[0] == [ANA, BO]
    assert names[1:3] == [["dan@contoso.com"]] * 2
    assert names[-1] == [CARO]


def test_nobody_by_name() -> None:
    """Without names there are no links of anybody's own."""
    told = Told({"name": "brand", "deadline": "PT72H"})

    assert [data["reviewers"] for data in asking(told)] == [[]]


@pytest.mark.parametrize("shown", [True, False])
def test_the_prompt(shown: bool) -> None:
    """It is told to those who are asked, of a request that says so, and in no other event."""
    told = Told(
        stage(ANA, remindEvery="P1D"), before=(stage(BO, name="idea"),), includePrompt=shown
    )
    told.says(BO, "approve")
    told.wait(1.5 * DAY_S)
    told.says(ANA, "approve")
    found = {p.headers["ce-type"]: json.loads(p.body) for p in told.world.webhooks.posted}

    with_prompt = {name for name, data in found.items() if data.get("prompt") == PROMPT}
    wanted = {"darkroom.approval.requested", "darkroom.approval.reminded"} if shown else set()
    assert with_prompt == wanted
    assert shown or not any("prompt" in data for data in found.values())
    assert shown or not any(PROMPT.encode() in p.body for p in told.world.webhooks.posted)


def test_as_much_as_there_is_room_for() -> None:
    """Twenty reviewers with long names fit; a prompt that does not is left out, not cut."""
    people = [f"{'x' * 180}{number}@contoso.com" for number in range(20)]
    told = Told(
        stage(*people, rule="all"),
        includePrompt=True,
        prompt="é" * 30_000,
        metadata={f"{number}": "m" * 190 for number in range(50)},
    )
    [post] = [p for p in told.world.webhooks.posted if ".requested" in p.headers["ce-type"]]
    data = json.loads(post.body)

    assert len(post.body) <= MAX_EVENT_BYTES
    assert asked(data) == people
    assert data["prompt"] is None


def test_their_links_come_before_long_texts() -> None:
    """Whom to ask matters more than what a large resource says of its images."""
    people = [f"{'x' * 180}{n}@contoso.com" for n in range(20)]
    told = Told(stage(*people), n=6, altText="\u6ce2" * 2000)
    [data] = asking(told)

    assert asked(data) == people and data["truncated"]
    assert all(len(post.body) <= MAX_EVENT_BYTES for post in told.world.webhooks.posted)


def test_no_room_for_their_links() -> None:
    """Where even the least has no room for them, the common links go: theirs are all or none."""
    told = Told(stage(ANA, BO))
    s, journal = told.world.s, told.world.s.journals.load(told.id)
    content = s.contents.read(told.id)
    assert content is not None
    long = {who: "x" * MAX_EVENT_BYTES for who in content.people}
    said = content.model_copy(update={"people": long})
    asks = next(one for one in journal.events if one.type == REQUESTED)
    data = data_of(of_request(journal), asks, said, s, with_prompt=False)

    assert data["reviewers"] == [] and data["decisionUrl"]
