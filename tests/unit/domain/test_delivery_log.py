"""The delivery log and the rules of when an event may be sent."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.deliveries import (
    ABANDONED_AFTER,
    HOLD,
    RETRIES_S,
    DeliveryLog,
    Line,
    parse,
    retry_after,
    waiting,
)
from tests.fakes import START


def log_of(*lines: dict[str, Any]) -> DeliveryLog:
    base = {"at": START, "seq": 1, "sink": "callback", "attempt": 1, "by": "x"}
    made = [Line.model_validate(base | line) for line in lines]
    return parse(b"".join(one.model_dump_json(by_alias=True).encode() + b"\n" for one in made))


@given(st.integers(1, len(RETRIES_S)), st.floats(-1, 1))
def test_pauses_keep_within_the_jitter(attempt: int, spread: float) -> None:
    """Each pause is its place in the table, ten percent more or less."""
    pause = retry_after(attempt, None, spread)

    assert pause is not None
    assert 0.899 * RETRIES_S[attempt - 1] <= pause.total_seconds() <= 1.101 * RETRIES_S[attempt - 1]


def test_the_table() -> None:
    """5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 3 h, 6 h, 12 h, 24 h; the eleventh is the last."""
    pauses = [retry_after(attempt, None, 0) for attempt in range(1, 12)]

    minutes = [5 / 60, 0.5, 2, 10, 30, 60, 180, 360, 720, 1440]
    assert pauses == [*(timedelta(minutes=m) for m in minutes), None]


def test_a_longer_retry_after_wins() -> None:
    """The receiver may ask for more time, at most a day, never for less."""
    assert retry_after(1, 77.0, 1) == timedelta(seconds=77)
    assert retry_after(3, 77.0, 0) == timedelta(seconds=120)
    assert retry_after(1, 1e9, 0) == timedelta(days=1)


def test_an_undelivered_event_holds_later_ones_up() -> None:
    """Later events wait for earlier ones, five minutes from their own time."""
    log = log_of({"outcome": "failed"})

    found = waiting(log, [(1, START), (3, START)], "callback")
    assert [(one.seq, held) for one, held in found] == [(1, None), (3, START + HOLD)]


@pytest.mark.parametrize("outcome", ["delivered", "dead", "gone"])
def test_a_settled_event_holds_nobody_up(outcome: str) -> None:
    """Once an event needs no further attempt, the next may go."""
    log = log_of({"outcome": outcome, "sink": "sub-1"})

    assert log.of(1, "sub-1").settled
    found = waiting(log, [(1, START), (3, START)], "sub-1")
    assert [(one.seq, held) for one, held in found] == [(3, None)]


def test_an_abandoned_attempt_is_over_after_a_minute() -> None:
    """An attempt that was only begun may be followed 60 s later; a failed one at its time."""
    next_at = START + timedelta(seconds=5)

    assert log_of({"outcome": "started"}).of(1, "callback").due == START + ABANDONED_AFTER
    assert log_of({"outcome": "failed", "next_at": next_at}).of(1, "callback").due == next_at
    assert DeliveryLog().of(1, "callback").due is None


def test_the_last_line_counts() -> None:
    """An event stands with its sink as its last line says; other sinks and events apart."""
    log = log_of(
        {"outcome": "started"},
        {"outcome": "started", "seq": 3},
        {"outcome": "delivered", "status": 204},
    )

    assert [(d.seq, d.outcome) for d in log.deliveries] == [(3, "started"), (1, "delivered")]
    assert log.of(1, "other").outcome == "pending"
    assert len(log.lines) == 3


@pytest.mark.parametrize("data", [b"x\n", b"{}\n", b"\xff\n"])
def test_a_line_of_somebody_else(data: bytes) -> None:
    """What is no line of ours is passed over, and still counts as length."""
    assert parse(data).lines == ()
    assert parse(data).length == len(data)


def test_a_sink_that_is_gone() -> None:
    """Who answered 410 once is asked no more, about other events neither."""
    log = log_of({"outcome": "started"}, {"outcome": "gone", "status": 410})

    assert log.of(99, "callback").settled
    assert not log.of(99, "other").settled


def test_an_event_sent_again_holds_nobody_up() -> None:
    """It came out of turn: later events do not wait for it, nor it for earlier ones."""
    log = log_of(
        {"outcome": "delivered", "seq": 3},
        {"outcome": "redeliver", "seq": 3},
    )

    found = waiting(log, [(1, START), (3, START), (5, START)], "callback")
    assert [(one.seq, held) for one, held in found] == [(1, None), (3, None), (5, START + HOLD)]
    alone = waiting(log, [(3, START), (5, START)], "callback")
    assert [held for _, held in alone] == [None, None]
