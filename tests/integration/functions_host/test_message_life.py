"""The life of one message, on a queue in memory."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from dev.functions_host.host_json import QueueRules
from dev.functions_host.message_life import MessageLife, poison_name
from dev.functions_host.queue_store import Leased, MessageGone, QueueBusy
from tests.integration.functions_host.fake_queue import FakeQueue

RULES = QueueRules(retry_visible_in_s=30, max_dequeue_count=5, base64=False)


@dataclass
class FakeRun:
    """Ends after `rounds` waits; remembers how long each wait was."""

    ok: bool = True
    rounds: int = 0
    waits_s: list[float | None] = field(default_factory=list)
    each_round: Callable[[], None] = lambda: None

    def wait(self, for_s: float | None = None) -> bool:
        self.waits_s.append(for_s)
        self.each_round()
        return len(self.waits_s) > self.rounds

    def succeeded(self) -> bool:
        return self.ok


@dataclass
class Scene:
    """One queue, its poison queue and the run that answers."""

    run: FakeRun = field(default_factory=FakeRun)
    queue: FakeQueue = field(default_factory=FakeQueue)
    poison: FakeQueue | None = field(default_factory=lambda: FakeQueue("jobs-poison", there=False))
    rules: QueueRules = RULES
    bodies: list[bytes] = field(default_factory=list)
    woken: int = 0

    def begin(self, message: Leased, body: bytes) -> FakeRun:
        self.bodies.append(body)
        return self.run

    def wake(self) -> None:
        self.woken += 1

    def deliver(self, text: str = "hello", after_failures: int = 0) -> None:
        self.queue.put(text)
        self.queue.stored["m0"].dequeue_count = after_failures
        (message,) = self.queue.receive(16, 600)
        MessageLife(self.queue, self.poison, self.rules, self.begin, self.wake).run(message)


def test_success_deletes() -> None:
    """The message is gone, with no renewal on the way."""
    scene = Scene()
    scene.deliver()
    assert (scene.bodies, scene.queue.texts(), scene.queue.renewals) == ([b"hello"], [], [])


def test_failure_below_the_limit_releases() -> None:
    """Visible again after host.json's visibilityTimeout, text untouched."""
    scene = Scene(FakeRun(ok=False))
    scene.deliver(after_failures=3)
    assert scene.queue.stored["m0"].visible_at_s == 30
    assert scene.queue.texts() == ["hello"]
    assert scene.poison is not None
    assert not scene.poison.there


def test_failure_at_the_limit_goes_to_poison() -> None:
    """The fifth failure moves the body; the poison queue is created and its listener woken."""
    scene = Scene(FakeRun(ok=False))
    scene.deliver(after_failures=4)
    assert scene.poison is not None
    assert (scene.queue.texts(), scene.poison.texts()) == ([], ["hello"])
    assert (len(scene.bodies), scene.woken) == (1, 1)


def test_over_the_limit_goes_to_poison_without_a_call() -> None:
    """A sixth delivery, say after a crash at the fifth, never reaches the function."""
    scene = Scene()
    scene.deliver(after_failures=5)
    assert scene.poison is not None
    assert (scene.bodies, scene.poison.texts()) == ([], ["hello"])


def test_undecodable_base64_goes_to_poison_raw() -> None:
    """No call, and the stored text is not encoded on the way."""
    scene = Scene(rules=QueueRules(base64=True))
    scene.deliver("{not base64}")
    assert scene.poison is not None
    assert (scene.bodies, scene.poison.texts()) == ([], ["{not base64}"])


def test_base64_is_decoded() -> None:
    """The function gets what was encoded."""
    scene = Scene(rules=QueueRules(base64=True))
    scene.deliver("aGVsbG8=")
    assert scene.bodies == [b"hello"]


def test_poison_trigger_keeps_the_lease_on_failure() -> None:
    """A queue without a poison queue: neither released nor deleted, back after the lease."""
    scene = Scene(FakeRun(ok=False), FakeQueue("jobs-poison"), poison=None)
    scene.deliver(after_failures=4)
    assert scene.queue.stored["m0"].visible_at_s == 600
    assert scene.queue.renewals == []


def test_poison_trigger_skips_over_limit_messages() -> None:
    """The bundled extension neither calls nor moves them."""
    scene = Scene(FakeRun(), FakeQueue("jobs-poison"), poison=None)
    scene.deliver(after_failures=5)
    assert (scene.bodies, scene.queue.texts()) == ([], ["hello"])


def test_long_run_is_renewed_and_deleted_with_the_newest_receipt() -> None:
    """Every 300 s for another 600 s; the first receipt would be refused by then."""
    scene = Scene(FakeRun(rounds=2))
    scene.deliver()
    assert scene.run.waits_s == [300.0, 300.0, 300.0]
    assert scene.queue.renewals == [("r1", 600), ("r1+", 600)]
    assert scene.queue.texts() == []


def test_stolen_message_is_left_alone() -> None:
    """Somebody else has the message: no more renewals, and the result is not written."""
    scene = Scene(FakeRun(rounds=2))
    scene.run.each_round = lambda: setattr(scene.queue.stored["m0"], "receipt", "theirs")
    scene.deliver()
    assert scene.run.waits_s == [300.0, None, None]
    assert scene.queue.texts() == ["hello"]


class BusyQueue(FakeQueue):
    """Its renewals fail with a server error."""

    def renew(self, message_id: str, receipt: str, lease_s: int) -> str:
        raise QueueBusy


def test_server_trouble_shortens_the_pause() -> None:
    """Renewal is tried again twice as soon, never below a minute."""
    scene = Scene(FakeRun(rounds=4), BusyQueue())
    scene.deliver()
    assert scene.run.waits_s == [300.0, 150.0, 75.0, 60.0, 60.0]


def test_trouble_while_completing_is_noted(capsys: pytest.CaptureFixture[str]) -> None:
    """The listener goes on; the message comes back when its lease ends."""
    scene = Scene(FakeRun(ok=False), BusyQueue())
    scene.deliver("secret text")
    noted = capsys.readouterr().err
    assert "queue.completion_failed" in noted
    assert "secret text" not in noted


def test_poison_names() -> None:
    """None for a poison queue itself and where the name would be over 63 characters."""
    assert poison_name("jobs") == "jobs-poison"
    assert poison_name("jobs-poison") is None
    assert poison_name("a" * 56) == "a" * 56 + "-poison"
    assert poison_name("a" * 57) is None


def test_fake_refuses_old_receipts() -> None:
    """The fake behaves as the service does, or these tests would prove nothing."""
    queue = FakeQueue()
    queue.put("x")
    (message,) = queue.receive(1, 600)
    queue.renew(message.id, message.receipt, 600)
    with pytest.raises(MessageGone):
        queue.delete(message.id, message.receipt)
