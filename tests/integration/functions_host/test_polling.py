"""The listener's delays between empty receives."""

import pytest

from dev.functions_host.polling import PollDelay


def without_jitter(low: float, high: float) -> float:
    return (low + high) / 2


def test_delays_double_to_the_ceiling() -> None:
    """After a hit: 0.1 s, then a doubling increment, then the ceiling for good."""
    delay = PollDelay(60.0, without_jitter)
    found = [delay.next_s(found=True)] + [delay.next_s(found=False) for _ in range(12)]
    expected = [0.1, 0.2, 0.3, 0.5, 0.9, 1.7, 3.3, 6.5, 12.9, 25.7, 51.3, 60.0, 60.0]
    assert found == pytest.approx(expected)


def test_first_delay_of_a_quiet_start_is_the_floor() -> None:
    """Nothing was ever found: the first delay is 0.1 s."""
    assert PollDelay(2.0, without_jitter).next_s(found=False) == pytest.approx(0.1)


def test_a_hit_resets() -> None:
    """At the ceiling, one found message brings back the floor."""
    delay = PollDelay(0.5, without_jitter)
    for _ in range(9):
        delay.next_s(found=False)
    assert delay.next_s(found=False) == 0.5
    assert delay.next_s(found=True) == pytest.approx(0.1)


def test_jitter_stays_in_its_range() -> None:
    """The increment varies by at most a fifth in either direction."""
    for _ in range(50):
        delay = PollDelay(60.0)
        delay.next_s(found=True)
        assert 0.18 <= delay.next_s(found=False) <= 0.22
