"""
The facts of an erasure: that it was asked for, what was taken away, and that nothing is left.

Who asked is the fact's actor. Why is written nowhere: a reason would name whom it is about.
"""

from shared.domain.fact_data import FactData


class ErasureRequested(FactData):
    """
    From here on the request only ends and is erased.

    `erasure` is the id to ask about: the request's own, or that of a person's erasure.
    """

    TYPE = "erasure.requested"
    erasure: str


class ErasureRemoved(FactData):
    """So many blobs were deleted, or emptied of it; there may be more."""

    TYPE = "erasure.removed"
    blobs: int


class ErasureDone(FactData):
    """No call is under way, and every place where the request may have content lists empty."""

    TYPE = "erasure.done"


ERASURE_FACTS = (ErasureRequested, ErasureRemoved, ErasureDone)
