"""
Several sinks under every fault: two subscribers, one of them failing, the topic, and a notice.

Each hears of everything it may hear of, under one id however often, and of nothing after it has
unsubscribed; nothing that happens is sent without a claim of its own.
"""

import itertools
import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from shared.chain.ports import WebhookAnswer
from shared.domain import deliveries, names
from shared.domain.deliveries import HOLD
from shared.domain.subscriptions import Subscription
from shared.security.callers import Caller, Role
from tests.crash import promises, scenarios
from tests.crash.faults import KINDS, Fault
from tests.crash.test_money import ESTIMATE
from tests.crash.world import World
from tests.fakes import START, USAGE, Plays, ScriptedModel, ScriptedTopic
from tests.unit.chain.receivers import Receivers, receivers, url_of

# Each call is visited by four or five of the nine kinds, each kind visits every other call: all
# would take 128 s of one core. The kernel's own calls are visited by all kinds elsewhere.
STRIDE = 2
# Where two workers meet, every so many calls.
PAIRED = 3
PAUSES = (1, 2, 4, 7, 12)
FAILED_AT_FIRST = 1  # attempts of each event at the subscriber that fails
LEAVES_AFTER = timedelta(minutes=30)


def failing_at_first() -> Any:
    seen: Counter[str] = Counter()

    def plan(post: Any) -> WebhookAnswer:
        seen[post.headers["webhook-id"]] += 1
        return WebhookAnswer(503 if seen[post.headers["webhook-id"]] <= FAILED_AT_FIRST else 200)

    return plan


def told(fault: Fault | None = None) -> tuple[World, str]:
    """
    One request of a caller whose budget it nearly spends.

    The topic hears of everything, `failing` in the end; `leaving` unsubscribes while people look.
    """
    limit = ESTIMATE * 11 / 10
    caller = Caller("marketing", frozenset(Role), monthly_budget_usd=limit)
    model = ScriptedModel(otherwise=Plays(usage={**USAGE, "output_tokens": 1200}))
    found = Receivers({url_of("failing"): failing_at_first()})
    world = World(fault, model, found, topic=ScriptedTopic(), caller=caller)
    found.clock = world.clock
    ids: list[str] = []
    world.meanwhile(lambda: ids.extend(subscribe(world, name) for name in ("failing", "leaving")))
    request_id = world.submit(callbackUrl=None)
    world.run_for(LEAVES_AFTER.total_seconds())
    world.insist(lambda: world.s.subscriptions.remove(ids[-1]))
    world.left_at = world.clock.now()
    scenarios.decided(world, request_id, approved=True)
    scenarios.finish(world)
    return world, request_id


def subscribe(world: World, name: str) -> str:
    wanted = Subscription(
        id="",
        caller="marketing",
        notification_url=url_of(name),
        secrets=(),
        created_at=START,
    )
    return world.s.subscriptions.subscribe(wanted)[0].id


def check(world: World, request_id: str) -> None:
    world.gate.open = False
    events = {
        f"{request_id}-{event.seq}": event for event in world.s.journals.load(request_id).events
    }
    [budget] = [name for name in world.store.names(names.REQUESTS) if name.startswith("budgets/")]
    events |= {f"{budget}-{one.seq}": one for one in world.s.streams.load(budget).events}
    assert len(events) > 4
    assert {post.headers["ce-id"] for post in taken(world)} == set(events)
    assert world.topic is not None
    assert {json.loads(body)[0]["id"] for body in world.topic.published} == set(events)
    _left(world)
    for stream in (f"images/{request_id}", budget):
        _one_delivery_each(world, stream)
    _in_order(world, request_id)
    assert world.store.names(names.STATE, names.DEAD_EVENTS) == []


def taken(world: World) -> list[Any]:
    """What the subscriber that fails at first has got: all but the first of each event."""
    seen: Counter[str] = Counter()
    found = []
    for post in receivers(world).to(url_of("failing")):
        seen[post.headers["ce-id"]] += 1
        found += [post] if seen[post.headers["ce-id"]] > FAILED_AT_FIRST else []
    return found


