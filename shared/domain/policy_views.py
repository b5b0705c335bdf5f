"""The policy as callers and operators see it; of a prompt there is nothing anywhere."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from shared.domain.document_views import DocumentStanding
from shared.domain.policy_mark import PolicyMark
from shared.domain.values import Instant, Phase, Value

Then = Literal["reject", "review", "warn"]


class RuleView(Value):
    """`stage` and `phase`: whom a review asks, and when."""

    id: str
    reason: str
    then: Then
    stage: str | None
    phase: Phase | None


class PolicyStanding(DocumentStanding):
    """
    `current`: the newest document holds. `stale`: the newest has faults, or could not be read,
    and the one before holds. `missing`: there is none, and nothing new is taken.
    """


class PolicyView(PolicyStanding):
    """The policy in force."""

    rules: tuple[RuleView, ...]
    document: Mapping[str, Any] | None = Field(
        description="All of it, word lists and reviewers too: for the role `operate` alone."
    )


class ReplayItem(Value):
    """One request that rules match. `then`: the hardest of what would follow."""

    id: str
    caller: str
    created_at: Instant
    then: Then
    rules: tuple[str, ...] = Field(description="Ids of the candidate's rules that match.")
    before: PolicyMark | None = Field(description="What let it in, and which rules matched then.")


class Replay(Value):
    """
    What a candidate would have said to the requests that were looked at, newest first.

    `notKept`: their prompts are gone, so nobody can say. `items` has those that are `rejected`,
    `reviewed` or `warned`; `continuation` when there are more requests to look at.
    """

    version: str
    looked: int
    not_kept: int
    passed: int
    rejected: int
    reviewed: int
    warned: int
    items: tuple[ReplayItem, ...]
    continuation: str | None
