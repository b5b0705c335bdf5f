"""
The contract of `Queue`.
"""

from tests.fakes import MemoryQueue, VirtualClock
from tests.integration.ports.conftest import Ports

ODD_TEXT = '{"v":1,"text":"<ä> & \\u0000 \U0001f3a8"}'


def test_a_message_comes_as_it_went(ports: Ports) -> None:
    """Texts are plain: what other senders and readers see is the JSON itself."""
    ports.queue.send(ports.queue_name, ODD_TEXT)
    assert ports.receive() == ODD_TEXT


def test_a_message_is_leased_to_one_receiver(ports: Ports) -> None:
    """What one has taken, nobody else gets at the same time."""
    ports.queue.send(ports.queue_name, "{}")
    assert ports.receive() == "{}"
    assert ports.receive() is None


def test_a_message_for_later_is_not_visible_now(ports: Ports) -> None:
    """The delay may be a fraction, and as long as a week or, by mistake, longer."""
    for delay_s in (0.2, 3600, 7 * 24 * 3600, 8 * 24 * 3600):
        ports.queue.send(ports.queue_name, "{}", visible_after_s=delay_s)
    assert ports.receive() is None


def test_a_message_comes_back_after_its_lease() -> None:
    """In virtual time: visible after its delay, again after its lease, counted each time."""
    clock = VirtualClock()
    queue = MemoryQueue(clock)
    queue.send("nudges", "{}", visible_after_s=90)
    clock.advance(90)
    first = queue.receive("nudges")
    assert first is not None
    assert queue.receive("nudges") is None
    clock.advance(600)
    second = queue.receive("nudges")
    assert second is first
    assert second.dequeue_count == 2
    queue.delete("nudges", second)
    assert queue.next_visible_at() is None
