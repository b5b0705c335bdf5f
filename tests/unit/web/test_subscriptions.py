"""Subscribing over HTTP: who may, what is shown, and what never is."""

import json
from typing import Any

import pytest

from shared.domain.subscriptions import MAX_SUBSCRIPTIONS
from tests.unit.web.world import FLOW, OPERATOR, OTHER, POWERLESS, SUBMIT, World

URL = "https://prod-00.westeurope.logic.azure.com/workflows/1/secret-path?sig=planted"
BODY = {"notificationUrl": URL, "events": ["darkroom.request.approved"]}


def subscribe(world: World, key: str = FLOW, **fields: Any) -> dict[str, Any]:
    answer = world.http("subscribe", {**BODY, **fields}, key=key)
    assert answer.status == 201, answer.json
    return dict(answer.json)


def items(world: World, key: str) -> list[dict[str, Any]]:
    return list(world.http("list_subscriptions", key=key).json["items"])


def test_a_new_subscription() -> None:
    """201 with where to end it, and a secret that is shown now and never again."""
    world = World()
    answer = world.http("subscribe", BODY)

    made = answer.json
    assert (answer.status, made["caller"], made["mode"]) == (201, "flow", "binary")
    assert answer.headers["Location"] == f"https://darkroom.example/api/subscriptions/{made['id']}"
    assert made["secret"].startswith("whsec_")
    assert made["notificationUrl"] == "https://prod-00.westeurope.logic.azure.com/…"
    [listed] = items(world, FLOW)
    assert listed == {**made, "secret": None}


def test_the_answer_waits_until_everybody_knows() -> None:
    """Whoever has the answer hears of everything from then on, whichever process sees to it."""
    world = World()
    before = world.clock.now()
    subscribe(world)

    assert (world.clock.now() - before).total_seconds() == 2


@pytest.mark.parametrize(("key", "codes"), [(None, ["no_sink"]), (OTHER, ["no_sink"]), (FLOW, [])])
def test_warned_while_nobody_listens(key: str | None, codes: list[str]) -> None:
    """A request whose events nobody hears of says so; a subscriber who hears of them ends that."""
    world = World()
    if key:
        subscribe(world, key=key)
    ticket = world.http("submit", dict(SUBMIT)).json
    shown = world.http("get_image", id=ticket["id"]).json

    assert [one["code"] for one in ticket["warnings"]] == codes
    assert shown["warnings"] == ticket["warnings"]


def test_subscribing_twice() -> None:
    """The same address and events are the same subscription, without its secret."""
    world = World()
    first, second = subscribe(world), subscribe(world, mode="structured")

    assert second["id"] == first["id"]
    assert (second["secret"], second["mode"]) == (None, "structured")
    assert second["secrets"] == first["secrets"]
    others = [
        subscribe(world, notificationUrl=URL + "2")["id"],
        subscribe(world, events=[])["id"],
        subscribe(world, callers=["flow"])["id"],
        subscribe(world, key=OTHER)["id"],
    ]
    assert len({first["id"], *others}) == 5


def test_ending_one() -> None:
    """204, again 204; another caller's is not there, except for operators."""
    world = World()
    made = subscribe(world)

    assert world.http("end_subscription", key=OTHER, id=made["id"]).status == 404
    assert items(world, FLOW) != []
    for _ in range(2):
        assert world.http("end_subscription", id=made["id"]).status == 204
    assert items(world, FLOW) == []
    again = subscribe(world)
    assert again["secret"] not in (None, made["secret"])
    assert world.http("end_subscription", key=OPERATOR, id=again["id"]).status == 204


def test_who_sees_what() -> None:
    """Everybody their own, operators all; without the role nobody anything."""
    world = World()
    subscribe(world), subscribe(world, key=OTHER)

    assert [one["caller"] for one in items(world, FLOW)] == ["flow"]
    assert {one["caller"] for one in items(world, OPERATOR)} == {"flow", "other"}
    assert world.http("list_subscriptions", key=POWERLESS).status == 403
    assert world.http("subscribe", BODY, key=POWERLESS).status == 403


def test_rotation() -> None:
    """A new secret is shown once and signs first; the one before it for another day."""
    world = World()
    made = subscribe(world)
    turned = world.http("rotate_secret", id=made["id"]).json

    assert turned["secret"] not in (None, made["secret"])
    assert [one["until"] for one in turned["secrets"]] == [None, "2026-11-21T12:00:02.000Z"]
    one = world.s.subscriptions.read(made["id"])
    assert one is not None
    now = world.clock.now()
    assert one.signing(now) == (turned["secret"], made["secret"])
    world.clock.advance(24 * 3600)
    assert one.signing(world.clock.now()) == (turned["secret"],)
    for _ in range(5):
        world.http("rotate_secret", id=made["id"])
    assert len(items(world, FLOW)[0]["secrets"]) == 3
    assert world.http("rotate_secret", key=OTHER, id=made["id"]).status == 404
    assert world.http("rotate_secret", id="0" * 24).status == 404
    assert world.http("rotate_secret", id="../x").status == 404


def test_every_fault_at_once() -> None:
    """A fault of shape hides none of what is wrong with the rest."""
    wrong = {"notificationUrl": "https://10.0.0.1/", "events": ["final", "foo"], "mode": "x"}
    answer = World().http("subscribe", {**wrong, "callers": [7]})
    bare = World().http("subscribe", {"events": ["foo"]})

    everything = {"#/notificationUrl", "#/events/1", "#/mode", "#/callers/0"}
    assert (answer.status, answer.pointers) == (400, everything)
    assert bare.pointers == {"#/notificationUrl", "#/events/0"}


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"notificationUrl": "https://127.0.0.1/x"}, "#/notificationUrl"),
        ({"notificationUrl": "https://evil.example/x"}, "#/notificationUrl"),
        ({"events": ["darkroom.request.aproved"]}, "#/events/0"),
        ({"mode": "batched"}, "#/mode"),
        ({"includePrompt": "yes"}, "#/includePrompt"),
        ({"unknown": 1}, "#/unknown"),
    ],
)
def test_faults(fields: dict[str, Any], pointer: str) -> None:
    """What cannot be subscribed to is named, and nothing is written."""
    world = World()
    answer = world.http("subscribe", {**BODY, **fields})

    assert (answer.status, answer.code) == (400, "invalid_request")
    assert [one["pointer"] for one in answer.json["errors"]] == [pointer]
    assert world.untouched


def test_a_bounded_number() -> None:
    """A caller has room for a hundred, and for one more when one has ended."""
    world = World()
    ids = [
        subscribe(world, notificationUrl=f"{URL}{number}")["id"]
        for number in range(MAX_SUBSCRIPTIONS)
    ]
    refused = world.http("subscribe", {**BODY, "notificationUrl": URL + "x"})

    assert (refused.status, refused.code) == (409, "too_many_subscriptions")
    assert subscribe(world, notificationUrl=f"{URL}5")["id"] == ids[5]
    assert subscribe(world, key=OTHER)["secret"]
    world.http("end_subscription", id=ids[0])
    assert subscribe(world, notificationUrl=URL + "x")["secret"]


def test_secrets_stay_where_they_are(caplog: pytest.LogCaptureFixture) -> None:
    """Neither address nor secret is in a log line or a blob's name."""
    caplog.set_level("INFO")
    world = World()
    made = subscribe(world)
    world.http("rotate_secret", id=made["id"])

    names = json.dumps([name for _, name in world.store.blobs])
    for text in ("planted", "secret-path", made["secret"]):
        assert text not in names + caplog.text
