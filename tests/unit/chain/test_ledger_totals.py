"""The ledger in storage: totals are only speed, and never hide a line for good."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.chain.ledger import ABANDONED_AFTER, LOOKED_AT_FOR_DAYS, Ledger, total_up
from shared.domain import ledger, names
from shared.errors import StorageError
from tests.fakes import START, MemoryAppendBlobs, MemoryBlobs, MemoryStore, VirtualClock
from tests.unit.domain.test_ledger import line

MONTH, DAY = "2026-11", "2026-11-10"
TOTALS = ledger.totals_of(DAY)


class World:
    def __init__(self) -> None:
        self.store, self.clock = MemoryStore(), VirtualClock()
        self.blobs: Any = MemoryBlobs(self.store)

    @property
    def ledger(self) -> Ledger:
        return Ledger(MemoryAppendBlobs(self.store), self.blobs, self.clock)

    @property
    def requests(self) -> int:
        return sum(row.figures.requests for row in self.ledger.rows(MONTH))

    @property
    def totalled(self) -> bool:
        """Whether the day's lines need not be read."""
        blob = self.store.blobs.get((names.USAGE, TOTALS))
        return blob is not None and ledger.Totals.model_validate_json(blob.data).rows is not None


class Paused:
    """Blobs of somebody whom others overtake just before call number `at`."""

    def __init__(self, world: World, at: int, others: Callable[[], object]) -> None:
        self._blobs, self._left, self._others = world.blobs, at, others

    @property
    def over(self) -> bool:
        return self._left <= 0

    def __getattr__(self, method: str) -> Any:
        call = getattr(self._blobs, method)

        def watched(*args: Any, **kwargs: Any) -> Any:
            self._left -= 1
            if self._left == 0:
                self._others()
            return call(*args, **kwargs)

        return watched


def test_totals_stand_for_the_lines() -> None:
    """Once they are made the day's lines are not read any more, and the sum is the same."""
    world = World()
    for request in ("A.1", "B.1"):
        world.ledger.add(DAY, line(request, amount=1))
    before = world.ledger.rows(MONTH)

    assert world.ledger.add_up(DAY)
    assert not world.ledger.add_up(DAY)
    for name in world.store.names(names.USAGE):
        if name != TOTALS:
            world.store.blobs[names.USAGE, name].data = b"not read"

    assert world.ledger.rows(MONTH) == before
    assert world.requests == 2


def test_a_late_line() -> None:
    """Totals that lack it are taken away."""
    world = World()
    world.ledger.add(DAY, line("A.1"))
    world.ledger.add_up(DAY)
    world.ledger.add(DAY, line("B.1"))

    assert not world.totalled
    assert world.requests == 2


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_a_line_comes_while_the_day_is_added_up(at: int) -> None:
    """Just before any of the four calls, it is in the totals or there are none."""
    world = World()
    world.ledger.add(DAY, line("A.1"))
    blobs: Any = Paused(world, at, lambda: world.ledger.add(DAY, line("B.1")))
    Ledger(MemoryAppendBlobs(world.store), blobs, world.clock).add_up(DAY)

    assert blobs.over
    assert world.requests == 2
    assert world.totalled == (at <= 2)


def test_the_day_is_added_up_while_a_line_comes() -> None:
    """Added up between the append and what follows it, the totals go although they have it."""
    world = World()
    world.ledger.add(DAY, line("A.1"))
    blobs: Any = Paused(world, 1, lambda: world.ledger.add_up(DAY))
    Ledger(MemoryAppendBlobs(world.store), blobs, world.clock).add(DAY, line("B.1"))

    assert blobs.over
    assert (world.totalled, world.requests) == (False, 2)


def test_two_add_up_at_once() -> None:
    """The second finds the beginning of the first, and leaves it alone."""
    world = World()
    world.ledger.add(DAY, line("A.1"))
    made: list[bool] = []
    blobs: Any = Paused(world, 3, lambda: made.append(world.ledger.add_up(DAY)))
    made.append(Ledger(MemoryAppendBlobs(world.store), blobs, world.clock).add_up(DAY))

    assert made == [False, True]


def test_a_writer_that_dies_after_its_append() -> None:
    """Totals may lack the line until it is posted again, and then they are gone."""
    world = World()
    world.ledger.add(DAY, line("A.1"))
    world.ledger.add_up(DAY)
    dying = World()
    dying.store, dying.blobs = world.store, Refusing()
    with pytest.raises(StorageError):
        dying.ledger.add(DAY, line("B.1"))
    world.ledger.add(DAY, line("B.1"))

    assert world.requests == 2


class Refusing:
    def delete(self, container: str, name: str) -> None:
        raise StorageError


def test_whoever_adds_up_may_die() -> None:
    """A beginning stands for nothing, and is taken over in an hour."""
    world = World()
    world.ledger.add(DAY, line("A.1"))
    begun = ledger.Totals(at=world.clock.now()).model_dump_json(by_alias=True).encode()
    world.blobs.put(names.USAGE, TOTALS, begun)
    assert world.requests == 1
    world.clock.advance(ABANDONED_AFTER.total_seconds())
    assert not world.ledger.add_up(DAY)
    world.clock.advance(1)

    assert world.ledger.add_up(DAY)
    assert (world.totalled, world.requests) == (True, 1)


def test_totals_that_cannot_be_read() -> None:
    """They count as none, and are made anew."""
    world = World()
    world.ledger.add(DAY, line("A.1"))
    world.blobs.put(names.USAGE, TOTALS, b"{")

    assert world.requests == 1
    assert world.ledger.add_up(DAY)
    assert world.totalled


def test_today_has_no_totals_to_take_away() -> None:
    """Only who appends to an older day pays for looking after them."""
    world = World()
    world.blobs = Refusing()
    today = ledger.day_of(START)
    world.ledger.add(today, line("A.1"))

    assert world.store.names(names.USAGE) == [ledger.blob_of(today, "flow", START)]


def test_each_older_day_has_its_turn() -> None:
    """Within a day every one of them is looked at; days without lines are left alone."""
    world = World()
    days = [START - timedelta(days=ago) for ago in range(LOOKED_AT_FOR_DAYS + 10)]
    for at in days[::2]:
        world.ledger.add(ledger.day_of(at), line(f"R{at:%m%d}.1"))
    for hour in range(24):
        total_up(world.ledger, START.date(), hour)

    made = [name[:10] for name in world.store.names(names.USAGE) if name.endswith("totals.json")]
    assert made == sorted(
        at.strftime("%Y-%m/%d") for at in days[::2] if 3 <= (START - at).days < 51
    )


def test_one_callers_month() -> None:
    """A name that begins like another is another's."""
    world = World()
    world.ledger.add(DAY, line("A.1", caller="flow"))
    world.ledger.add(DAY, line("B.1", caller="flow-eu"))

    assert [found.key for found in world.ledger.lines(MONTH, "flow")] == ["A.1"]
