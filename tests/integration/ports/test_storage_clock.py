"""
Storage's time.
"""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from shared.adapters.append_blobs import AzureAppendBlobs
from shared.adapters.clock import StorageClock, local_utc
from shared.adapters.storage import Storage
from tests.integration.ports.conftest import on_azurite

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
AN_HOUR_LATER = "Fri, 20 Nov 2026 13:00:00 GMT"


def test_the_date_of_each_answer_reaches_the_clock(
    azurite: Storage, machine_clock: StorageClock
) -> None:
    """A machine that is an hour slow has storage's time after one answer, even a 404."""
    AzureAppendBlobs(azurite).read(on_azurite(azurite).container, "none")
    assert abs(machine_clock.now() - local_utc()) < timedelta(seconds=10)


def test_the_offset_is_carried_on() -> None:
    """Between two answers the local clock goes on from storage's time."""
    times = [NOON + timedelta(minutes=5)]
    clock = StorageClock(lambda: times[-1])
    clock.observe(AN_HOUR_LATER, NOON)
    assert clock.now() == NOON + timedelta(hours=1, minutes=5)


@pytest.mark.parametrize("seconds", [-1.9, 0.0, 1.9])
def test_less_than_two_seconds_is_no_difference(seconds: float) -> None:
    """The header has whole seconds, so that much is noise."""
    clock = StorageClock(lambda: NOON)
    clock.observe(AN_HOUR_LATER, NOON + timedelta(hours=1, seconds=seconds))
    assert clock.now() == NOON


@pytest.mark.parametrize("header", [None, "", "yesterday", "Fri, 99 Nov 2026 13:00:00 GMT"])
def test_an_unreadable_date_changes_nothing(header: str | None) -> None:
    """The last known offset stands."""
    clock = StorageClock(lambda: NOON)
    clock.observe(AN_HOUR_LATER, NOON)
    clock.observe(header, NOON)
    assert clock.now() == NOON + timedelta(hours=1)


def test_a_large_offset_is_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    """One warning for each time it becomes alarming, with the offset in its line."""
    clock = StorageClock(lambda: NOON)
    with caplog.at_level(logging.WARNING, "darkroom"):
        for received_at in (NOON, NOON, NOON + timedelta(hours=1), NOON):
            clock.observe(AN_HOUR_LATER, received_at)
    assert [record.message for record in caplog.records] == ["clock.offset offset_s=3600"] * 2
