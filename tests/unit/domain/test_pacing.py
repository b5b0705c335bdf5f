"""Turns: evenly spaced whoever asks, in whatever order, and pushed on when one goes late."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from shared.domain.pacing import (
    BULK_HORIZON,
    FORGIVEN,
    HOLD,
    LAPSE,
    MAX_TURNS,
    Ask,
    Cell,
    ComeBack,
    Pace,
    Turn,
)
from shared.domain.step import LEASE_S
from shared.domain.values import Lane
from tests.fakes import START

MS = timedelta(milliseconds=1)
LANES: tuple[Lane, ...] = ("interactive", "bulk")
PACE = Pace.of(60)


def later(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def filled(count: int, pace: Pace = PACE) -> Cell:
    """A cell in which so many wait."""
    cell = Cell()
    for number in range(count):
        cell, _ = cell.ask(Ask(f"r{number}"), START, pace)
    return cell


def starts(cell: Cell) -> list[datetime]:
    return sorted(turn.start for turn in cell.turns.values())


def test_turns_are_evenly_spaced() -> None:
    """Sixty a minute go about a second apart, never two within one, and at no less than 97 %."""
    gaps = {b - a for a, b in pairwise(starts(filled(120)))}

    assert gaps == {timedelta(seconds=1.02)}
    assert 1 / max(gaps).total_seconds() > 0.97


def test_asking_again_gives_the_same_turn() -> None:
    """A key has one turn, and asking for it changes nothing."""
    cell = filled(3)

    again, turn = cell.ask(Ask("r1"), later(1), PACE)

    assert again == cell and turn == cell.turns["r1"]


def test_a_gap_is_taken_by_who_comes_next() -> None:
    """A turn that was given back is not lost."""
    cell = filled(3)
    free = cell.turns["r1"].start

    cell, turn = cell.forget("r1").ask(Ask("new"), START, PACE)

    assert isinstance(turn, Turn) and turn.start == free


def test_wide_calls_take_as_many_intervals() -> None:
    """Where the quota counts images, a call for four leaves room for four."""
    cell, _ = Cell().ask(Ask("wide", width=4), START, PACE)
    cell, turn = cell.ask(Ask("next"), START, PACE)

    assert isinstance(turn, Turn) and turn.start == START + 4 * PACE.interval


def test_a_call_goes_once() -> None:
    """Its turn is used up when it goes, and it counts as under way until it is over."""
    cell, start = filled(2).depart("r0", "r0", START, PACE)

    assert start == START and list(cell.turns) == ["r1"]
    assert cell.calls == {"r0": later(LEASE_S)}
    assert cell.depart("r0", "r0", START, PACE)[1] is None
    assert cell.forget("r0").calls == {}


@pytest.mark.parametrize(("late", "goes"), [(LAPSE, True), (LAPSE + MS, False)])
def test_a_turn_lapses(late: timedelta, goes: bool) -> None:
    """Who comes two seconds late has lost the turn."""
    assert (filled(1).depart("r0", "r0", START + late, PACE)[1] is not None) is goes


@pytest.mark.parametrize(("early", "goes"), [(HOLD, True), (HOLD + MS, False)])
def test_nobody_waits_long_in_place(early: timedelta, goes: bool) -> None:
    """A turn that was put off is not waited for."""
    cell = filled(1).throttled(START + early - PACE.interval, PACE)
    start = cell.turns["r0"].start

    assert (cell.depart("r0", "r0", start - early, PACE)[1] == start) is goes


def test_who_is_late_goes_next() -> None:
    """A missed turn costs one interval, not the whole line, however late its worker is."""
    cell = filled(60).forget("r1")
    before = cell.turns["r30"].start
    now = cell.turns["r10"].start - timedelta(seconds=0.5)

    cell, turn = cell.ask(Ask("r0"), now, PACE)

    assert isinstance(turn, Turn) and turn.start == now
    assert cell.turns["r30"].start - before < 3 * PACE.interval
    assert list(cell.late) == [f"r{number}" for number in range(2, 8)]
    assert cell.tidy(now + FORGIVEN + timedelta(minutes=2)).late == {}


def test_a_late_call_pushes_those_after_it() -> None:
    """The interval is kept between what really goes; gaps further on take the delay up."""
    cell = filled(4).forget("r2")
    before = cell.turns["r3"].start

    cell, start = cell.depart("r0", "r0", later(0.5), PACE)

    assert start == later(0.5)
    assert cell.turns["r1"].start == later(0.5) + PACE.interval
    assert cell.turns["r3"].start == before


def test_a_closed_lane_moves_everybody_in_order() -> None:
    """After a 429 nobody goes before its time, and the refused call finds the first place."""
    cell = filled(3).throttled(later(86_400), PACE)
    cell, turn = cell.ask(Ask("refused"), START, PACE)

    assert isinstance(turn, Turn) and turn.start == later(86_400)
    assert [key for key, _ in sorted(cell.turns.items(), key=lambda one: one[1].start)] == [
        *("refused", "r0", "r1", "r2")
    ]
    assert cell.throttled(later(60), PACE) is cell


def test_bulk_work_leaves_room() -> None:
    """A thousand rows of a batch never keep one person waiting longer than the horizon."""
    cell, told = Cell(), []
    for number in range(1000):
        cell, found = cell.ask(Ask(f"b{number}", lane="bulk"), START, PACE)
        told.append(found)
    cell, turn = cell.ask(Ask("person"), START, PACE)
    back = [one.at for one in told if isinstance(one, ComeBack)]

    assert isinstance(turn, Turn) and turn.start - START <= BULK_HORIZON + PACE.interval
    assert len(back) > 980 and min(b - a for a, b in pairwise(back)) >= PACE.interval


def test_bulk_work_goes_at_a_slow_deployment_too() -> None:
    """With a turn each half minute, the horizon still holds two of them."""
    slow = Pace.of(2)

    found = filled(1, slow).ask(Ask("b", lane="bulk"), START, slow)[1]

    assert isinstance(found, Turn)


def test_a_full_cell_asks_to_come_back() -> None:
    """The cell does not grow without end."""
    cell, found = filled(MAX_TURNS).ask(Ask("one more"), START, PACE)

    assert isinstance(found, ComeBack) and found.at > START
    assert len(cell.turns) == MAX_TURNS
    assert len(cell.model_dump_json(by_alias=True)) < 40_000


def test_position() -> None:
    """Who goes next is first."""
    cell = filled(3)

    assert [cell.position(f"r{number}") for number in range(3)] == [1, 2, 3]


def test_view() -> None:
    """Operators see calls under way, who waits, and how long the service wants no calls."""
    cell, _ = filled(3).depart("r0", "r0", START, PACE)
    closed = cell.throttled(later(40), PACE)

    assert (cell.view(START).open_calls, cell.view(START).waiting) == (1, 2)
    assert cell.view(START).closed_until is None
    assert closed.view(START).closed_until == later(40)
    assert closed.view(later(41)).closed_until is None
    assert cell.view(later(LEASE_S)).open_calls == 0


def test_a_cell_is_read_as_it_was_written() -> None:
    """Times have milliseconds on the wire, and no interval shrinks by that."""
    odd = START + timedelta(microseconds=123_456)
    cell, _ = Cell().ask(Ask("a"), odd, PACE)
    cell, _ = cell.ask(Ask("b"), odd, PACE)

    read = Cell.model_validate_json(cell.model_dump_json(by_alias=True))

    assert read == cell
    assert read.turns["b"].start - read.turns["a"].start >= PACE.interval


class Fleet(RuleBasedStateMachine):
    """Workers that ask, go on time or late, get refused or give up, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.cell, self.now = Cell(), START
        self.went: list[datetime] = []
        self.closed: datetime = START
        self.count = 0

    @rule(lane=st.sampled_from(LANES))
    def ask(self, lane: Lane) -> None:
        self.count += 1
        self.cell, _ = self.cell.ask(Ask(f"k{self.count}", lane=lane), self.now, PACE)

    @rule(seconds=st.floats(0, 5))
    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(late_s=st.floats(0, 4))
    def depart_next(self, late_s: float) -> None:
        if not self.cell.turns:
            return
        key, turn = min(self.cell.turns.items(), key=lambda one: one[1].start)
        self.now = max(self.now, turn.start + timedelta(seconds=late_s))
        self.cell, start = self.cell.depart(key, key, self.now, PACE)
        if start is None:
            self.cell = self.cell.forget(key)
        else:
            self.went.append(start)
            self.now = max(self.now, start)

    @rule(late_s=st.floats(0, 0.9))
    def go_later_than_said(self, late_s: float) -> None:
        if self.went:
            self.went[-1] += timedelta(seconds=late_s)
            self.now = max(self.now, self.went[-1])
            self.cell = self.cell.occupied(self.went[-1], 1, PACE)

    @rule(seconds=st.floats(0.1, 90))
    def refuse(self, seconds: float) -> None:
        self.closed = max(self.closed, self.now + timedelta(seconds=seconds))
        self.cell = self.cell.throttled(self.now + timedelta(seconds=seconds), PACE)

    @rule()
    def give_up(self) -> None:
        if self.cell.turns:
            self.cell = self.cell.forget(min(self.cell.turns))

    @invariant()
    def nothing_goes_within_an_interval(self) -> None:
        assert all(b - a >= PACE.interval - MS for a, b in pairwise(self.went))
        ahead = starts(self.cell)
        assert all(b - a >= PACE.interval - MS for a, b in pairwise(ahead))
        if self.went and ahead and ahead[0] >= self.now:
            assert ahead[0] - self.went[-1] >= PACE.interval - MS

    @invariant()
    def nothing_goes_while_the_lane_is_closed(self) -> None:
        assert not [turn for turn in starts(self.cell) if self.now < turn < self.closed]


TestFleet = Fleet.TestCase
TestFleet.settings = settings(max_examples=60, stateful_step_count=30)


@given(rpm=st.floats(0.5, 6000), count=st.integers(2, 30))
def test_any_rate_is_kept(rpm: float, count: int) -> None:
    """Whatever the quota, the spacing is at most 3 % above even, or a millisecond."""
    pace = Pace.of(rpm)
    gaps = [(b - a).total_seconds() for a, b in pairwise(starts(filled(count, pace)))]

    assert all(60 / rpm <= gap + 1e-9 and gap <= 60 / rpm * 1.03 + 0.001 for gap in gaps)
