"""The polling loop, on a queue in memory and without waiting."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from dev.functions_host.host_json import QueueRules
from dev.functions_host.polling import PollDelay
from dev.functions_host.queue_listener import QueueListener
from dev.functions_host.queue_store import Leased
from tests.integration.functions_host.fake_queue import FakeQueue

RULES = QueueRules(poll_max_s=2.0, batch_size=4, new_batch_threshold=1, base64=False)


def run_here(work: Callable[[], None]) -> None:
    work()


@dataclass
class Scene:
    """A listener whose pauses are noted instead of waited."""

    queue: FakeQueue = field(default_factory=FakeQueue)
    handled: list[str] = field(default_factory=list)
    pauses_s: list[float] = field(default_factory=list)
    spawn: Callable[[Callable[[], None]], None] = run_here

    def note_pause(self, event: threading.Event, delay_s: float) -> None:
        self.pauses_s.append(delay_s)

    def handle(self, message: Leased) -> None:
        self.handled.append(message.text)

    def listener(self) -> QueueListener:
        delay = PollDelay(RULES.poll_max_s, lambda low, high: 1.0)
        return QueueListener(self.queue, self.handle, RULES, delay, self.spawn, self.note_pause)


def test_a_full_batch_is_followed_by_a_receive_without_delay() -> None:
    """Batches of batchSize with a lease of ten minutes; delays only when nothing was found."""
    scene = Scene()
    for number in range(6):
        scene.queue.put(str(number))
    listener = scene.listener()
    for _ in range(5):
        listener.step()
    assert sorted(scene.handled) == ["0", "1", "2", "3", "4", "5"]
    assert scene.queue.receives == [(4, 600)] * 5
    assert scene.pauses_s == [0.1, 0.2, 0.30000000000000004]


def test_missing_queue_is_silent_and_not_created(capsys: object) -> None:
    """The trigger backs off without a word and never creates its queue."""
    scene = Scene(FakeQueue(there=False))
    listener = scene.listener()
    listener.step()
    assert (scene.pauses_s, scene.queue.there) == ([0.1], False)
    assert capsys.readouterr().err == ""  # type: ignore[attr-defined]


def test_next_receive_waits_for_room() -> None:
    """With a threshold of 1, three of four messages must end before the next receive."""
    waiting: list[Callable[[], None]] = []
    scene = Scene(spawn=waiting.append)
    for number in range(4):
        scene.queue.put(str(number))
    listener = scene.listener()
    step = threading.Thread(target=listener.step)
    step.start()
    while len(waiting) < 4:
        time.sleep(0.001)
    for work in waiting[:2]:
        work()
    step.join(0.05)
    assert step.is_alive()
    waiting[2]()
    step.join(60)
    assert not step.is_alive()


def test_stop_waits_for_messages_in_flight() -> None:
    """Polling stops at once; the message that runs is finished first."""
    running, may_end = threading.Event(), threading.Event()
    queue = FakeQueue()
    queue.put("x")

    def handle(message: Leased) -> None:
        running.set()
        may_end.wait(60)
        queue.delete(message.id, message.receipt)

    listener = QueueListener(queue, handle, RULES, PollDelay(2.0))
    listener.start()
    assert running.wait(60)
    listener.stop()
    assert not listener.wait_idle(time.monotonic())
    may_end.set()
    assert listener.wait_idle(time.monotonic() + 60)
    assert queue.texts() == []


def test_wake_cuts_a_delay_short() -> None:
    """A listener in a long delay receives at once when this process stored a message."""
    handled = threading.Event()
    queue = FakeQueue()
    delay = PollDelay(60.0, lambda low, high: 1000.0)
    listener = QueueListener(queue, lambda message: handled.set(), RULES, delay)
    listener.start()
    while len(queue.receives) < 2:
        time.sleep(0.001)
    queue.put("x")
    listener.wake()
    assert handled.wait(60)
    listener.stop()
    assert listener.wait_idle(time.monotonic() + 60)
