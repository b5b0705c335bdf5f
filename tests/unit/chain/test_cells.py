"""Changing what others change too: tried again after a pause, and not for ever."""

from itertools import pairwise

import pytest

from shared.chain.cells import Pause, raced
from shared.errors import AlreadyThere, Changed, StorageError
from tests.fakes import START, SeededEntropy, VirtualClock


@pytest.mark.parametrize("errors", [(), (Changed(),), (AlreadyThere(), Changed())])
def test_tried_again(errors: tuple[Exception, ...]) -> None:
    """After each lost race everything is done anew, and a moment passes first."""
    left, paused = list(errors), []

    def once() -> str:
        if left:
            raise left.pop()
        return "done"

    assert raced(once, 3, "lost", lambda: paused.append(1)) == "done"
    assert len(paused) == len(errors)


def test_not_for_ever() -> None:
    """Whoever always loses says so after as many tries as were asked for."""
    tried = []

    def once() -> None:
        tried.append(1)
        raise Changed

    with pytest.raises(StorageError, match=r"^too fast$"):
        raced(once, 4, "too fast")
    assert len(tried) == 4


def test_other_failures() -> None:
    """Storage that fails is no lost race."""

    def once() -> None:
        raise StorageError("down")

    with pytest.raises(StorageError, match="down"):
        raced(once, 4, "lost")


def test_pause() -> None:
    """Some part of the longest pause, another one each time."""
    clock = VirtualClock()
    pause = Pause(clock, SeededEntropy(), 0.1)
    ends = [START]
    for _ in range(5):
        pause()
        ends.append(clock.now())
    gaps_s = {(b - a).total_seconds() for a, b in pairwise(ends)}

    assert len(gaps_s) > 1
    assert all(0 <= gap <= 0.1 for gap in gaps_s)
