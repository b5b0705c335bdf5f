"""Timers, with time moved by hand."""

import json
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from azure.functions.meta import Datum

from dev.functions_host.cron import parse_cron
from dev.functions_host.timer_listener import TimerListener

START = datetime(2026, 11, 20, 10, 2, tzinfo=UTC)
EVERY_5_MIN = parse_cron("0 */5 * * * *")


@dataclass
class FakeStatus:
    record: dict[str, str] | None = None
    written: list[dict[str, str]] = field(default_factory=list)

    def read(self) -> dict[str, str] | None:
        return self.record

    def write(self, status: dict[str, str]) -> None:
        self.written.append(status)


@dataclass
class Scene:
    """A timer that is stopped after `runs` runs; each run takes `run_s`."""

    status: FakeStatus | None = field(default_factory=FakeStatus)
    runs: int = 1
    run_s: float = 0
    run_on_startup: bool = False
    now: datetime = START
    seen: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def play(self) -> "Scene":
        self.timer = TimerListener(
            "tick", EVERY_5_MIN, self.run, self.status, self.run_on_startup, self.clock, self.pause
        )
        self.timer.loop()
        return self

    def clock(self) -> datetime:
        return self.now

    def pause(self, event: threading.Event, pause_s: float) -> bool:
        self.now += timedelta(seconds=pause_s)
        return event.is_set()

    def run(self, value: Datum) -> None:
        self.seen.append((self.now.strftime("%H:%M:%S"), json.loads(value.value)))
        self.now += timedelta(seconds=self.run_s)
        if len(self.seen) == self.runs:
            self.timer.stop()

    def times(self) -> list[str]:
        return [at for at, _ in self.seen]


def test_schedule_and_status() -> None:
    """Runs on time, not past due; the record holds last, next and last update."""
    scene = Scene(runs=2).play()
    assert scene.times() == ["10:05:00", "10:10:00"]
    assert scene.seen[0][1]["IsPastDue"] is False
    assert scene.seen[1][1]["ScheduleStatus"]["Last"] == "2026-11-20T10:05:00+00:00"
    assert scene.status is not None
    assert scene.status.written[0]["Next"] == "2026-11-20T10:05:00+00:00"
    assert scene.status.written[-1] == {
        "Last": "2026-11-20T10:10:00+00:00",
        "Next": "2026-11-20T10:15:00+00:00",
        "LastUpdated": "2026-11-20T10:10:00+00:00",
    }


def record(last: str, next_at: str) -> dict[str, str]:
    times = {"Last": last, "Next": next_at, "LastUpdated": last}
    return {name: f"2026-11-20T{at}+00:00" for name, at in times.items()}


def test_missed_occurrence_runs_at_once() -> None:
    """The host was down at 09:55: the first run is past due, the next one on schedule."""
    scene = Scene(FakeStatus(record("09:50:00", "09:55:00")), runs=2).play()
    assert scene.times() == ["10:02:00", "10:05:00"]
    assert [value["IsPastDue"] for _, value in scene.seen] == [True, False]


def test_past_due_stands_in_for_run_on_startup() -> None:
    """Only one run at the start."""
    status = FakeStatus(record("09:50:00", "09:55:00"))
    assert Scene(status, runs=2, run_on_startup=True).play().times() == ["10:02:00", "10:05:00"]


def test_changed_schedule_resets_the_record() -> None:
    """A stored Next that this schedule would not have given is no missed run."""
    scene = Scene(FakeStatus(record("09:50:00", "09:51:00"))).play()
    assert scene.times() == ["10:05:00"]
    assert scene.status is not None
    assert scene.status.written[0]["Last"].startswith("0001-01-01")


def test_run_on_startup_without_monitor() -> None:
    """Runs at once; there is no status to show."""
    scene = Scene(None, runs=2, run_on_startup=True).play()
    assert scene.times() == ["10:02:00", "10:05:00"]
    assert scene.seen[0][1]["ScheduleStatus"] is None


def test_runs_never_overlap() -> None:
    """A run of seven minutes delays the next one, which counts from the run's beginning."""
    assert Scene(runs=3, run_s=420).play().times() == ["10:05:00", "10:12:00", "10:19:00"]
