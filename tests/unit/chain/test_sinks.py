"""Several sinks of one stream: each has its own order and retries, and none delays another."""

import json
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from shared.chain.deliver import deliver
from shared.chain.ports import WebhookAnswer
from shared.chain.standing import DOUBTED_AT_ONCE
from shared.domain import deliveries, names
from shared.domain.messages import EventMessage
from shared.errors import AddressRefused, SinkError
from tests.crash.world import World
from tests.fakes import ScriptedTopic
from tests.unit.chain.receivers import (
    Plan,
    always,
    receivers,
    service,
    subscribed,
    url_of,
    world_of,
)
from tests.unit.histories import URL, approved, look, submitted

QUIET: dict[str, Any] = {"callbackUrl": ...}
ALL = {"callbackEvents": ["*"]}
DOWN = always(WebhookAnswer(503))


def lines(world: World, request_id: str, sink: str) -> list[deliveries.Line]:
    data = world.store.blobs[names.DELIVERIES, f"images/{request_id}"].data
    return [line for line in deliveries.parse(data).lines if line.sink == sink]


def outcomes(world: World, request_id: str, sink: str, seq: int = 1) -> list[str]:
    return [one.outcome for one in lines(world, request_id, sink) if one.seq == seq]


def test_everybody_hears_of_everything() -> None:
    """Callback, subscriptions and topic get each event once, in order, from one log."""
    world = world_of()
    world.topic = ScriptedTopic()
    world.s = world._services()
    ids = [subscribed(world, name).id for name in ("a", "b")]
    request_id = submitted(world, **ALL)
    world.run_for(60)

    assert [receivers(world).seqs(url) for url in (URL, url_of("a"), url_of("b"))] == [
        [1, 3, 4]
    ] * 3
    assert [json.loads(body)[0]["sequence"] for body in world.topic.published] == [
        *("000001", "000003", "000004")
    ]
    sinks = {"callback", "eventgrid", *(f"sub-{one}" for one in ids)}
    assert {line.sink for one in sinks for line in lines(world, request_id, one)} == sinks
    assert world.store.names(names.STATE, names.PENDING) == []


# What a receiver does, and what its log says then: the attempts of the first event.
PLANS: dict[str, tuple[Plan, list[str]]] = {
    "500": (always(WebhookAnswer(500)), ["started", "failed"] * 10 + ["started", "dead"]),
    "time-out": (always(SinkError()), ["started", "failed"] * 10 + ["started", "dead"]),
    "301": (always(WebhookAnswer(301)), ["started", "failed"] * 10 + ["started", "dead"]),
    "410": (always(WebhookAnswer(410)), ["started", "gone"]),
    "private": (always(AddressRefused()), ["started", "failed"] * 10 + ["started", "dead"]),
    "200": (always(WebhookAnswer(200)), ["started", "delivered"]),
}


@pytest.mark.parametrize("name", PLANS)
def test_by_plan(name: str) -> None:
    """Each receiver's log is what the table says, and the others' is as if it were not there."""
    plan, expected = PLANS[name]
    world = world_of(bad=plan)
    bad, good = subscribed(world, "bad"), subscribed(world, "good")
    request_id = approved(world, **QUIET)
    world.run_for(4 * 86_400)

    assert outcomes(world, request_id, f"sub-{bad.id}") == expected
    assert receivers(world).seqs(url_of("good")) == [1, 3, 4, 7]
    for seq in (1, 3, 4, 7):
        assert outcomes(world, request_id, f"sub-{good.id}", seq) == ["started", "delivered"]
    assert service(world).read(good.id) is not None
    assert (service(world).read(bad.id) is None) == (name == "410")


def test_the_times_of_the_table() -> None:
    """A longer Retry-After wins; without one the pauses are the table's."""
    asked = iter([WebhookAnswer(429, 77.0)])
    world = world_of(slow=lambda post: next(asked, WebhookAnswer(500)))
    one = subscribed(world, "slow")
    request_id = submitted(world, **QUIET)
    world.run_for(4 * 86_400)

    found = lines(world, request_id, f"sub-{one.id}")
    starts = [line.at for line in found if (line.seq, line.outcome) == (1, "started")]
    pauses = [(b - a).total_seconds() for a, b in pairwise(starts)]
    table = [77, 30, 120, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400]
    assert all(0.9 * s <= pause <= 1.1 * s + 1 for s, pause in zip(table, pauses, strict=True))


