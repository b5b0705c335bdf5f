"""Storage's time: the one clock all workers share."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from shared import logs

# `Date` has whole seconds, and the way back takes some more of one.
NOISE = timedelta(seconds=2)

# Leases get 5 s of grace and tokens minutes: a machine a minute off needs somebody's look.
ALARMING = timedelta(seconds=60)


def local_utc() -> datetime:
    return datetime.now(UTC)


class StorageClock:
    """
    Implements `Clock`: the machine's time plus the offset that storage's last answer showed.

    `local` is the machine's time, read again by whoever calls `observe`.
    """

    def __init__(self, local: Callable[[], datetime] = local_utc) -> None:
        self.local = local
        self._offset = timedelta(0)
        self._alarmed = False

    def now(self) -> datetime:
        return self.local() + self._offset

    def wait(self, seconds: float) -> None:
        time.sleep(max(seconds, 0))

    def observe(self, date_header: str | None, received_at: datetime) -> None:
        """Take the offset from an answer that came at local time `received_at`."""
        date = http_date(date_header)
        if date is None:
            return
        offset = date - received_at
        self._offset = offset if abs(offset) >= NOISE else timedelta(0)
        self._warn_once()

    def _warn_once(self) -> None:
        """One warning each time the offset becomes alarming, not one per answer."""
        alarming = abs(self._offset) > ALARMING
        if alarming and not self._alarmed:
            offset_s = round(self._offset.total_seconds())
            logs.event("clock.offset", level=logging.WARNING, offset_s=offset_s)
        self._alarmed = alarming


def http_date(text: str | None) -> datetime | None:
    """The time a header like `Fri, 20 Nov 2026 20:57:22 GMT` says; None when it says none."""
    if not text:
        return None
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
