"""A budget by itself: keyed amounts, in any order, as often as anybody likes."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from shared.domain import facts
from shared.domain.budget import NOTHING, REMEMBERED, Budget, key_of
from shared.domain.facts import Fact, Outcome
from shared.domain.values import Cost
from tests.fakes import START
from tests.unit.histories import (
    ACCEPTED,
    COST,
    ID,
    completed,
    intended,
    journal_of,
    not_sent,
    refused,
    unknown,
)

LIMIT = Decimal(1)
MONEY = Decimal("0.05")
KEY = key_of(ID, 1)
FILTERED = refused().model_copy(update={"maybe_billed": Cost(amount=0.03, price_book="2026-11")})
# What may become of one call, fact by fact.
COURSES: tuple[tuple[Outcome, ...], ...] = (
    (completed(),),
    (refused(),),
    (FILTERED,),
    (not_sent(),),
    (unknown(),),
    (unknown(), completed()),
    (unknown(inferred=True), unknown()),
    (unknown(inferred=True), unknown(), completed()),
    (unknown(inferred=True), FILTERED),
    (unknown(inferred=True), refused()),
    (unknown(inferred=True), not_sent()),
)
# A request's facts are folded by number, so these calls are of one request each.
REQUESTS = ("A", "B", "C")


def outcomes(*course: Outcome) -> tuple[Fact, ...]:
    return journal_of(ACCEPTED, intended(), *course).facts[2:]


def held(*keys: str, amount: Decimal = MONEY) -> Budget:
    budget = Budget()
    for key in keys:
        budget = budget.reserve(key, amount, None, START)
    return budget


def settled(budget: Budget, key: str, *course: Outcome) -> Budget:
    for fact in outcomes(*course):
        budget = budget.settle(key, fact, START)
    return budget


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[tuple[str, Fact | None]], dict[str, Decimal]]:
    """Calls' courses, shuffled and with repeats, and what each call comes to in the end."""
    steps: list[tuple[str, Fact | None]] = []
    due: dict[str, Decimal] = {}
    for name in REQUESTS:
        course = draw(st.sampled_from(COURSES))
        match course[-1]:
            case facts.Completed(cost=cost) | facts.Unknown(maybe_billed=cost):
                due[name] = Decimal(str(cost.amount))
            case facts.Refused(maybe_billed=Cost() as cost):
                due[name] = Decimal(str(cost.amount))
        steps += [(name, fact) for fact in outcomes(*course)]
    repeats = draw(st.lists(st.sampled_from([*steps, *((name, None) for name in REQUESTS)])))
    return draw(st.permutations([*steps, *repeats])), due


@given(histories())
def test_any_order_any_number_of_times(
    history: tuple[list[tuple[str, Fact | None]], dict[str, Decimal]],
) -> None:
    """Held first, the outcomes come to the same in every order, be all of it repeated or not."""
    steps, due = history
    budget = held(*REQUESTS)
    for name, fact in steps:
        if fact is None:
            budget = budget.reserve(name, MONEY, None, START)
        else:
            budget = budget.settle(name, fact, START)

    assert budget.settled == budget.committed == sum(due.values())
    assert budget.open == {}


amounts = st.integers(0, 600_000).map(lambda millionths: Decimal(millionths) / 1_000_000)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), amounts)), st.sets(st.sampled_from("abcdef")))
def test_nothing_is_held_over_the_limit(
    wanted: list[tuple[str, Decimal]], completing: set[str]
) -> None:
    """However often it is asked, what is spent and held is within the limit after each yes."""
    budget = Budget()
    for key, amount in wanted:
        after = budget.reserve(key, amount, LIMIT, START)
        assert after == budget or after.committed <= LIMIT
        assert after == budget or after.committed == budget.committed + amount
        budget = settled(after, key, completed()) if key in completing else after


@given(st.permutations(["reserve", "settle", "release", "drop", "put_off"]))
def test_a_late_reserve_holds_nothing(order: list[str]) -> None:
    """A worker that froze cannot hold money for a call that is settled or let go by now."""
    request = journal_of(ACCEPTED, facts.Cancelled()).request
    [fact] = outcomes(completed())
    budget = held(KEY)
    for step in [*order, "settle", "reserve", "release"]:
        if step == "reserve":
            budget = budget.reserve(KEY, MONEY, LIMIT, START)
        elif step == "settle":
            budget = budget.settle(KEY, fact, START)
        elif step == "release":
            budget = budget.release(request, START)
        else:
            budget = budget.drop([KEY]) if step == "drop" else budget.put_off(KEY, START)

    assert budget.open == {}
    assert budget.spent in (NOTHING, MONEY)