def _left(world: World) -> None:
    """Nothing comes after the unsubscribe, but from a worker that froze with it in its hand."""
    if "webhooks.post" in world.gate.frozen_at:
        return
    found = receivers(world)
    late = [
        when
        for post, when in zip(found.posted, found.times, strict=True)
        if post.url == url_of("leaving") and when > world.left_at
    ]
    assert late == []


def _one_delivery_each(world: World, stream: str) -> None:
    """Each event is delivered to each sink once as the log folds it, and each send is claimed."""
    log = deliveries.parse(world.store.blobs[names.DELIVERIES, stream].data)
    done = [one for one in log.deliveries if one.outcome == "delivered"]
    assert len({(one.seq, one.sink) for one in done}) == len(done)
    claims = Counter(line.seq for line in log.lines if line.outcome == "started")
    posted = (post for post in receivers(world).posted if post.headers["ce-subject"] == stream)
    sent = Counter(int(post.headers["ce-sequence"]) for post in posted)
    assert sent <= claims


def _in_order(world: World, request_id: str) -> None:
    """Nothing is tried before an earlier event has arrived, unless that is long overdue."""
    waiting = {event.seq: event for event in world.s.journals.load(request_id).events}
    found, seen = receivers(world), Counter[str]()
    for post, at in zip(found.posted, found.times, strict=True):
        if post.url != url_of("failing") or post.headers["ce-subject"] != f"images/{request_id}":
            continue
        seen[post.headers["ce-id"]] += 1
        if seen[post.headers["ce-id"]] <= FAILED_AT_FIRST:
            continue
        event = waiting.pop(int(post.headers["ce-sequence"]), None)
        if event is not None and any(seq < event.seq for seq in waiting):
            assert at >= event.at + HOLD, f"{event.seq} overtook {min(waiting)}"


def explore(fault: Fault | None) -> None:
    world, request_id = told(fault)
    check(world, request_id)
    scenarios.retire(world)
    promises.check_retired(world, request_id)
    assert world.store.names(names.STATE, names.PENDING) == []


def calls() -> list[str]:
    return told()[0].gate.log


@pytest.mark.parametrize("kind", KINDS)
def test_one_fault_anywhere(kind: str) -> None:
    """Whatever happens at one port call, everybody hears of everything, and of nothing more."""
    broken = []
    for at, what in list(enumerate(calls(), start=1))[KINDS.index(kind) % STRIDE :: STRIDE]:
        try:
            explore(Fault(kind, at))
        except Exception as error:
            broken.append((at, what, f"{type(error).__name__}: {error}"))

    assert broken == []


@pytest.mark.parametrize("at2", PAUSES)
def test_two_workers_interleaved(at2: int) -> None:
    """A second worker on the same message, begun and paused anywhere, changes nothing."""
    for at in range(1 + at2 % PAIRED, len(calls()) + 1, PAIRED):
        explore(Fault("interleaved", at, at2))


def test_frozen_and_then_dead() -> None:
    """A worker that wakes up late and dies on the way leaves nothing untold."""
    writes = ("appends.append", "webhooks.post", "topic.publish")
    frozen_at = [at for at, what in enumerate(calls(), start=1) if what in writes]
    for at, at2 in itertools.product(frozen_at[::2], (1, 4)):
        explore(Fault("freeze_then_die", at, at2))


def test_explorer_visits_the_sinks() -> None:
    """The explorer would notice if a send or a claim were no port call."""
    log = calls()

    assert {"webhooks.post", "topic.publish", "queue.send"} <= set(log)
    assert log.count("webhooks.post") > 12


def test_killed_between_the_post_and_its_line() -> None:
    """The receiver gets the event again under the same id, and the log shows one delivery."""
    posts = [at for at, what in enumerate(calls(), start=1) if what == "webhooks.post"]
    for at in posts:
        world, request_id = told(Fault("die_after", at))
        check(world, request_id)
        ids = Counter((post.url, post.headers["ce-id"]) for post in receivers(world).posted)
        plain, _ = told()
        before = Counter((post.url, post.headers["ce-id"]) for post in receivers(plain).posted)
        assert (ids - before).total() <= 1
        assert len({event for _, event in ids}) == len({event for _, event in before})
