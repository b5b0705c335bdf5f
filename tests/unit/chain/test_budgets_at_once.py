"""Threads of one process at one budget: they take turns, so that none has to try twice."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Lock
from typing import Any

from shared.chain.budgets import Budgets
from tests.crash.test_money import frugal
from tests.crash.world import World
from tests.unit.chain.test_budgets import MONTH, budget


class Minding:
    """Blobs that see whether whoever changes a budget has its lock."""

    def __init__(self, blobs: Any) -> None:
        self._blobs, self.locks = blobs, list[Lock]()
        self.changed: list[bool] = []

    def new_lock(self) -> Any:
        self.locks.append(Lock())
        return self.locks[-1]

    def __getattr__(self, method: str) -> Any:
        return getattr(self._blobs, method)

    def put(self, *args: Any, **kwargs: Any) -> Any:
        self.changed.append(any(lock.locked() for lock in self.locks))
        return self._blobs.put(*args, **kwargs)


def test_threads_take_turns() -> None:
    """All get through, each under the one lock of the budget, and nothing they hold is lost."""
    world = World()
    blobs: Any = Minding(world.s.blobs)
    s = world.s
    desk = Budgets(blobs, world.clock, s.entropy, s.streams, s.ledger, blobs.new_lock)
    keys = [f"R{number}.1" for number in range(40)]

    def reserve(key: str) -> bool:
        return desk.reserve(frugal(Decimal(100)), MONTH, key, Decimal(1))

    with ThreadPoolExecutor(8) as threads:
        held = list(threads.map(reserve, keys))

    assert all(held)
    assert set(budget(world).open) == set(keys)
    assert blobs.changed == [True] * 40
