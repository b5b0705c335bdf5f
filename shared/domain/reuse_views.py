"""Where reused images come from, as callers see it: a part of the public contract."""

from typing import Literal

from shared.domain.values import Instant, Value


class EarlierVerdict(Value):
    """What one reviewer said when the images were new."""

    stage: str
    reviewer: str
    decision: Literal["approve", "reject", "revise"]
    at: Instant


class ReusedFrom(Value):
    """
    The request whose images and approval these are; nobody was asked again.

    A reviewer who is named in this request too is shown by address, others by pseudonym.
    """

    id: str
    approved_at: Instant
    decisions: tuple[EarlierVerdict, ...]
