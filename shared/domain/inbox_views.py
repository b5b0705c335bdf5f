"""What waits for a person, as their inbox shows it: a part of the public contract."""

from pydantic import Field

from shared.domain.review_views import AskedStage
from shared.domain.values import Instant, Value


class InboxItem(Value):
    """
    One stage that waits for this person.

    `images` are those asked about, none before generation; `token` is their own link to it.
    """

    id: str
    stage: AskedStage
    deadline: Instant
    created_at: Instant
    requested_by: str | None
    caller: str
    purpose: str | None
    images: int
    thumbnail_url: str | None
    token: str = Field(repr=False)


class Inbox(Value):
    """Oldest deadline first; a page may be empty and yet have a `continuation`."""

    reviewer: str | None
    items: tuple[InboxItem, ...]
    continuation: str | None
