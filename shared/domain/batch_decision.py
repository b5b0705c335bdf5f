"""The body of a verdict on a whole batch, in our own form; flows send theirs as for one request."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictInt

from shared.domain.batch import MAX_ROWS
from shared.domain.decision import Digest
from shared.domain.stage_body import Long, Short
from shared.domain.values import Value


def _word(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


Kept = Annotated[Literal["approve", "reject"], BeforeValidator(_word)]


class RowDecision(Value):
    """One row's own verdict, where it is not that of the whole batch."""

    row: Annotated[StrictInt, Field(ge=0)]
    decision: Kept
    comment: Long | None = Field(default=None, repr=False)


class BatchDecisionBody(Value):
    """
    A verdict on every row that was asked about; those in `items` have one of their own.

    `root` is the digest over all that was looked at; a link carries it, a caller has to say it.
    """

    decision: Annotated[Literal["approve", "reject", "withdraw"], BeforeValidator(_word)]
    reviewer: Short | None = Field(default=None, repr=False)
    also_known_as: tuple[Short, ...] = Field(
        default=(), max_length=10, repr=False, description="Other addresses or ids of the reviewer."
    )
    comment: Long | None = Field(default=None, repr=False)
    checklist: tuple[Short, ...] = Field(default=(), max_length=20, description="What is ticked.")
    stage: Short | None = None
    root: Digest | None = None
    items: tuple[RowDecision, ...] = Field(default=(), max_length=MAX_ROWS)
