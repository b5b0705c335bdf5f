"""Events in both modes, for requests and notices, judged by the packages that receivers use."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_binary_event, from_structured_event
from cloudevents.core.formats.json import JSONFormat
from standardwebhooks import Webhook

from shared.chain.events import MAX_DATA_BYTES, data_of
from shared.chain.sources import of_request
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


def test_a_resource_too_large() -> None:
    """Of one that would not get through everywhere its links are sent, and those to decide by."""
    world = world_of()
    subscribed(world, "a")
    request_id = submitted(world, **QUIET)
    world.run_for(1)
    world.s.contents.update(
        request_id,
        lambda content: content.model_copy(update={"metadata": {"huge": "y" * MAX_DATA_BYTES}}),
    )
    journal = world.s.journals.load(request_id)
    content = world.s.contents.read(request_id)
    source = of_request(journal)
    data = data_of(source, journal.events[-1], content, world.s, with_prompt=True)

    assert data["truncated"] is True
    assert (data["id"], data["status"]) == (request_id, "awaitingApproval")
    assert data["links"]["self"].endswith(request_id)
    assert "decisionUrl" in data and "images" not in data
    assert len(json.dumps(data)) < 4096


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
