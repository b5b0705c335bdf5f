"""Subscriptions: made, listed, given a new secret, and ended."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from shared.chain.services import Services
from shared.domain.subscriptions import Mode, Subscription, SubscriptionBody, events_wanted
from shared.domain.values import Instant, Value
from shared.errors import AddressRefused, Fault, InvalidRequest, NotFound
from shared.security.callers import Role
from shared.security.outbound import masked
from shared.web.bodies import json_of, validated
from shared.web.exchange import GUARDS, Answer, Call, answer

ID = r"[0-9a-f]{24}"


class KeyView(Value):
    """A secret by its public name; after `until` it signs no more."""

    kid: str
    created_at: Instant
    until: Instant | None


class SubscriptionView(Value):
    """
    `notificationUrl` shows the host only. `secret` is there once, when it was made; whoever
    missed it asks for a new one.
    """

    id: str
    caller: str
    notification_url: str
    events: tuple[str, ...]
    callers: tuple[str, ...]
    mode: Mode
    include_prompt: bool
    created_at: Instant
    secrets: tuple[KeyView, ...]
    secret: str | None = None


class SubscriptionList(Value):
    items: tuple[SubscriptionView, ...]
    continuation: Literal[None] = None


def subscribe(call: Call, s: Services) -> Answer:
    """The same address and filters again: the same subscription, without its secret."""

    def also(fields: Mapping[str, Any]) -> list[Fault]:
        events = events_wanted(fields.get("events", ()))[1]
        return events + _address_faults(fields.get("notificationUrl"), s)

    body = validated(json_of(call), SubscriptionBody, also)
    made, new = s.subscriptions.subscribe(_wanted(body, call, s))
    link = f"{s.terms.public_url}/subscriptions/{made.id}"
    return answer(201, _view(made, shown=new), Location=link)


def list_subscriptions(call: Call, s: Services) -> Answer:
    """Each as it is now: what is kept in memory need not know its latest secret."""
    own = [one.id for one in s.subscriptions.all() if _may_see(one, call)]
    seen = [one for id_ in own if (one := s.subscriptions.read(id_))]
    newest_first = sorted(seen, key=lambda one: (one.created_at, one.id), reverse=True)
    return answer(200, SubscriptionList(items=tuple(map(_view, newest_first))))


def rotate(call: Call, s: Services) -> Answer:
    if _seen(call, s) is None:
        raise NotFound
    return answer(200, _view(s.subscriptions.rotate(call.id), shown=True))


def unsubscribe(call: Call, s: Services) -> Answer:
    """Also when it is gone already; from the answer on nothing is sent."""
    if _seen(call, s) is not None:
        s.subscriptions.remove(call.id)
    return Answer(204, b"", headers=GUARDS)


def _wanted(body: SubscriptionBody, call: Call, s: Services) -> Subscription:
    events, faults = events_wanted(body.events)
    if faults := faults + _address_faults(body.notification_url, s):
        raise InvalidRequest(faults)
    return Subscription(
        id="",
        caller=call.known_caller.name,
        notification_url=body.notification_url,
        events=events,
        callers=tuple(sorted(set(body.callers))),
        mode=body.mode,
        include_prompt=body.include_prompt,
        secrets=(),
        created_at=s.clock.now(),
    )


def _address_faults(url: str | None, s: Services) -> list[Fault]:
    try:
        if url is not None:
            s.terms.outbound.check_url(url)
    except AddressRefused as error:
        return [Fault("#/notificationUrl", str(error))]
    return []


def _seen(call: Call, s: Services) -> Subscription | None:
    """
    Raises:
        NotFound: it is another caller's.
    """
    found = s.subscriptions.read(call.id) if re.fullmatch(ID, call.id) else None
    if found is not None and not _may_see(found, call):
        raise NotFound
    return found


def _may_see(one: Subscription, call: Call) -> bool:
    known = call.known_caller
    return one.caller == known.name or Role.OPERATE in known.roles


def _view(one: Subscription, *, shown: bool = False) -> SubscriptionView:
    kept = one.model_dump(exclude={"v", "secrets", "notification_url"})
    return SubscriptionView(
        **kept,
        notification_url=masked(one.notification_url),
        secrets=tuple(
            KeyView(kid=key.kid, created_at=key.created_at, until=key.until) for key in one.secrets
        ),
        secret=one.secrets[0].secret if shown else None,
    )
