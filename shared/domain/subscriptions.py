"""
Subscriptions: who is told of events at an address of their own, beside each request's callback.

The address and the secrets are credentials: they live in the subscription's blob only.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictStr, StringConstraints

from shared.domain.notices import EVENTS as NOTICED
from shared.domain.submission import MAX_EVENTS
from shared.domain.transitions import EVENTS as OF_REQUESTS
from shared.domain.transitions import FINAL_EVENTS
from shared.domain.values import Instant, Value
from shared.errors import Fault

EVENTS = tuple(sorted({*OF_REQUESTS, *NOTICED}))
MAX_SUBSCRIPTIONS = 100  # of one caller
# A receiver has this long to take up a new secret; until then the old one signs as well.
OVERLAP = timedelta(hours=24)
# So many secrets sign at once, however often they are changed.
MAX_SECRETS = 3

Mode = Literal["binary", "structured"]
Short = Annotated[StrictStr, StringConstraints(min_length=1, max_length=100)]


class Secret(Value):
    """`kid` is its public name; one without `until` signs until it is replaced."""

    kid: str
    secret: str = Field(repr=False)
    created_at: Instant
    until: Instant | None = None


class Subscription(Value):
    """Its filters never change: other events or callers make another subscription."""

    v: Literal[1] = 1
    id: str
    caller: str
    notification_url: str = Field(repr=False)
    events: tuple[str, ...] = ()
    callers: tuple[str, ...] = ()
    mode: Mode = "binary"
    include_prompt: bool = False
    secrets: tuple[Secret, ...]
    created_at: Instant

    def rotated(self, secret: Secret, now: datetime) -> "Subscription":
        """The new secret comes first; those before it sign for a while longer."""
        old = [
            one if one.until else one.model_copy(update={"until": now + OVERLAP})
            for one in self.secrets
            if one.until is None or one.until > now
        ]
        return self.model_copy(update={"secrets": (secret, *old)[:MAX_SECRETS]})

    def signing(self, now: datetime) -> tuple[str, ...]:
        return tuple(one.secret for one in self.secrets if one.until is None or now < one.until)


class SubscriptionBody(Value):
    """
    Where and of what to tell. Without `events` of every one, without `callers` of everybody whose
    requests the subscriber may see.
    """

    notification_url: Annotated[StrictStr, StringConstraints(min_length=1, max_length=8192)] = (
        Field(repr=False)
    )
    events: tuple[Literal["final", "*"] | Short, ...] = Field(default=(), max_length=MAX_EVENTS)
    callers: tuple[Short, ...] = Field(default=(), max_length=100)
    mode: Mode = "binary"
    include_prompt: StrictBool = False


def events_wanted(names: Iterable[str]) -> tuple[tuple[str, ...], list[Fault]]:
    """The event types behind `events`; none means all."""
    known: dict[str, tuple[str, ...]] = {
        "final": FINAL_EVENTS,
        "*": EVENTS,
        **{event: (event,) for event in EVENTS},
    }
    faults = [
        Fault(f"#/events/{k}", f"Unknown event; known: final, *, {', '.join(EVENTS)}.")
        for k, name in enumerate(names)
        if name not in known
    ]
    chosen = {event for name in names for event in known.get(name, ())}
    return (() if chosen == set(EVENTS) else tuple(sorted(chosen))), faults
