"""What messages and due entries about events ask for; late or repeated, they do no harm."""

from datetime import datetime, timedelta

from shared.chain.batch_work import go_on
from shared.chain.desk import Desk
from shared.chain.due import Entry, entry_of
from shared.chain.nudges import nudge_quietly
from shared.chain.services import Services
from shared.chain.sources import load
from shared.domain import names
from shared.domain.messages import EventMessage, Nudge

# The entry of work that goes on at once, and for which there is a nudge, falls due so much later.
WORK_LATE = timedelta(minutes=2)


def deliver(message: EventMessage, s: Services) -> None:
    """One attempt; the claim in the log lets of several messages for it only one make it."""
    source = load(message.stream, s)
    Desk(message.stream, s).deliver(source, message)


def look_at_stream(message: Nudge, s: Services) -> None:
    """
    What `advance` is for requests: do what a batch needs done, send on what is owed, say when to
    look again, let go.
    """
    stream = names.stream_named(message.request_id)
    assert stream is not None
    kind, _, name = stream.partition("/")
    work = go_on(name, s) if kind == "batches" else None
    source, named = load(stream, s), entry_of(message.due) if message.due else None
    desk = Desk(stream, s)
    desk.dispatch(source, min(message.since, source.seq), inline=False)
    owed, now = list(desk.owed(source)), s.clock.now()
    successor = None
    if times := [time for time in (work, desk.look_again(owed)) if time]:
        since = min((one.event.seq - 1 for one in owed), default=source.seq)
        successor = _later(source.subject, since, min(times), s)
    elif named is not None and named.moved:
        desk.settled(source)
    if named is None or (successor is not None and named.name == successor.name):
        return
    # Whoever put the entry has recorded by now, or will not under this entry.
    if source.seq > message.since or named.moved or now > named.at:
        s.due.delete(named)


def _later(subject: str, since: int, at: datetime, s: Services) -> Entry:
    """The entry for the next look, and a nudge where that is now."""
    now = s.clock.now()
    if at > now:
        return s.due.later(subject, since, at)
    # A sweep that came before the nudge would only have the work done twice at a time.
    entry = s.due.later(subject, since, now + WORK_LATE)
    nudge_quietly(s, subject, since, entry.name)
    return entry
