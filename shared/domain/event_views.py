"""The data of an event as receivers see it: a part of the public contract."""

from typing import Literal

from pydantic import Field

from shared.domain.resource import ErrorView, LinksView, Resource, Status
from shared.domain.values import Instant, Value


class OwnLinks(Value):
    """One named reviewer and the links that are theirs alone."""

    reviewer: str
    review_url: str = Field(repr=False)
    decision_url: str = Field(repr=False)


class EventData(Resource):
    """
    The resource as of the event; what follows is there where people are asked, only then.

    The first two links are good for whoever holds them. `reviewers` are those who have not
    answered. `prompt` is there when the request has `includePrompt`, null when it is too long for
    an event: the page behind `reviewUrl` shows it.
    """

    decision_url: str | None = None
    review_url: str | None = None
    reviewers: tuple[OwnLinks, ...] = ()
    prompt: str | None = None


class SlimEventData(Value):
    """What is left of the resource when all of it is too large to send: its links lead to it."""

    id: str
    status: Status
    caller: str
    created_at: Instant
    updated_at: Instant
    round: int
    error: ErrorView | None
    links: LinksView
    truncated: Literal[True] = True
    decision_url: str | None = None
    review_url: str | None = None
    reviewers: tuple[OwnLinks, ...] = ()
    prompt: str | None = None


SLIM_FIELDS = ("id", "status", "caller", "createdAt", "updatedAt", "round", "error", "links")
