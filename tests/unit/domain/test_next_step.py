"""What next, in each state and on each side of each moment."""

from datetime import timedelta

import pytest

from shared.domain import facts
from shared.domain.facts import FactData
from shared.domain.next_step import MAX_UNSENT, next_step, unsent_in_a_row
from shared.domain.step import (
    CALL_DEADLINE_S,
    GRACE,
    LEASE_S,
    MAX_WAITING,
    Call,
    Choose,
    Intend,
    Next,
    RaiseAttention,
    Settle,
    WaitUntil,
)
from tests.unit.histories import (
    ACCEPTED,
    TWICE,
    completed,
    intended,
    not_sent,
    raised,
    request_of,
    resolved,
    seconds,
    unknown,
)

MS = timedelta(milliseconds=1)
CALLED = (ACCEPTED, intended())
INFERRED = unknown(inferred=True)


def after(*history: FactData, at_s: float = 60, holder: str | None = None) -> Next:
    return next_step(request_of(*history), seconds(at_s), holder)


def test_accepted() -> None:
    """The first thing is an intent."""
    assert after(ACCEPTED) == Intend(1)


def test_queued_waits_until_not_before() -> None:
    """The next intent comes at the time that the failure named, and not before."""
    history = (*CALLED, not_sent(not_before_s=100))

    assert after(*history, at_s=99.999) == WaitUntil(seconds(100))
    assert after(*history, at_s=100) == Intend(2)


def test_worn_out_after_so_many_calls_that_were_not_sent() -> None:
    """After the last allowed failure in a row an operator is asked, not earlier."""
    tries = [fact for n in range(1, MAX_UNSENT + 1) for fact in (intended(n), not_sent(n))]

    assert after(ACCEPTED, *tries[:-2]) == Intend(MAX_UNSENT)
    assert after(ACCEPTED, *tries) == RaiseAttention("model_unavailable")


def test_a_full_quota_does_not_wear_out_by_count() -> None:
    """Throttled calls may be made again for two days, however many they were."""
    tries = [
        fact
        for n in range(1, 21)
        for fact in (intended(n), not_sent(n, "throttled", not_before_s=n))
    ]
    first = request_of(ACCEPTED, *tries).attempts[0].at
    at_last = (first + MAX_WAITING - seconds(0)).total_seconds()

    assert after(ACCEPTED, *tries, at_s=at_last) == Intend(21)
    assert after(ACCEPTED, *tries, at_s=at_last + 1) == RaiseAttention("model_unavailable")


def test_an_operators_answer_gives_new_patience() -> None:
    """Failures before the last answer no longer count."""
    tries = [fact for n in range(1, MAX_UNSENT + 1) for fact in (intended(n), not_sent(n))]
    history = (ACCEPTED, *tries, raised(), resolved(len(tries) + 2, "generation"))

    assert after(*history) == Intend(MAX_UNSENT + 1)
    assert unsent_in_a_row(request_of(*history)) == []


def test_only_the_latest_failures_are_in_a_row() -> None:
    """A call with another outcome between breaks the row."""
    history = (TWICE, intended(), INFERRED, intended(2), not_sent(2))

    assert unsent_in_a_row(request_of(*history)) == [not_sent(2)]


def test_the_holder_of_the_intent_calls() -> None:
    """Only the worker whose `by` stands on the open intent is offered the call."""
    assert after(*CALLED, holder="by2") == Call(1)
    assert after(*CALLED, holder="by1") == WaitUntil(seconds(LEASE_S) + GRACE + MS)
    assert after(*CALLED, facts.CancelRequested(), holder="by2") == Call(1)


def test_a_call_is_not_made_once_an_operator_was_asked() -> None:
    """Outside the states of a call even the holder waits for the lease."""
    step = after(*CALLED, raised("internal"), holder="by2")

    assert step == WaitUntil(seconds(LEASE_S) + GRACE + MS)


@pytest.mark.parametrize("cancelled", [(), (facts.CancelRequested(),)])
def test_a_lease_gets_its_grace(cancelled: tuple[FactData, ...]) -> None:
    """The call is settled by others only after the lease and five seconds."""
    last_s = LEASE_S + GRACE.total_seconds()

    assert after(*CALLED, *cancelled, at_s=last_s) == WaitUntil(seconds(last_s) + MS)
    assert after(*CALLED, *cancelled, at_s=last_s + 0.001) == Settle(1)
    assert CALL_DEADLINE_S < LEASE_S


def test_unsettled_holds() -> None:
    """A call of unknown outcome is nobody's to repeat: an operator is asked."""
    assert after(*CALLED, unknown()) == RaiseAttention("outcome_unknown")


def test_unsettled_is_retried_once() -> None:
    """With `retry_once` one new intent follows; a second unknown asks an operator."""
    first = (TWICE, intended(), unknown())

    assert after(*first) == Intend(2)
    assert after(*first, intended(2), unknown(2)) == RaiseAttention("outcome_unknown")


def test_the_retry_keeps_its_pauses() -> None:
    """A retry that was not sent waits as any other call does."""
    history = (TWICE, intended(), unknown(), intended(2), not_sent(2, not_before_s=100))

    assert after(*history) == WaitUntil(seconds(100))


@pytest.mark.parametrize("on", [ACCEPTED, TWICE])
def test_unsettled_takes_a_spare(on: facts.Accepted) -> None:
    """A first call that completed late is taken when the second one's outcome is unknown."""
    history = (on, intended(), INFERRED, intended(2), completed(), unknown(2))

    assert after(*history) == Choose(facts.Adopted(attempt=1))


def test_queued_takes_a_spare() -> None:
    """Nobody pays again for what an earlier call did buy."""
    history = (TWICE, intended(), INFERRED, intended(2), completed(), not_sent(2))

    assert after(*history) == Choose(facts.Adopted(attempt=1))


def test_an_outcome_unknown_after_the_answer_is_asked_about_again() -> None:
    """An operator's retry given during a call permits no second payment when it turns unknown."""
    history = (*CALLED, raised("internal"), resolved(3, "generation"), INFERRED)

    assert after(*history) == RaiseAttention("outcome_unknown")


def test_an_answered_unknown_is_called_again() -> None:
    """An operator who says retry knows the outcome is unknown: the next intent follows."""
    assert after(*CALLED, unknown(), raised(), resolved(4, "generation")) == Intend(2)
