"""
Sinks: who is told of a stream's events, and where.

A request's callback, every subscription whose filters match, and the Event Grid topic. Each has
its own place in the delivery log, its own order and its own retries.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from shared.chain.journal import Event
from shared.chain.services import Services
from shared.chain.sources import Source
from shared.domain.content import Content
from shared.domain.deliveries import CALLBACK, EVENT_GRID
from shared.domain.request import Request
from shared.domain.resource import Warning_
from shared.domain.subscriptions import Mode, Subscription
from shared.security.callers import CallerBook, Role
from shared.security.outbound import host_of
from shared.security.signatures import webhook_key

PREFIX = "sub-"
NO_SINK = Warning_(
    code="no_sink",
    detail="Nobody is told of this request's events: give a callbackUrl, or poll resultUrl.",
)


@dataclass(frozen=True, slots=True)
class Sink:
    """`subscription` is None for the callback and the topic; `since`: nothing from before."""

    name: str
    events: tuple[str, ...] = ()
    since: datetime | None = None
    subscription: Subscription | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Where one event goes, and how: read right before it is sent."""

    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    mode: Mode = "binary"
    include_prompt: bool = False


def listening(source: Source, s: Services) -> tuple[Sink, ...]:
    """Whoever wants some event of the stream, the request's own callback first."""
    return tuple(_listening(source, s))


def _listening(source: Source, s: Services) -> Iterator[Sink]:
    if not source.events:
        return
    if source.callback_events:
        yield Sink(CALLBACK, source.callback_events)
    for one in s.subscriptions.all():
        yield sink_of(one)
    if s.topic is not None:
        yield Sink(EVENT_GRID, since=s.topic_since.read())


def warnings_of(request: Request, s: Services) -> tuple[Warning_, ...]:
    """Said while nobody would be told of the request: not its callback, no topic, no subscriber."""
    if request.callback_events or s.topic is not None:
        return ()
    whose, book = request.terms.caller, s.terms.callers
    heard = any(hears_of(one, whose, book) for one in s.subscriptions.all())
    return () if heard else (NO_SINK,)


def sink_of(one: Subscription) -> Sink:
    return Sink(PREFIX + one.id, one.events, one.created_at, one)


def wants(sink: Sink, event: Event, source: Source, s: Services) -> bool:
    if sink.events and event.type not in sink.events:
        return False
    if sink.since is not None and event.at < sink.since:
        return False
    one = sink.subscription
    return one is None or hears_of(one, source.caller(event), s.terms.callers)


def hears_of(one: Subscription, whose: str | None, book: CallerBook) -> bool:
    """Whether the subscriber may know of this caller's doings, or of nobody's in particular."""
    subscriber = book.by_name(one.caller)
    roles = subscriber.roles if subscriber else frozenset()
    if one.callers and whose not in one.callers:
        return False
    if whose is None:
        return bool(roles & {Role.READ_ALL, Role.OPERATE})
    return Role.READ_ALL in roles or (Role.READ in roles and whose == one.caller)


def address_of(
    sink: Sink, source: Source, event: Event, content: Content | None, s: Services
) -> Address | None:
    """None when there is nobody to send to any more."""
    if sink.subscription is None:
        return _callback(content, s)
    one = s.subscriptions.read(sink.subscription.id)
    if one is None or not wants(sink_of(one), event, source, s):
        return None
    secrets = one.signing(s.clock.now())
    return Address(one.notification_url, secrets, one.mode, one.include_prompt)


def _callback(content: Content | None, s: Services) -> Address | None:
    """
    Without a secret of its own it is signed with every key of the ring: while keys change, a
    receiver that has not taken up the new one still finds a signature it knows.
    """
    if content is None or content.callback_url is None:
        return None
    ours = tuple(webhook_key(key.key) for key in s.terms.ring.keys)
    secrets = (content.callback_secret,) if content.callback_secret else ours
    # What its own request asked for is decided with the request's data.
    return Address(content.callback_url, secrets, include_prompt=True)


def host_at(sink: Sink, source: Source, s: Services) -> str:
    """The host that is asked, or the sink itself where that is not known."""
    if sink.subscription is not None:
        return host_of(sink.subscription.notification_url)
    if sink.name == EVENT_GRID:
        return EVENT_GRID
    content = s.contents.read(source.content_id) if source.content_id else None
    address = _callback(content, s)
    return host_of(address.url) if address else sink.name
