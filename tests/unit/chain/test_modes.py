"""Events in both modes, for requests and notices, judged by the packages that receivers use."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_binary_event, from_structured_event
from cloudevents.core.formats.json import JSONFormat
from standardwebhooks import Webhook

from shared.chain.events import MAX_DATA_BYTES, data_of, post_of
from shared.chain.sinks import Address
from shared.chain.sources import of_request
from shared.domain.event_views import SlimEventData
from shared.domain.facts import NotSent
from shared.security.callers import Caller, CallerBook, Role
from shared.security.keys import KeyRing, SigningKey
from shared.security.signatures import webhook_key
from tests.crash.world import World
from tests.fakes import START, ScriptedTopic
from tests.unit.chain.receivers import receivers, service, subscribed, url_of, world_of
from tests.unit.histories import URL, submitted

QUIET: dict[str, Any] = {"callbackUrl": ...}
BLOCKED = NotSent(attempt=1, code="upstream_unauthorized", not_before=START)
MODES = ("binary", "structured")


def read(post: Any, mode: str) -> Any:
    parse = from_binary_event if mode == "binary" else from_structured_event
    return parse(HTTPMessage(headers=dict(post.headers), body=post.body), JSONFormat())


def today(world: World) -> None:
    """The judges look at the machine's clock."""
    world.clock.advance((datetime.now(UTC) - world.clock.now()).total_seconds())


@pytest.mark.parametrize("mode", MODES)
def test_an_event_of_a_request(mode: str) -> None:
    """Both modes carry the same attributes and data, signed with the subscription's secret."""
    world = world_of()
    today(world)
    one = subscribed(world, "a", mode=mode)
    request_id = submitted(world, **QUIET)
    world.run_for(1)
    journal = world.s.journals.load(request_id)
    for post, event in zip(receivers(world).posted, journal.events, strict=True):
        found = read(post, mode)

        assert (found.get_id(), found.get_type()) == (f"{request_id}-{event.seq}", event.type)
        assert found.get_subject() == f"images/{request_id}"
        assert found.get_time() == event.at
        assert found.get_datacontenttype() == "application/json"
        assert found.get_extension("journalhead") == event.journal_head
        assert found.get_extension("sequence") == f"{event.seq:06d}"
        assert found.get_data()["id"] == request_id
        assert Webhook(one.secrets[0].secret).verify(post.body, dict(post.headers))
        assert post.headers["webhook-id"] == found.get_id()


@pytest.mark.parametrize("mode", MODES)
def test_an_event_of_a_deployment(mode: str) -> None:
    """A notice has the stream's name as its subject and says which deployment it is about."""
    world = world_of()
    today(world)
    one = subscribed(world, "a", mode=mode)
    world.s.breakers.report("img", "r.1", "r", "marketing", BLOCKED)
    world.run_for(1)

    [post] = receivers(world).posted
    found = read(post, mode)
    stream = world.s.streams.load("deployments/img")
    assert found.get_type() == "darkroom.deployment.blocked"
    assert (found.get_id(), found.get_subject()) == ("deployments/img-1", "deployments/img")
    assert found.get_extension("journalhead") == stream.head
    data = found.get_data()
    assert (data["name"], data["reason"]) == ("img", "upstream_unauthorized")
    assert found.get_dataschema().endswith("#/components/schemas/DeploymentBlocked")
    assert Webhook(one.secrets[0].secret).verify(post.body, dict(post.headers))


def test_the_topic() -> None:
    """Event Grid gets each event as a batch of one in the JSON format."""
    world = world_of()
    world.topic = ScriptedTopic()
    world.s = world._services()
    request_id = submitted(world, **QUIET)
    world.run_for(1)

    for body in world.topic.published:
        [event] = json.loads(body)
        found: Any = JSONFormat().read(None, json.dumps(event))
        assert found.get_subject() == f"images/{request_id}"
        assert found.get_data()["id"] == request_id
    assert len(world.topic.published) == 3


def test_secrets_overlap() -> None:
    """While a secret is changed both sign, the new one first; a day later one."""
    world = world_of()
    today(world)
    one = subscribed(world, "a")
    turned = service(world).rotate(one.id)
    submitted(world, **QUIET)
    world.run_for(1)
    post = receivers(world).posted[0]
    for secret in (turned.secrets[0], one.secrets[0]):
        assert Webhook(secret.secret).verify(post.body, dict(post.headers))
    assert len(post.headers["webhook-signature"].split()) == 2

    world.clock.advance(86_400)
    submitted(world, **QUIET)
    world.run_for(1)
    assert len(receivers(world).posted[-1].headers["webhook-signature"].split()) == 1


def test_our_keys_overlap() -> None:
    """A callback without a secret of its own is signed with every key of the ring."""
    world = world_of()
    today(world)
    keys = (SigningKey("new", b"n" * 32), SigningKey("k", b"s" * 32))
    object.__setattr__(world.s.terms, "ring", KeyRing(keys))
    submitted(world, callbackEvents=["*"])
    world.run_for(1)

    post = receivers(world).to(URL)[0]
    for key in keys:
        assert Webhook(webhook_key(key.key)).verify(post.body, dict(post.headers))