def test_room_to_the_last() -> None:
    """The limit itself may be spent, and not a millionth more."""
    budget = held("a", amount=Decimal("0.9"))

    assert budget.reserve("b", Decimal("0.1"), LIMIT, START).knows("b")
    assert budget.reserve("b", Decimal("0.100001"), LIMIT, START) == budget


def test_what_was_not_reserved_is_not_settled() -> None:
    """An outcome of a call that this budget knows nothing of changes nothing."""
    assert settled(Budget(), KEY, completed()) == Budget()


def test_a_late_completed_takes_the_place_of_the_doubt() -> None:
    """What was perhaps spent becomes what was spent."""
    doubting = settled(held(KEY), KEY, unknown())
    assert (doubting.spent, doubting.settled) == (NOTHING, MONEY)

    known = settled(held(KEY), KEY, unknown(), completed())
    assert (known.spent, known.settled) == (Decimal(str(COST.amount)), MONEY)
    assert known.doubtful == {}


def test_the_end_of_a_request() -> None:
    """What is held for it is let go, but for calls that were made: their outcomes may be late."""
    budget = held(key_of(ID, 1), key_of(ID, 2), key_of("other", 1))
    cancelled = journal_of(ACCEPTED, facts.Cancelled()).request
    running = journal_of(
        *(ACCEPTED, intended(), facts.AttentionRaised(code="internal", deadline=START)),
        facts.Cancelled(),
    ).request

    assert set(budget.release(cancelled, START).open) == {key_of("other", 1)}
    done = journal_of(ACCEPTED, intended(), completed(), facts.Cancelled()).request

    for called in (running, done):
        assert set(budget.release(called, START).open) == {key_of(ID, 1), key_of("other", 1)}


def test_what_was_held_for_nothing_may_be_held_again() -> None:
    """Unlike a settled key, a dropped one is not remembered: its caller may come back."""
    dropped = held(KEY).drop([KEY])

    assert not dropped.knows(KEY)
    assert dropped.reserve(KEY, MONEY, LIMIT, START).open.keys() == {KEY}


def test_settled_keys_are_forgotten_in_time() -> None:
    """They are remembered for as long as anybody may still be frozen over them."""
    budget = settled(held(KEY), KEY, completed())

    assert budget.forget(START + REMEMBERED - timedelta(seconds=1)).knows(KEY)
    assert not budget.forget(START + REMEMBERED).knows(KEY)


def test_stale_ones_first_come_first() -> None:
    """The oldest are looked at first, and what is still under way goes to the end."""
    budget = Budget()
    for number, key in enumerate("abc"):
        budget = budget.reserve(key, MONEY, None, START + timedelta(minutes=number))

    assert budget.stale(START + timedelta(minutes=2)) == ["a", "b"]
    assert budget.put_off("a", START + timedelta(hours=1)).stale(START + timedelta(hours=2)) == [
        *("b", "c", "a")
    ]


def test_thresholds() -> None:
    """Each is told of once when it is reached; a refusal is as good as the last."""
    half = settled(held("a", amount=LIMIT), "a", completed())

    assert half.untold(Decimal("0.11"), False) == ()
    assert half.untold(Decimal("0.10"), False) == (50,)
    assert half.untold(Decimal("0.06"), False) == (50, 80)
    assert half.untold(Decimal("0.05"), False) == (50, 80, 100)
    assert half.untold(Decimal("9"), True) == ()
    assert half.told([50, 80]).untold(Decimal("0.06"), True) == (100,)
    assert half.told([50]).untold(Decimal("0.06"), False) == (80,)
    assert Budget().untold(NOTHING, False) == ()
    assert Budget().untold(NOTHING, True) == (100,)


def test_a_cell_is_what_it_was() -> None:
    """Written and read again, a budget is the same to the millionth."""
    budget = settled(held(KEY, "b", amount=Decimal("0.000001")), KEY, unknown()).told([50])

    assert Budget.model_validate_json(budget.model_dump_json(by_alias=True)) == budget
    assert b'"amount":1e-6' in budget.model_dump_json(by_alias=True).encode()
