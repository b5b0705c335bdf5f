"""
The facts of an approval: who was asked what, what they said, and what followed.

`reviewer` is a pseudonym, a caller's name, or `anyone`; `note` names the words in the content
blob, where there are any; `checklist` has marks of texts there.
"""

from typing import Literal

from shared.domain.fact_data import FactData
from shared.domain.values import BatchVerdict, ImageVerdict, Instant, Phase

Via = Literal["token", "caller"]


class StageOpened(FactData):
    """
    People are asked; `images` are those that every earlier stage let through.

    Before generation there are none, and `manifest_sha256` is the prompt's digest.
    """

    TYPE = "approval.opened"
    stage: str
    phase: Phase = "after"
    round: int
    manifest_sha256: str
    images: tuple[int, ...] = ()
    deadline: Instant


class Decided(FactData):
    """
    A verdict on every image that was asked about, or on the prompt where there are none.

    `via` `batch`: it was taken over from the batch's own, which `batch` names.
    """

    TYPE = "approval.decided"
    stage: str
    round: int
    reviewer: str
    via: Literal["token", "caller", "batch"]
    batch: BatchVerdict | None = None
    decision: Literal["approve", "reject", "revise"]
    images: tuple[ImageVerdict, ...] = ()
    revise: int | None = None
    checklist: tuple[str, ...] = ()
    note: str | None = None

    def approves(self, index: int) -> bool:
        if not self.images:
            return self.decision == "approve"
        return any(one.approved for one in self.images if one.index == index)


class Withdrawn(FactData):
    """The reviewer's verdict does not count any more; they may give another."""

    TYPE = "approval.withdrawn"
    stage: str
    round: int
    reviewer: str
    via: Via


class Delegated(FactData):
    """`to` takes the place of `reviewer`."""

    TYPE = "approval.delegated"
    stage: str
    round: int
    reviewer: str
    to: str
    via: Via


class Reminded(FactData):
    TYPE = "approval.reminded"
    stage: str


class Escalated(FactData):
    """`reviewers` take the places of those who have not answered in time."""

    TYPE = "approval.escalated"
    stage: str
    reviewers: tuple[str, ...]
    deadline: Instant


class RoundOpened(FactData):
    """
    A further round: what was asked for is in the content, under `feedback`.

    `parent` is the image of the round before that is to be changed, `edit` whether the model
    gets to see it.
    """

    TYPE = "round.opened"
    round: int
    parent: int | None
    parent_sha256: str | None
    edit: bool
    feedback: tuple[str, ...]


class ReleaseStarted(FactData):
    TYPE = "release.started"
    images: tuple[int, ...]


APPROVAL_FACTS = (
    *(StageOpened, Decided, Withdrawn, Delegated, Reminded, Escalated),
    *(RoundOpened, ReleaseStarted),
)
