"""Turns: threads of one process do not race each other, and nobody waits for ever."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

from shared.chain.budgets import Budgets
from shared.chain.turns import Turns
from shared.errors import AlreadyThere, Changed
from tests.crash.test_money import frugal
from tests.crash.world import World
from tests.unit.chain.test_budgets import MONTH, budget


class Counting:
    """Blobs that count the races lost at them."""

    def __init__(self, blobs: Any) -> None:
        self._blobs, self.lost = blobs, 0

    def __getattr__(self, method: str) -> Any:
        return getattr(self._blobs, method)

    def put(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return self._blobs.put(*args, **kwargs)
        except (AlreadyThere, Changed):
            self.lost += 1
            raise


def test_threads_of_one_process_lose_no_race() -> None:
    """Eight at one budget: all get through, and none has to try twice."""
    world = World()
    blobs: Any = Counting(world.s.blobs)
    desk = Budgets(blobs, world.clock, world.s.entropy, world.s.streams, world.s.ledger)
    caller = frugal(Decimal(100))
    with ThreadPoolExecutor(8) as threads:
        keys = [f"R{number}.1" for number in range(40)]
        held = list(threads.map(lambda key: desk.reserve(caller, MONTH, key, Decimal(1)), keys))

    assert all(held)
    assert set(budget(world).open) == set(keys)
    assert blobs.lost == 0


def test_whoever_waits_too_long_goes_on() -> None:
    """A thread that hangs over a blob does not hold the others."""
    turns = Turns(patience_s=0)
    with turns.of("a"), turns.of("a"), turns.of("b"):
        entered = True
    with turns.of("a"):
        assert entered
