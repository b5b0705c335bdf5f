"""Running one timer function on its schedule; runs never overlap."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from azure.core.exceptions import AzureError
from azure.functions.meta import Datum

from .cron import Cron
from .eventlog import HOST_THREAD_PREFIX, log_event
from .timer_status import Status, TimerStatus

# .NET timers cannot wait longer; the platform cuts long waits into pieces of this length.
_LONGEST_WAIT = timedelta(days=24)
_STORAGE_RETRY_S = 5.0
# What .NET writes for a time that never was.
_NEVER = "0001-01-01T00:00:00+00:00"


def utc_now() -> datetime:
    """The only clock of the timers outside tests."""
    return datetime.now(UTC)


class TimerListener:
    """`run` makes one invocation and returns when it ended, whatever its verdict."""

    def __init__(
        self,
        name: str,
        cron: Cron,
        run: Callable[[Datum], None],
        status: TimerStatus | None,
        run_on_startup: bool = False,
        now: Callable[[], datetime] = utc_now,
        pause: Callable[[threading.Event, float], bool] = threading.Event.wait,
    ) -> None:
        self._name = name
        self._cron = cron
        self._run = run
        self._status = status
        self._run_on_startup = run_on_startup
        self._now = now
        self._pause = pause
        self._stop = threading.Event()
        self._record: Status | None = None
        self._thread = threading.Thread(
            target=self.loop, name=f"{HOST_THREAD_PREFIX}timer-{name}", daemon=True
        )

    def start(self) -> None:
        """Begin on the listener's own thread."""
        self._thread.start()

    def stop(self) -> None:
        """No further run; one that is running goes on."""
        self._stop.set()

    def wait_idle(self, for_s: float) -> bool:
        """True when the last run ended within the time."""
        self._thread.join(for_s)
        return not self._thread.is_alive()

    def loop(self) -> None:
        """Start-up rules first, then one occurrence after the other until stopped."""
        next_at = self._with_storage(self._first_occurrence)
        while next_at is not None and self._wait_until(next_at):
            next_at = self._occur(past_due=False)

    def _with_storage(self, work: Callable[[], datetime]) -> datetime | None:
        """Storage that is not there yet delays the timer instead of ending it."""
        while not self._stop.is_set():
            try:
                return work()
            except AzureError as exc:
                log_event("timer.storage_failed", function=self._name, error=type(exc).__name__)
                self._pause(self._stop, _STORAGE_RETRY_S)
        return None

    def _first_occurrence(self) -> datetime:
        """A missed occurrence runs at once as past due; else `runOnStartup` runs at once."""
        past_due = self._missed_one()
        if past_due or self._run_on_startup:
            self._run_on_startup = False
            return self._occur(past_due=past_due)
        return self._cron.next_after(self._now())

    def _missed_one(self) -> bool:
        if self._status is None:
            return False
        now = self._now()
        self._record = self._status.read()
        if self._record is None or not self._schedule_unchanged(self._record):
            self._write(_NEVER, self._cron.next_after(now), now)
            return False
        return now > _moment(self._record["Next"])

    def _schedule_unchanged(self, record: Status) -> bool:
        """A changed schedule shows in a stored Next it would not have computed."""
        try:
            last = record["Last"]
            since = _moment(record["LastUpdated"] if last.startswith("0001") else last)
            return self._cron.next_after(since) == _moment(record["Next"])
        except (KeyError, ValueError):
            return False

    def _occur(self, *, past_due: bool) -> datetime:
        """Run once; the next occurrence counts from the moment this one began."""
        began_at = self._now()
        self._run(timer_value(past_due, self._record))
        next_at = self._cron.next_after(began_at)
        if self._status is not None:
            try:
                self._write(began_at.isoformat(), next_at, began_at)
            except AzureError as exc:
                log_event("timer.storage_failed", function=self._name, error=type(exc).__name__)
        return next_at

    def _write(self, last: str, next_at: datetime, updated_at: datetime) -> None:
        assert self._status is not None
        updated = updated_at.isoformat()
        self._record = {"Last": last, "Next": next_at.isoformat(), "LastUpdated": updated}
        self._status.write(self._record)

    def _wait_until(self, moment: datetime) -> bool:
        """False when stopped before the moment came."""
        while not self._stop.is_set():
            left = moment - self._now()
            if left <= timedelta(0):
                return True
            self._pause(self._stop, min(left, _LONGEST_WAIT).total_seconds())
        return False


def timer_value(past_due: bool, record: Status | None) -> Datum:
    """The trigger value as JSON; a timer without monitor has no status."""
    value = {
        "Schedule": {"AdjustForDST": True},
        "ScheduleStatus": record,
        "IsPastDue": past_due,
    }
    return Datum(json.dumps(value), "json")


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