def test_others_are_not_kept_waiting() -> None:
    """With four dead sinks of five, the fifth hears of each event as if it were alone."""

    def slow(post: Any) -> SinkError:
        return SinkError()

    times = []
    for dead in ((), ("a", "b", "c", "d")):
        world = world_of(**dict.fromkeys(dead, slow))
        for name in ("a", "b", "c", "d", "good"):
            subscribed(world, name)
        start = world.clock.now()
        approved(world, **QUIET)
        found = receivers(world)
        at = zip(found.posted, found.times, strict=True)
        times.append([when - start for post, when in at if post.url == url_of("good")])
    alone, among_dead = times

    assert len(alone) == 4
    assert among_dead == alone


def test_one_attempt_inside_the_chain() -> None:
    """A look tries one sink at once, and none once one has failed; the rest goes by message."""
    world = world_of(a=DOWN, b=DOWN, c=DOWN)
    for name in ("a", "b", "c"):
        subscribed(world, name)
    request_id = submitted(world, **QUIET)
    look(world.s, request_id)

    assert len(receivers(world).posted) == 1
    queued = [json.loads(one.text) for one in world.queue.messages[names.EVENT_QUEUE]]
    assert sorted((one["seq"], one["attempt"]) for one in queued) == [(1, 1), (1, 1), (1, 2)]


def test_a_host_that_failed_is_not_tried_inside_the_chain() -> None:
    """The next request's first event goes by message, until the host has answered."""
    world = world_of()
    receivers(world).plans[URL] = DOWN
    first, second = submitted(world, **ALL), submitted(world, **ALL)
    look(world.s, first)
    look(world.s, second)
    assert [post.headers["ce-subject"] for post in receivers(world).posted] == [f"images/{first}"]

    receivers(world).plans.clear()
    world.run_for(60)
    third = submitted(world, **ALL)
    before = len(receivers(world).posted)
    look(world.s, third)
    assert len(receivers(world).posted) == before + 3


def test_doubted_hosts_share_few_places() -> None:
    """However many attempts wait for a dead host, others find a place."""
    standing = world_of().s.standing
    standing.note("dead", worked=False)
    held = [standing.place("dead") for _ in range(DOUBTED_AT_ONCE + 1)]

    assert [one.__enter__() for one in held] == [True] * DOUBTED_AT_ONCE + [False]
    with standing.place("good") as free:
        assert free
    for one in held:
        one.__exit__(None, None, None)
    with standing.place("dead") as free:
        assert free


def test_no_place() -> None:
    """A message that finds no place is put back, and is no attempt."""
    world = world_of(a=DOWN)
    one = subscribed(world, "a")
    request_id = submitted(world, **QUIET)
    look(world.s, request_id)
    world.queue.messages.clear()
    held = [world.s.standing.place("a.logic.azure.com") for _ in range(DOUBTED_AT_ONCE)]
    for place in held:
        place.__enter__()
    message = EventMessage(stream=f"images/{request_id}", seq=1, sink=f"sub-{one.id}", attempt=2)
    world.clock.advance(10)
    before = len(receivers(world).posted)
    deliver(message, world.s)

    [queued] = world.queue.messages[names.EVENT_QUEUE]
    assert EventMessage.model_validate_json(queued.text) == message
    assert timedelta(seconds=30) <= queued.visible_at - world.clock.now() <= timedelta(seconds=90)
    assert len(receivers(world).posted) == before


def test_doubled_chains_collapse() -> None:
    """Messages for one attempt, however many, make one attempt and one message for the next."""
    world = world_of(a=DOWN)
    one = subscribed(world, "a")
    request_id = submitted(world, **QUIET)
    look(world.s, request_id)
    world.clock.advance(10)
    world.queue.messages.clear()
    message = EventMessage(stream=f"images/{request_id}", seq=1, sink=f"sub-{one.id}", attempt=2)
    before = len(receivers(world).posted)
    for _ in range(5):
        deliver(message, world.s)

    assert len(receivers(world).posted) == before + 1
    [queued] = world.queue.messages[names.EVENT_QUEUE]
    assert json.loads(queued.text)["attempt"] == 3


def test_nothing_after_an_unsubscribe() -> None:
    """Retries that were on their way end, and later events have nowhere to go."""
    world = world_of(a=DOWN)
    one = subscribed(world, "a")
    request_id = submitted(world, **QUIET)
    world.run_for(20)
    service(world).remove(one.id)
    before = len(receivers(world).to(url_of("a")))
    world.run_for(4 * 86_400)

    assert before > 0
    assert len(receivers(world).to(url_of("a"))) == before
    assert world.store.names(names.STATE, names.PENDING) == []
    assert world.request(request_id).final