def asking_about(n: int, **kept: Any) -> dict[str, Any]:
    """The question about so many images, of a request whose content says this as well."""
    world = world_of()
    request_id = submitted(world, **QUIET, n=n)
    world.run_for(1)
    journal, content = world.s.journals.load(request_id), world.s.contents.read(request_id)
    assert content is not None
    said = content.model_copy(update=kept)
    data = data_of(of_request(journal), journal.events[-1], said, world.s, with_prompt=True)
    assert (data["id"], data["status"]) == (request_id, "awaitingApproval")
    assert data["links"]["self"].endswith(request_id) and "decisionUrl" in data
    return data


@pytest.mark.parametrize(
    "kept", [{"alt_text": "\u6ce2" * 2000}, {"metadata": {"huge": "y" * MAX_DATA_BYTES}}]
)
def test_a_resource_too_large(kept: dict[str, Any]) -> None:
    """Of one that would not get through everywhere there is all that people decide by."""
    data = asking_about(10, purpose="For the harbour", **kept)

    assert SlimEventData.model_validate(data).wire() | {"prompt": None} == data | {"prompt": None}
    assert data["approval"]["images"] == [one["index"] for one in data["images"]]
    assert all(one["url"] and one["sha256"] for one in data["images"])
    assert data["purpose"] == "For the harbour" and "metadata" not in data
    assert len(json.dumps(data)) < 12_000


def test_far_too_large() -> None:
    """Where not even that gets through, the links do."""
    data = asking_about(1, purpose="y" * MAX_DATA_BYTES)

    assert data["truncated"] is True
    assert not {"images", "approval", "purpose"} & set(data)


def test_text_goes_as_it_is() -> None:
    """What is not ASCII takes its bytes and no escape; no text can keep an event from going."""
    world = world_of()
    request_id = submitted(world, **QUIET)
    journal, content = world.s.journals.load(request_id), world.s.contents.read(request_id)
    assert content is not None
    said = content.model_copy(update={"purpose": '\u6ce2 \\ " \ud800'})
    address = Address(URL, ("whsec_" + "c2VjcmV0" * 4,))
    post = post_of(of_request(journal), journal.events[0], said, address, world.s)

    assert "\u6ce2 ".encode() in post.body
    assert json.loads(post.body)["purpose"] == said.purpose


@pytest.mark.parametrize(
    ("request_asks", "sink_asks", "shown"),
    [(True, True, True), (True, False, False), (False, True, False), (False, False, False)],
)
def test_the_prompt(request_asks: bool, sink_asks: bool, shown: bool) -> None:
    """It is told where people are asked, and only when request and subscription both say so."""
    world = world_of()
    world.topic = ScriptedTopic()
    world.s = world._services()
    subscribed(world, "a", include_prompt=sink_asks)
    submitted(world, **QUIET, includePrompt=request_asks)
    world.run_for(1)

    told = [json.loads(post.body).get("prompt") for post in receivers(world).to(url_of("a"))]
    assert told == [None, None, "a lighthouse" if shown else None]
    assert all(b"a lighthouse" not in body for body in world.topic.published)


READ = frozenset({Role.READ})


@pytest.mark.parametrize(
    ("roles", "callers", "heard"),
    [
        (READ, (), ["images/own"]),
        (READ, ("marketing",), []),
        (READ, ("small",), ["images/own"]),
        (READ | {Role.READ_ALL}, (), ["images/own", "images/other", "deployments/img"]),
        (READ | {Role.READ_ALL}, ("marketing",), ["images/other"]),
        (READ | {Role.OPERATE}, (), ["images/own", "deployments/img"]),
        (frozenset(), (), []),
        (None, (), []),
    ],
)
def test_who_hears_of_what(
    roles: frozenset[Role] | None, callers: tuple[str, ...], heard: list[str]
) -> None:
    """Only of own requests without readAll, and what is nobody's needs readAll or operate."""
    world = world_of()
    small = [Caller("small", roles)] if roles is not None else []
    object.__setattr__(world.s.terms, "callers", CallerBook((world.caller, *small)))
    subscribed(world, "a", caller="small", callers=callers)
    other = submitted(world, **QUIET)
    own_caller = Caller("small", frozenset(Role))
    world.caller = own_caller
    own = world.submit("k", callbackUrl=None)
    world.s.breakers.report("img", "r.1", "r", "marketing", BLOCKED)
    world.run_for(60)

    named = {f"images/{own}": "images/own", f"images/{other}": "images/other"}
    subjects = [post.headers["ce-subject"] for post in receivers(world).to(url_of("a"))]
    found = {named.get(subject, subject) for subject in subjects}
    assert found == set(heard)


def test_only_the_wanted_events() -> None:
    """Filters of types count; gaps in the sequence are normal."""
    world = world_of()
    subscribed(world, "a", events=("darkroom.approval.requested",))
    submitted(world, **QUIET)
    world.run_for(1)

    assert receivers(world).seqs(url_of("a")) == [4]
