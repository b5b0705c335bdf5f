"""A queue in memory whose time is moved by hand."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from dev.functions_host.queue_store import Leased, MessageGone, QueueMissing

AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@dataclass
class Stored:
    text: str
    dequeue_count: int = 0
    visible_at_s: float = 0
    receipt: str = ""


@dataclass
class FakeQueue:
    """`QueueStore` with leases; `now_s` is set by the test."""

    name: str = "jobs"
    there: bool = True
    now_s: float = 0
    stored: dict[str, Stored] = field(default_factory=dict)
    renewals: list[tuple[str, int]] = field(default_factory=list)
    receives: list[tuple[int, int]] = field(default_factory=list)

    def exists(self) -> bool:
        return self.there

    def create(self) -> None:
        self.there = True

    def receive(self, count: int, lease_s: int) -> list[Leased]:
        self._need()
        self.receives.append((count, lease_s))
        due = [i for i, m in self.stored.items() if m.visible_at_s <= self.now_s]
        return [self._lease(message_id, lease_s) for message_id in due[:count]]

    def _lease(self, message_id: str, lease_s: int) -> Leased:
        stored = self.stored[message_id]
        stored.dequeue_count += 1
        stored.visible_at_s = self.now_s + lease_s
        stored.receipt = f"r{stored.dequeue_count}"
        return Leased(message_id, stored.receipt, stored.text, stored.dequeue_count, AT, AT, AT)

    def renew(self, message_id: str, receipt: str, lease_s: int) -> str:
        stored = self._held(message_id, receipt)
        self.renewals.append((receipt, lease_s))
        stored.visible_at_s = self.now_s + lease_s
        stored.receipt = receipt + "+"
        return stored.receipt

    def delete(self, message_id: str, receipt: str) -> None:
        self._held(message_id, receipt)
        del self.stored[message_id]

    def put(self, text: str) -> None:
        self._need()
        self.stored[f"m{len(self.stored)}"] = Stored(text)

    def texts(self) -> list[str]:
        return [stored.text for stored in self.stored.values()]

    def _need(self) -> None:
        if not self.there:
            raise QueueMissing

    def _held(self, message_id: str, receipt: str) -> Stored:
        stored = self.stored.get(message_id)
        if stored is None or stored.receipt != receipt:
            raise MessageGone
        return stored
