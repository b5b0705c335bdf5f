"""NCrontab schedules."""

from datetime import UTC, datetime

import pytest

from dev.functions_host.cron import parse_cron


@pytest.mark.parametrize(
    ("schedule", "after", "expected"),
    [
        ("0 */5 * * * *", "2026-11-20T10:02:00", "2026-11-20T10:05:00"),
        ("0 */5 * * * *", "2026-11-20T10:05:00", "2026-11-20T10:10:00"),
        ("*/5 * * * *", "2026-11-20T23:58:59", "2026-11-21T00:00:00"),
        ("*/10 * * * * *", "2026-11-20T10:00:59.5", "2026-11-20T10:01:00"),
        ("30 15 9-17 * * MON-FRI", "2026-11-20T17:15:30", "2026-11-23T09:15:30"),
        ("0 0 0 1 1 *", "2026-11-20T00:00:00", "2027-01-01T00:00:00"),
        ("0 0 0 29 2 *", "2026-11-20T00:00:00", "2028-02-29T00:00:00"),
        ("0 0 12 13 * 5", "2026-11-20T00:00:00", "2027-08-13T12:00:00"),
        ("0 0 0 * JAN,jul sun", "2026-11-20T00:00:00", "2027-01-03T00:00:00"),
        ("0 7/20 * * * *", "2026-11-20T10:07:00", "2026-11-20T10:27:00"),
        ("59 59 23 31 12 *", "2026-12-31T23:59:58", "2026-12-31T23:59:59"),
    ],
)
def test_next_occurrence(schedule: str, after: str, expected: str) -> None:
    """Strictly later, in UTC, with day of month and day of week both holding."""
    moment = datetime.fromisoformat(after).replace(tzinfo=UTC)
    assert parse_cron(schedule).next_after(moment).isoformat() == expected + "+00:00"


@pytest.mark.parametrize(
    "schedule",
    [
        "",
        "* * * *",
        "0 0 0 0 0 0 0",
        "60 * * * * *",
        "0 0 24 * * *",
        "0 0 0 0 * *",
        "x * * * * *",
        "0 0 0 * * 7",
        "0 0 0 30 2 *",
        "*/0 * * * * *",
        "0 5-1 * * * *",
        "00:05:00",
        "0 ? * * * *",
    ],
)
def test_bad_schedules(schedule: str) -> None:
    """Field counts, ranges and dates that never come are refused."""
    with pytest.raises(ValueError, match=r"."):
        parse_cron(schedule)


def test_more_than_once_a_minute() -> None:
    """Such a schedule is not monitored."""
    assert parse_cron("*/30 * * * * *").more_than_once_a_minute()
    assert not parse_cron("5 * * * * *").more_than_once_a_minute()
