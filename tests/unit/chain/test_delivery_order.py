"""The order of events, and when later ones overtake."""

from datetime import timedelta

from shared.chain.deliver import deliver
from shared.chain.ports import WebhookAnswer
from shared.domain.messages import EventMessage
from shared.domain.names import EVENT_QUEUE
from shared.errors import SinkError
from tests.crash.world import World
from tests.fakes import ScriptedWebhooks
from tests.unit.histories import look, submitted

ALL = {"callbackEvents": ["*"]}


def seqs(world: World) -> list[int]:
    return [int(post.headers["ce-sequence"]) for post in world.webhooks.posted]


def test_in_order() -> None:
    """With a receiver that answers, each event comes once and in order."""
    world = World()
    submitted(world, **ALL)
    world.run_for(60)

    assert seqs(world) == [1, 3, 4]


def test_a_slow_first_attempt() -> None:
    """The first attempt is short; the next one, by message, brings the event, and the rest."""
    world = World(webhooks=ScriptedWebhooks(SinkError()))
    submitted(world, **ALL)
    world.run_for(60)

    assert seqs(world) == [1, 1, 3, 4]


def test_later_events_wait() -> None:
    """While an event fails, later ones are held up; when it arrives, they follow at once."""
    world = World(webhooks=ScriptedWebhooks(*[WebhookAnswer(500)] * 3))
    submitted(world, **ALL)
    world.run_for(290)

    assert seqs(world) == [1, 1, 1, 1, 3, 4]


def test_later_events_overtake_after_five_minutes() -> None:
    """An event that keeps failing holds later ones up for five minutes, no longer."""
    world = World()
    refusing = ScriptedWebhooks()
    real = refusing.post

    def post(url: str, headers: dict[str, str], body: bytes, timeout_s: float) -> WebhookAnswer:
        answer = real(url, headers, body, timeout_s)
        return WebhookAnswer(500) if headers["ce-sequence"] == "000001" else answer

    world.webhooks = refusing
    refusing.post = post  # type: ignore[method-assign, assignment]
    submitted(world, **ALL)
    world.run_for(299)
    assert set(seqs(world)) == {1}
    world.run_for(200)

    late = [seq for seq in seqs(world) if seq != 1]
    assert late == [3, 4]


def test_a_message_that_comes_too_early() -> None:
    """A later event's message is put back only when its time is near; else the entry brings it."""
    world = World(webhooks=ScriptedWebhooks(WebhookAnswer(500)))
    request_id = submitted(world, **ALL)
    look(world.s, request_id)
    world.queue.messages.clear()
    message = EventMessage(stream=f"images/{request_id}", seq=3, sink="callback", attempt=1)
    deliver(message, world.s)
    assert world.queue.messages == {}
    world.clock.advance(220)
    deliver(message, world.s)

    [queued] = world.queue.messages[EVENT_QUEUE]
    assert EventMessage.model_validate_json(queued.text) == message
    assert queued.visible_at - world.clock.now() == timedelta(seconds=80)
    assert seqs(world) == [1]
