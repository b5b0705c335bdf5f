"""How long a poll waits: rules that hold whatever the request and the time."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import facts
from shared.domain.facts import FactData
from shared.domain.polling import ENDING_S, MOST_S, pause_s, quickest_s
from shared.domain.request import Request
from shared.domain.transitions import State
from shared.domain.values import Stage
from tests.unit.histories import (
    ACCEPTED,
    GATED,
    MISSED,
    OPTIONS,
    REUSING,
    REVIEWED,
    decided,
    intended,
    not_sent,
    opened,
    raised,
    request_of,
    seconds,
    unknown,
)
from tests.unit.states import HISTORIES

A_DAY_S = 86_400
TIMES = st.floats(-A_DAY_S, 200 * A_DAY_S).map(seconds)
STARTS = st.none() | TIMES
STATES = st.sampled_from([state for state in HISTORIES if state is not State.NEW])
AFTERWARDS = st.floats(0, 3600)
WAITING = (ACCEPTED, intended(), not_sent())
GENERATING = (ACCEPTED, intended())
TROUBLED = (ACCEPTED, intended(), unknown(inferred=True), raised())


def pause(at_s: float, *history: FactData, start: datetime | None = None) -> int:
    return pause_s(request_of(*history), seconds(at_s), start)


@given(STATES, TIMES, STARTS)
def test_always_whole_seconds(state: State, now: datetime, start: datetime | None) -> None:
    """Whatever the state, the clock and the turn: a whole number from 1 to the documented most."""
    found = pause_s(request_of(*HISTORIES[state]), now, start)

    assert isinstance(found, int)
    assert 1 <= found <= MOST_S


@given(st.sampled_from([WAITING, HISTORIES[State.ACCEPTED]]), AFTERWARDS, AFTERWARDS)
def test_shorter_as_the_turn_comes_nearer(
    history: tuple[FactData, ...], early_s: float, late_s: float
) -> None:
    """Until the expected end of its call, a later poll never waits longer than an earlier one."""
    request, first, second = request_of(*history), *sorted((early_s, late_s))
    start = seconds(3600)

    assert pause_s(request, seconds(first), start) >= pause_s(request, seconds(second), start)


def test_what_may_be_there_already() -> None:
    """It is asked for soon, and then less often; once it has to be made, as ever."""
    assert pause(1, REUSING) == ENDING_S < pause(400, REUSING)
    assert pause(2, REUSING, MISSED) == pause(2, ACCEPTED)


@given(st.floats(5, 30), st.floats(5, 30))
def test_shorter_as_the_images_come_nearer(early_s: float, late_s: float) -> None:
    """The same while the call is under way."""
    first, second = sorted((early_s, late_s))

    assert pause(first, *GENERATING) >= pause(second, *GENERATING)


@given(st.floats(0, 3000), STARTS)
def test_never_far_past_what_is_expected(now_s: float, start: datetime | None) -> None:
    """While a call is under way nobody is asked to come back long after it may have ended."""
    request = request_of(*GENERATING)
    expected_at = request.attempts[0].at + timedelta(seconds=quickest_s(OPTIONS))
    back_at = seconds(now_s) + timedelta(seconds=pause_s(request, seconds(now_s), start))

    assert back_at <= max(expected_at + timedelta(seconds=3), seconds(now_s + 30))


@given(st.floats(0, 6000))
def test_people_are_followed_by_a_tenth(since_s: float) -> None:
    """A poll adds a tenth of what people have taken at most, but for the first minutes."""
    history = (*REVIEWED[:-1], opened(deadline_s=10 * A_DAY_S))
    asked_s = len(history)

    assert 15 <= pause(asked_s + since_s, *history) <= max(15, since_s / 10 + 1)


@given(st.floats(0, 3600))
def test_nobody_sleeps_through_a_deadline(now_s: float) -> None:
    """Near the deadline of a stage a poll comes when it has passed."""
    back_s = now_s + pause(now_s, *REVIEWED)

    assert back_s <= max(3600 + 5 + 3, now_s + 30)


def request_with(**changed: object) -> Request:
    stages = (Stage(name="brand", deadline_s=3600, release_delay_s=300),)
    return request_of(
        ACCEPTED.model_copy(update={"stages": stages, **changed}),
        *REVIEWED[1:],
        decided(True, True),
    )


def test_each_wait_has_its_pace() -> None:
    """Two images of medium quality take 40 s at least; people, operators and turns take longer."""
    assert pause(1, ACCEPTED) == 40
    assert pause(2, *GENERATING) == 40
    assert pause(40, *GENERATING) == 3
    assert pause(100, *GENERATING) == 29
    assert pause(3, *WAITING, start=seconds(240)) == 120
    assert pause(230, *WAITING, start=seconds(240)) == 50
    assert pause(3, ACCEPTED, intended(), not_sent(not_before_s=60)) == 97
    assert pause(1, GATED) == 5
    assert pause(4, *REVIEWED) == 15
    assert pause(3604, *REVIEWED) == 3
    assert pause(4, *TROUBLED) == 60
    assert pause(4 + A_DAY_S / 2, *TROUBLED) == MOST_S
    assert pause(2, ACCEPTED, intended(), facts.CancelRequested()) == 40


@pytest.mark.parametrize("state", [State.RELEASING, State.GENERATED, State.APPROVED])
def test_what_ends_by_itself(state: State) -> None:
    """Only storage is between these and what comes next."""
    assert pause_s(request_of(*HISTORIES[state]), seconds(10)) == ENDING_S


def test_a_verdict_that_takes_effect_later() -> None:
    """What may still be taken back is asked for when it no longer may."""
    decided_at_s = len(REVIEWED) + 1

    assert pause_s(request_with(), seconds(decided_at_s)) == 300
    assert pause_s(request_with(), seconds(decided_at_s + 299)) == 2