def test_a_worker_that_has_not_heard_of_it() -> None:
    """The blob is read right before each send, so a list in memory does no harm."""
    world = world_of()
    one = subscribed(world, "a")
    assert service(world).all()
    world.store.blobs.pop((names.STATE, f"subscriptions/{one.id}.json"))
    request_id = submitted(world, **QUIET)
    look(world.s, request_id)
    world.run_for(0)

    assert receivers(world).posted == []
    assert outcomes(world, request_id, f"sub-{one.id}") == ["started", "gone"]


def test_subscribing_again_is_a_new_beginning() -> None:
    """What was missed in between stays missed; what comes after arrives."""
    world = world_of()
    one = subscribed(world, "a")
    service(world).remove(one.id)
    request_id = submitted(world, **QUIET)
    world.run_for(30)
    again = subscribed(world, "a")
    world.run_for(300_000)

    assert again.id == one.id
    assert world.request(request_id).final
    assert receivers(world).seqs(url_of("a")) == [world.s.journals.load(request_id).events[-1].seq]


def test_a_topic_that_is_new() -> None:
    """It hears of the last hour and what follows, not of what is older."""
    world = world_of()
    request_id = submitted(world, **QUIET)
    world.run_for(2 * 3600)
    world.topic = ScriptedTopic()
    world.s = world._services()
    look(world.s, request_id)
    assert world.topic.published == []
    world.run_for(4 * 86_400)

    assert [json.loads(body)[0]["type"] for body in world.topic.published] == [
        "darkroom.request.expired"
    ]


def test_a_topic_that_answers_410_is_not_gone() -> None:
    """The topic is the operator's: whatever it answers, it is asked again."""
    world = world_of()
    world.topic = ScriptedTopic(WebhookAnswer(410), SinkError(), WebhookAnswer(401))
    world.s = world._services()
    request_id = submitted(world, **QUIET)
    world.run_for(600)

    found = outcomes(world, request_id, "eventgrid")
    assert found == ["started", "failed"] * 3 + ["started", "delivered"]


def test_created_at_is_where_it_begins() -> None:
    """Nothing is told that happened before."""
    world = world_of()
    request_id = submitted(world, **QUIET)
    world.run_for(30)
    subscribed(world, "late")
    look(world.s, request_id)
    world.run_for(600)

    assert receivers(world).posted == []


def test_one_failure_ends_the_patience_of_a_look() -> None:
    """Where one attempt inside the chain has failed, the look makes no other, whoever's turn."""
    world = world_of(a=DOWN, b=DOWN)
    subscribed(world, "a", events=("darkroom.request.accepted",))
    subscribed(world, "b", events=("darkroom.images.generated",))
    look(world.s, submitted(world, **QUIET))

    assert [post.url for post in receivers(world).posted] == [url_of("a")]


def test_a_cover_whose_notice_is_still_to_come() -> None:
    """A look that comes before the notice leaves the cover for whoever is about to record it."""
    world = world_of()
    cover = world.s.due.cover("deployments~img", 0)
    look(world.s, "deployments~img", due=cover.name)
    assert world.store.names(names.STATE, "due/") == [cover.name]

    world.run_for(600)
    assert world.store.names(names.STATE, "due/") == []


def test_an_event_that_follows_while_another_is_delivered() -> None:
    """Whoever delivers learns of what came meanwhile, and whoever adds to it of what arrived."""
    world = world_of()
    one = subscribed(world, "a")
    request_id = submitted(world, **QUIET)
    # The host is doubted, so the look sends nothing itself; its first message is handled at once,
    # before the look goes on.
    world.s.standing.note("a.logic.azure.com", worked=False)
    message = EventMessage(stream=f"images/{request_id}", seq=1, sink=f"sub-{one.id}", attempt=1)
    world.during_call = lambda: deliver(message, world.s)
    look(world.s, request_id)
    world.run_for(1)

    assert receivers(world).seqs(url_of("a")) == [1, 3, 4]


def test_a_delivery_that_ends_after_more_has_come() -> None:
    """The one who delivered the first event sends a message for the one that came meanwhile."""
    world = world_of()
    one = subscribed(world, "a")
    request_id = submitted(world, **QUIET)
    world.s.standing.note("a.logic.azure.com", worked=False)

    def slow(post: Any) -> WebhookAnswer:
        receivers(world).plans.clear()
        look(world.s, request_id)
        world.queue.messages.clear()
        return WebhookAnswer(200)

    receivers(world).plans[url_of("a")] = slow
    message = EventMessage(stream=f"images/{request_id}", seq=1, sink=f"sub-{one.id}", attempt=1)
    deliver(message, world.s)
    world.run_for(1)

    assert receivers(world).seqs(url_of("a")) == [1, 3, 4]
