"""An erasure as facts: what they change, and what comes next."""

from datetime import timedelta
from typing import Any

import pytest

from shared.domain import facts
from shared.domain.erasure_facts import ErasureDone, ErasureRemoved, ErasureRequested
from shared.domain.facts import Draft, FactData
from shared.domain.lines import write_line
from shared.domain.next_step import next_step
from shared.domain.step import (
    GRACE,
    LAST_LOOK_AFTER,
    MOMENT,
    Call,
    Choose,
    Done,
    Erase,
    Next,
    Release,
    Settle,
    WaitUntil,
)
from shared.domain.transitions import FINAL, State
from shared.errors import IllegalMove
from tests.unit.histories import (
    ID,
    completed,
    intended,
    journal_of,
    request_of,
    seconds,
    unknown,
)
from tests.unit.states import HISTORIES

ASKED = ErasureRequested(erasure=ID)
CANCELLED = (*HISTORIES[State.CANCELLED], ASKED)
CALLED = {State.GENERATING, State.CANCELLING}


def after(*history: FactData, at_s: float = 60, holder: str | None = None) -> Next:
    return next_step(request_of(*history), seconds(at_s), holder)


@pytest.mark.parametrize("state", sorted(set(State) - {State.NEW}))
def test_asking_for_it_changes_no_state(state: State) -> None:
    """Wherever a request stands, it can be asked for, once, and moves nothing by itself."""
    request = request_of(*HISTORIES[state], ASKED)

    assert (request.state, request.erasure is not None) == (state, True)
    with pytest.raises(IllegalMove):
        request_of(*HISTORIES[state], ASKED, ASKED)


@pytest.mark.parametrize("state", sorted(set(State) - {State.NEW, *FINAL, *CALLED}))
def test_an_open_request_ends_first(state: State) -> None:
    """It is cancelled, but for a release that has begun, which ends as one."""
    expected = Release() if state is State.RELEASING else Choose(facts.Cancelled())

    assert after(*HISTORIES[state], ASKED) == expected


@pytest.mark.parametrize("state", sorted(CALLED))
def test_a_call_under_way_comes_to_its_end(state: State) -> None:
    """Whoever makes it goes on; everybody else waits for its lease."""
    history = (*HISTORIES[state], ASKED)
    lease = seconds(720)

    assert after(*history, holder="by2") == Call(1)
    assert after(*history) == WaitUntil(lease + GRACE + MOMENT)
    assert after(*history, at_s=726) == Settle(1)


@pytest.mark.parametrize("state", sorted(FINAL))
def test_a_final_request_is_only_erased(state: State) -> None:
    """Whatever retention would say."""
    assert after(*HISTORIES[state], ASKED, at_s=40 * 86_400) == Erase()


def test_erased_is_looked_at_once_more() -> None:
    """An hour later nobody who began before the erasure is at work any more; then it is over."""
    once = (*CANCELLED, ErasureRemoved(blobs=3), ErasureDone())
    last_look = seconds(3) + LAST_LOOK_AFTER

    assert after(*CANCELLED, ErasureRemoved(blobs=3)) == Erase()
    assert after(*once) == WaitUntil(last_look + MOMENT)
    assert next_step(request_of(*once), last_look) == WaitUntil(last_look + MOMENT)
    assert next_step(request_of(*once), last_look + MOMENT) == Erase()


def test_the_last_look_ends_it() -> None:
    """A second `done`, later than any earlier work can be, leaves nothing to do, ever."""
    journal = journal_of(*CANCELLED, ErasureRemoved(blobs=3), ErasureDone())
    place: dict[str, Any] = {"seq": 6, "by": "by6", "prev": journal.head}
    at = seconds(3) + LAST_LOOK_AFTER + MOMENT

    raw = write_line(Draft(actor="test", data=ErasureDone()), at=at, **place)
    request = journal.with_line(raw).request

    assert next_step(request, at + timedelta(days=400)) == Done()
    assert request.retired == {"previews", "inputs", "content"}


def test_blobs_are_added_up_and_the_first_time_counts() -> None:
    """The receipt says when nothing was left, not when that was looked at again."""
    request = request_of(
        *CANCELLED, ErasureRemoved(blobs=3), ErasureRemoved(blobs=2), ErasureDone(), ErasureDone()
    )

    assert request.erasure is not None
    assert (request.erasure.blobs, request.erasure.done_at) == (5, seconds(6))
    assert not request.erasure.confirmed


def test_a_late_outcome_is_erased_again() -> None:
    """What comes of a call after the erasure settles the money, and its images go."""
    lost = (*HISTORIES[State.GENERATING], ASKED, facts.CancelRequested(), unknown(inferred=True))
    late = (*lost, ErasureDone(), completed())

    request = request_of(*late)

    assert after(*late) == Erase()
    assert request.state is State.CANCELLED
    assert request.erasure is not None and request.erasure.done_at is None
    assert request.attempts[0].completed is not None


def test_not_done_while_a_call_may_store_something() -> None:
    """No journal can say that nothing is left while a call has no outcome."""
    attention = (*HISTORIES[State.QUEUED], intended(2))
    asked = (*attention, facts.AttentionRaised(code="internal", deadline=seconds(99)), ASKED)

    with pytest.raises(IllegalMove):
        request_of(*asked, facts.Cancelled(), ErasureDone())


@pytest.mark.parametrize("data", [ErasureRemoved(blobs=1), ErasureDone()])
def test_nothing_is_erased_that_nobody_asked_for(data: FactData) -> None:
    """The record cannot tell of an erasure without saying who wanted it."""
    with pytest.raises(IllegalMove):
        request_of(*HISTORIES[State.CANCELLED], data)
