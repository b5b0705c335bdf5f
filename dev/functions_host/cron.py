"""NCrontab expressions as timer triggers take them: six fields, UTC, all fields must match.

Unlike Unix cron, a schedule that names both a day of month and a day of week fires only when
both hold; and Sunday is 0, never 7.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
# A leap day can be eight years away (1896 to 1904 style gaps); nothing is further.
_SEARCH_DAYS = 366 * 9


@dataclass(frozen=True)
class _Field:
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()


_FIELDS = (
    _Field("second", 0, 59),
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 0, 6, _DAYS),
)


@dataclass(frozen=True)
class Cron:
    """A parsed schedule; each member holds the allowed values in ascending order."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]

    def next_after(self, moment: datetime) -> datetime:
        """The first occurrence strictly later than `moment`, in UTC."""
        start = moment.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)
        for ahead in range(_SEARCH_DAYS):
            day = (start + timedelta(days=ahead)).date()
            if not self._on_day(day.month, day.day, day.isoweekday() % 7):
                continue
            clock = (start.hour, start.minute, start.second) if ahead == 0 else (0, 0, 0)
            time = self._first_time(*clock)
            if time is not None:
                return datetime(day.year, day.month, day.day, *time, tzinfo=UTC)
        raise ValueError("the schedule never occurs")

    def _on_day(self, month: int, day: int, weekday: int) -> bool:
        return month in self.months and day in self.days and weekday in self.weekdays

    def _first_time(self, hour: int, minute: int, second: int) -> tuple[int, int, int] | None:
        for h in (h for h in self.hours if h >= hour):
            least_m = minute if h == hour else 0
            for m in (m for m in self.minutes if m >= least_m):
                least_s = second if (h, m) == (hour, minute) else 0
                s = next((s for s in self.seconds if s >= least_s), None)
                if s is not None:
                    return h, m, s
        return None

    def more_than_once_a_minute(self) -> bool:
        """Such schedules are never monitored: the record would be written too often."""
        return len(self.seconds) > 1


def parse_cron(text: str) -> Cron:
    """Read six fields, or five (then it fires at second 0); ValueError says what is wrong."""
    parts = text.split()
    if len(parts) == 5:
        parts.insert(0, "0")
    if len(parts) != 6:
        raise ValueError(f"a schedule has five or six fields, not {len(parts)}")
    cron = Cron(*(_values(field, part) for field, part in zip(_FIELDS, parts, strict=True)))
    cron.next_after(datetime(2000, 1, 1, tzinfo=UTC))
    return cron


def _values(field: _Field, text: str) -> tuple[int, ...]:
    found: set[int] = set()
    for item in text.split(","):
        found.update(_item(field, item))
    return tuple(sorted(found))


def _item(field: _Field, item: str) -> range:
    span, slash, step_text = item.partition("/")
    step = _number(field, step_text) if slash else 1
    if step < 1:
        raise ValueError(f"{field.name}: a step must be at least 1")
    low, high = _span(field, span, open_ended=bool(slash))
    if not field.low <= low <= high <= field.high:
        raise ValueError(f"{field.name}: {item!r} is outside {field.low}-{field.high}")
    return range(low, high + 1, step)


def _span(field: _Field, span: str, *, open_ended: bool) -> tuple[int, int]:
    if span == "*":
        return field.low, field.high
    first, dash, last = span.partition("-")
    low = _number(field, first)
    if dash:
        return low, _number(field, last)
    return low, field.high if open_ended else low


def _number(field: _Field, text: str) -> int:
    name = text[:3].lower()
    if name in field.names:
        return field.names.index(name) + field.low
    if not text.isascii() or not text.isdigit():
        raise ValueError(f"{field.name}: {text!r} is not understood")
    return int(text)
