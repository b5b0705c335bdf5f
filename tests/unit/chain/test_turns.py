"""Turns: threads of one process do not race each other, and nobody waits for ever."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Event, Thread

from shared.chain.turns import Turns
from tests.crash.test_money import frugal
from tests.crash.world import World
from tests.unit.chain.test_budgets import MONTH, budget


def test_one_after_the_other() -> None:
    """The next thread comes in when the one before has left."""
    turns, entered = Turns(), Event()

    def follow() -> None:
        with turns.of("a"):
            entered.set()

    second = Thread(target=follow)
    with turns.of("a"):
        second.start()
        assert not entered.wait(0.02)
    second.join()

    assert entered.is_set()


def test_whoever_waits_too_long_goes_on() -> None:
    """A thread that hangs over a blob holds the others up for a while, and no longer."""
    turns, entered = Turns(patience_s=0), []
    with turns.of("a"), turns.of("a"), turns.of("b"):
        entered.append("all")
    with turns.of("a"):
        entered.append("again")

    assert entered == ["all", "again"]


def test_threads_at_one_budget() -> None:
    """All get through, and none of what they hold is lost."""
    world = World()
    keys = [f"R{number}.1" for number in range(40)]

    def reserve(key: str) -> bool:
        return world.s.budgets.reserve(frugal(Decimal(100)), MONTH, key, Decimal(1))

    with ThreadPoolExecutor(8) as threads:
        held = list(threads.map(reserve, keys))

    assert all(held)
    assert set(budget(world).open) == set(keys)
