"""Deliveries as operators see them, and events that are sent once more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from shared.chain import delivery_index
from shared.chain.delivery_log import LogBook
from shared.chain.desk import Desk
from shared.chain.due import Covers
from shared.chain.journal import Event
from shared.chain.services import Services
from shared.chain.sinks import PREFIX, Sink, address_of, listening, sink_of, wants
from shared.chain.sources import Source, load
from shared.domain import names
from shared.domain.deliveries import EVENT_GRID, Delivery, Line
from shared.domain.messages import EventMessage
from shared.domain.values import Instant, Value
from shared.errors import Conflict, NotFound, StorageError
from shared.security.base64url import from_base64url, to_base64url

State = Literal["pending", "delivered", "dead", "gone"]


class DeliveryView(Value):
    """One event and one sink; `status` is the last answer's, null when there was none."""

    id: str
    stream: str
    seq: int
    type: str | None
    sink: str
    state: State
    attempt: int
    at: Instant | None
    next_at: Instant | None
    status: int | None


@dataclass(frozen=True, slots=True)
class Place:
    stream: str
    seq: int
    sink: str

    @property
    def id(self) -> str:
        return to_base64url(f"{self.stream}|{self.seq}|{self.sink}".encode())


def place_of(text: str) -> Place:
    """
    Raises:
        NotFound: it is no delivery's id.
    """
    try:
        stream, seq, sink = from_base64url(text).decode().split("|")
        place = Place(stream, int(seq), sink)
    except ValueError:
        raise NotFound from None
    if names.stream_named(names.subject_of(stream)) != stream or place.id != text:
        raise NotFound
    return place


def deliveries_of(stream: str, s: Services) -> list[DeliveryView]:
    """What the log has and what is owed beside, the newest event first."""
    source, desk = load(stream, s), Desk(stream, s)
    found = {(one.seq, one.sink): one for one in desk.book.read().deliveries}
    owed = {(one.event.seq, one.sink.name): one.delivery for one in desk.owed(source)}
    types = {event.seq: event.type for event in source.events}
    places = sorted({*found, *owed}, key=lambda place: (-place[0], place[1]))
    views = (_view(stream, (found | owed)[place], types, place in owed) for place in places)
    return [view for view in views if view]


def _view(stream: str, one: Delivery, types: Mapping[int, str], owed: bool) -> DeliveryView | None:
    """What is not settled and owed to nobody was to go to a sink that is no more."""
    state: State = "pending" if owed else "gone"
    if one.outcome in ("delivered", "dead"):
        state = "delivered" if one.outcome == "delivered" else "dead"
    return DeliveryView(
        id=Place(stream, one.seq, one.sink).id,
        stream=stream,
        seq=one.seq,
        type=types.get(one.seq, one.type),
        sink=one.sink,
        state=state,
        attempt=one.attempt,
        at=one.at,
        next_at=one.next_at if owed else None,
        status=one.status,
    )


def redeliver(place: Place, s: Services) -> None:
    """
    Send the event once more, with a fresh series of attempts under the same id.

    Raises:
        NotFound: there is no such event.
        Conflict: the sink is no more, or would not be told of it.
    """
    source = load(place.stream, s)
    event = source.event(place.seq)
    if event is None:
        raise NotFound
    if not _reachable(place, event, source, s):
        raise Conflict("The sink is no more, or is not told of this event.", code="sink_gone")
    covers = Covers(s.due, source.subject)
    covers.before_append(place.seq - 1)
    delivery_index.mark_pending(source, s)
    attempt = _begun_anew(place, event.type, s)
    message = EventMessage(stream=place.stream, seq=place.seq, sink=place.sink, attempt=attempt + 1)
    s.queue.send(names.EVENT_QUEUE, message.model_dump_json(by_alias=True))


def _begun_anew(place: Place, type_: str, s: Services) -> int:
    """Recorded; the number of the last attempt before. One under way may end on its own."""
    book, by = LogBook(s.appends, place.stream), s.entropy.token_bytes(8).hex()

    def begun_on(known: Delivery) -> Line:
        return Line(
            at=s.clock.now(),
            seq=place.seq,
            sink=place.sink,
            attempt=known.attempt,
            outcome="redeliver",
            type=type_,
            by=by,
        )

    _, line = book.write_on(place.seq, place.sink, begun_on)
    if line is None:
        raise StorageError("The delivery log is changing too fast.")
    return line.attempt


def _reachable(place: Place, event: Event, source: Source, s: Services) -> bool:
    sink = _sink(place, source, s)
    if sink is None or not wants(sink, event, source, s):
        return False
    content = s.contents.read(source.named) if source.journal else None
    return sink.name == EVENT_GRID or address_of(sink, source, event, content, s) is not None


def _sink(place: Place, source: Source, s: Services) -> Sink | None:
    if place.sink.startswith(PREFIX):
        one = s.subscriptions.read(place.sink.removeprefix(PREFIX))
        return sink_of(one) if one else None
    return next((one for one in listening(source, s) if one.name == place.sink), None)
