"""What the review page is served: a part of the public contract."""

from typing import Literal

from pydantic import Field

from shared.domain.image_views import ImageView
from shared.domain.resource import InputView, Resource
from shared.domain.values import Instant, Phase, Value

ReviewState = Literal["open", "decided", "closed", "superseded", "notOpen"]


class AskedStage(Value):
    phase: Phase
    name: str
    round: int


class ReviewerView(Value):
    """
    Who looks. `name` is known of a person's own link only, and only while it may be kept.

    `caller`: whose key it is, where there is no link. `mayDecide` is false where that caller
    submitted the request, and does not have the role `decideOwn`. `withdrawUntil`: the verdict can
    be taken back, until then at the latest.
    """

    name: str | None
    personal: bool
    caller: str | None
    may_decide: bool
    answered: bool
    withdraw_until: Instant | None
    may_delegate: bool


class ReviewedRound(Value):
    """`feedback` is what people wished for in the round before; `images` are what came of it."""

    round: int
    parent: int | None
    edit: bool
    feedback: tuple[str, ...]
    images: tuple[ImageView, ...]


class ReviewedInput(InputView):
    """`url` opens without a key until `urlExpiresAt`; null before it is fetched, and once gone."""

    url: str | None
    url_expires_at: Instant | None


class ReviewView(Value):
    """
    A request as whoever decides on it sees it.

    `state` is that of the stage which the link names: `open`: it may be decided now; `decided`:
    it has its outcome; `closed`: its time is over, or the request's; `superseded`: another round
    or stage is open by now; `notOpen`: nothing is asked, or this person is not any more. What the
    link does not open is left out.
    """

    request: Resource
    prompt: str | None = Field(
        repr=False, description="Where it is what is decided, or the request has `includePrompt`."
    )
    stage: AskedStage | None
    state: ReviewState
    reviewer: ReviewerView
    rounds_left: int
    rounds: tuple[ReviewedRound, ...]
    inputs: tuple[ReviewedInput, ...]
    now: Instant
