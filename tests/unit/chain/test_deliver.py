"""Attempts to deliver: when they are made, repeated and given up."""

import json
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from shared.chain.deliver import deliver
from shared.chain.ports import WebhookAnswer
from shared.domain.messages import EventMessage
from shared.domain.names import EVENT_QUEUE
from shared.errors import AddressRefused, ServiceError, SinkError, StorageError
from tests.crash.world import World
from tests.fakes import START, ScriptedWebhooks
from tests.unit.histories import approved, failing, look, submitted

SECRET = "whsec_" + "c2VjcmV0" * 4
ALL = {"callbackEvents": ["*"]}
DOWN = WebhookAnswer(503)


def told(*script: WebhookAnswer | ServiceError, **fields: Any) -> tuple[World, str]:
    world = World(webhooks=ScriptedWebhooks(*script))
    return world, submitted(world, **(ALL | fields))


def seqs(world: World) -> list[int]:
    return [int(post.headers["ce-sequence"]) for post in world.webhooks.posted]


def log(world: World, request_id: str) -> list[dict[str, Any]]:
    lines = world.store.blobs["deliveries", f"images/{request_id}"].data.splitlines()
    return [json.loads(line) for line in lines]


def test_gone() -> None:
    """410 ends the attempts of an event at once."""
    world, request_id = told(WebhookAnswer(410))
    world.run_for(90_000)

    assert seqs(world).count(1) == 1
    assert [one["outcome"] for one in log(world, request_id) if one["seq"] == 1] == [
        *("started", "gone")
    ]


def test_an_address_that_may_not_be_called() -> None:
    """It may be called tomorrow, so a refused address is a failure: nothing else is lost by it."""
    world = World(webhooks=ScriptedWebhooks(AddressRefused()))
    request_id = approved(world, **ALL)
    world.run_for(600)

    outcomes = [(one["seq"], one["outcome"]) for one in log(world, request_id)]
    assert outcomes[:4] == [(1, "started"), (1, "failed"), (1, "started"), (1, "delivered")]
    told_of = {event.seq for event in world.s.journals.load(request_id).events}
    assert {seq for seq, outcome in outcomes if outcome == "delivered"} == told_of


def test_nobody_to_tell_any_more() -> None:
    """When the callback is erased, its events are settled without a call."""
    world, request_id = told(DOWN)
    world.run_for(1)
    del world.store.blobs["content", f"{request_id}.json"]
    world.run_for(3600)

    assert len(world.webhooks.posted) <= 3
    assert log(world, request_id)[-1]["outcome"] == "gone"


def test_dead_after_the_last_attempt() -> None:
    """Eleven attempts at the table's times, then the event is dead and nothing is due."""
    world = World(webhooks=ScriptedWebhooks(*[DOWN] * 99))
    request_id = approved(world)
    world.run_for(4 * 86_400)
    lines = log(world, request_id)

    assert len(world.webhooks.posted) == 11
    assert [one["outcome"] for one in lines[1::2]] == ["failed"] * 10 + ["dead"]
    assert [one["attempt"] for one in lines] == [n // 2 + 2 for n in range(-2, 20)]
    times = [datetime.fromisoformat(one["at"]) for one in lines[::2]]
    pauses = [(b - a).total_seconds() for a, b in pairwise(times)]
    table = [5, 30, 120, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400]
    assert all(0.9 * s <= pause <= 1.1 * s + 1 for s, pause in zip(table, pauses, strict=True))


def test_a_longer_retry_after() -> None:
    """A receiver that asks for more time gets it."""
    world = World(webhooks=ScriptedWebhooks(WebhookAnswer(429, 80.0)))
    request_id = approved(world)
    world.run_for(600)
    lines = log(world, request_id)

    pause = datetime.fromisoformat(lines[2]["at"]) - datetime.fromisoformat(lines[1]["at"])
    assert timedelta(seconds=80) <= pause < timedelta(seconds=90)


def test_a_dead_worker_holds_an_event_for_a_minute() -> None:
    """An attempt that was begun and never ended is followed by another a minute later."""
    world, request_id = told(SinkError())
    world.webhooks.posted.clear()
    stream = world.store.blobs
    world.run_for(1)
    lines = stream["deliveries", f"images/{request_id}"].data.splitlines(keepends=True)
    stream["deliveries", f"images/{request_id}"].data = lines[0]
    before = len(world.webhooks.posted)
    message = EventMessage(stream=f"images/{request_id}", seq=1, sink="callback", attempt=2)
    deliver(message, world.s)
    assert len(world.webhooks.posted) == before
    world.clock.advance(61)
    deliver(message, world.s)
    deliver(message, world.s)

    assert seqs(world)[before:].count(1) == 1


def test_a_message_about_nothing() -> None:
    """A message for a request or an event that is not there does nothing."""
    world, request_id = told()
    for stream, seq in ((f"images/{request_id}", 99), ("images/nothing", 1)):
        deliver(EventMessage(stream=stream, seq=seq, sink="callback", attempt=1), world.s)

    assert world.webhooks.posted == []


def test_messages_hold_ids_only() -> None:
    """What is queued for an event names it, and nothing else."""
    world, request_id = told(DOWN)
    look(world.s, request_id)

    message = world.queue.messages[EVENT_QUEUE][0]
    assert json.loads(message.text) == {
        "v": 1, "stream": f"images/{request_id}", "seq": 1, "sink": "callback", "attempt": 2
    }  # fmt: skip
    assert timedelta(seconds=4) < message.visible_at - START < timedelta(seconds=6)


def test_a_lost_answer_to_a_claim() -> None:
    """A claim that was written without an answer is ours, at any fraction of a second."""
    world, request_id = told()
    world.clock.advance(0.000789)
    s = failing(world.s, "appends.append", StorageError(), times=2, name="images/", done=True)
    look(s, request_id)

    assert [one["outcome"] for one in log(world, request_id)][:2] == ["started", "delivered"]
    assert len(log(world, request_id)) == 6
    assert seqs(world) == [1, 3, 4]


def test_a_log_that_cannot_be_written() -> None:
    """An outcome that cannot be recorded ends the attempt; it counts as abandoned."""
    world, request_id = told()
    brought = failing(world.s, "appends.append", StorageError(), name='"delivered"')
    look(brought, request_id)

    assert {one["outcome"] for one in log(world, request_id)} == {"started"}
    world.run_for(3600)
    assert log(world, request_id)[-1]["outcome"] == "delivered"
