"""What messages and due entries about events ask for; late or repeated, they do no harm."""

from shared.chain.desk import Desk
from shared.chain.due import entry_of
from shared.chain.services import Services
from shared.chain.sources import load
from shared.domain import names
from shared.domain.messages import EventMessage, Nudge


def deliver(message: EventMessage, s: Services) -> None:
    """One attempt; the claim in the log lets of several messages for it only one make it."""
    source = load(message.stream, s)
    Desk(message.stream, s).deliver(source, message)


def look_at_stream(message: Nudge, s: Services) -> None:
    """What `advance` is for requests: send on what is owed, say when to look again, let go."""
    stream = names.stream_named(message.request_id)
    assert stream is not None
    source, named = load(stream, s), entry_of(message.due) if message.due else None
    desk = Desk(stream, s)
    desk.dispatch(source, min(message.since, source.seq), inline=False)
    owed, now = list(desk.owed(source)), s.clock.now()
    successor = None
    if (at := desk.look_again(owed)) is not None:
        since = min(one.event.seq for one in owed) - 1
        successor = s.due.later(source.subject, since, at)
    elif named is not None and named.moved:
        desk.settled(source)
    if named is None or (successor is not None and named.name == successor.name):
        return
    # Whoever put the entry has recorded by now, or will not under this entry.
    if source.seq > message.since or named.moved or now > named.at:
        s.due.delete(named)
