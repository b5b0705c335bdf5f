"""The sweep: each minute, nudge what is due. It finds requests whose every message was lost."""

from datetime import datetime, timedelta

from shared import logs
from shared.chain.due import DueIndex, Entry
from shared.chain.nudges import nudge
from shared.chain.services import Services
from shared.chain.tidy import tidy
from shared.chain.watch import watch

# It looks past the next sweep, so that a nudge can come at the exact second.
LOOK_AHEAD = timedelta(seconds=90)
# One sweep takes at most about 30 ms an entry; what is left over is first the next minute.
MAX_ENTRIES = 1000


def sweep(s: Services) -> int:
    """How many entries were due."""
    now = s.clock.now()
    entries = [one for one in s.due.due(now + LOOK_AHEAD, MAX_ENTRIES) if now >= sight_of(one)]
    for entry in entries:
        _move(entry, s.due, s)
    overdue = max((now - one.at for one in entries), default=timedelta(0))
    logs.event("sweep.ran", entries=len(entries), overdue_s=max(0, round(overdue.total_seconds())))
    watch(s)
    tidy(s)
    return len(entries)


def sight_of(entry: Entry) -> datetime:
    """
    From when on the sweep takes the entry up.

    One that was moved has a nudge under way: it waits until it is overdue, or each sweep would
    move it on before that nudge could come.
    """
    return entry.at if entry.moved else entry.at - LOOK_AHEAD


def _move(entry: Entry, due: DueIndex, s: Services) -> None:
    """New entry, old one away, nudge: whatever dies between, an entry stands."""
    if (found := due.body(entry)) is None:
        return
    wait = entry.at - s.clock.now()
    moved = due.move(entry, found[0])
    nudge(s, entry.request_id, found[0].since, moved.name, max(wait.total_seconds(), 0))
