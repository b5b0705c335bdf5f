"""The data of an event as receivers see it: a part of the public contract."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field

from shared.domain.approval_views import ApprovalView
from shared.domain.image_views import ImageState
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


class SlimImage(Value):
    """As much of an image as people need to look at it and decide."""

    index: int
    round: int
    state: ImageState
    sha256: str
    url: str | None


class SlimEventData(Value):
    """
    What is left of the resource when all of it is too large to send: its links lead to it.

    `requestedBy`, `purpose`, `approval` without comments, and `images` are there as long as there
    is room for all of them.
    """

    id: str
    status: Status
    caller: str
    created_at: Instant
    updated_at: Instant
    round: int
    error: ErrorView | None
    links: LinksView
    requested_by: str | None = None
    purpose: str | None = None
    approval: ApprovalView | None = None
    images: tuple[SlimImage, ...] = ()
    truncated: Literal[True] = True
    decision_url: str | None = None
    review_url: str | None = None
    reviewers: tuple[OwnLinks, ...] = ()
    prompt: str | None = None


_LEAST = ("id", "status", "caller", "createdAt", "updatedAt", "round", "error", "links")
_TO_DECIDE_BY = ("requestedBy", "purpose")
_OF_AN_IMAGE = ("index", "round", "state", "sha256", "url")
_TRUNCATED = {"truncated": True}

Data = Mapping[str, Any]


def forms(resource: Data) -> Iterator[dict[str, Any]]:
    """A resource as events have it: whole, without its long texts, and what it is at the least."""
    yield dict(resource)
    least = {name: resource[name] for name in _LEAST}
    kept = {name: resource[name] for name in _TO_DECIDE_BY}
    images = [{name: one[name] for name in _OF_AN_IMAGE} for one in resource["images"]]
    approval = resource["approval"] and _uncommented(resource["approval"])
    yield {**least, **kept, "approval": approval, "images": images, **_TRUNCATED}
    yield {**least, **_TRUNCATED}


def _uncommented(approval: Data) -> dict[str, Any]:
    silent = {"comment": None}
    decisions = [
        {**one, **silent, "images": [{**image, **silent} for image in one["images"]]}
        for one in approval["decisions"]
    ]
    return {**approval, "decisions": decisions}
