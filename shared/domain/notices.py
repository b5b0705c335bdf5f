"""
What is recorded of deployments, budgets, messages and batches: facts as of a request, in streams
of their own.

A notice with an EVENT is told to whoever listens; one without is only kept.
"""

from collections.abc import Mapping
from typing import Literal

from shared.domain.batch_notices import BATCH_VERDICT_NOTICES, BatchAsking
from shared.domain.facts import FactData
from shared.domain.notice import Notice as Notice
from shared.domain.values import BatchCost, Instant, Stage


class DeploymentBlocked(Notice):
    """
    No new calls until then, by ourselves: `reason` is an error code of the model client.

    `requests` are those whose refusals went before a block of the whole resource, newest last;
    none of them is blamed, and the request that met the block is not among them.
    """

    TYPE = "deployment.blocked"
    EVENT = "darkroom.deployment.blocked"
    reason: str
    until: Instant
    requests: tuple[str, ...] = ()


class DeploymentRestored(Notice):
    TYPE = "deployment.restored"
    EVENT = "darkroom.deployment.restored"


class DeploymentRetiring(Notice):
    TYPE = "deployment.retiring"
    EVENT = "darkroom.deployment.retiring"
    model: str
    retires_on: str
    successor: str | None = None


class DeploymentPaused(Notice):
    TYPE = "deployment.paused"


class DeploymentResumed(Notice):
    TYPE = "deployment.resumed"


class BudgetThreshold(Notice):
    """`percent` of the caller's month is spent; at 100 further requests are refused."""

    TYPE = "budget.threshold"
    EVENT = "darkroom.budget.threshold"
    percent: Literal[50, 80, 100]
    spent: float
    limit: float
    currency: str


class RequestRefused(Notice):
    """A queue message that can never be a request; `record` says why, `faults` how often."""

    TYPE = "request.refused"
    EVENT = "darkroom.request.refused"
    caller: str
    code: str
    faults: int
    record: str


class BatchAccepted(Notice):
    """
    So many `rows` become requests, one after the other; what they ask for lies in `content`.

    `stages`: in which people give one verdict for all of them; none where each row is asked about
    by itself.
    """

    TYPE = "batch.accepted"
    WORK = True
    caller: str
    rows: int
    stages: tuple[Stage, ...] = ()
    callback_events: tuple[str, ...] = ()
    workflow_run_id: str | None = None
    client_tracking_id: str | None = None
    traceparent: str | None = None


class BatchPlaced(Notice):
    """The first `rows` of them are requests by now, or never will be."""

    TYPE = "batch.placed"
    rows: int


class BatchCancelled(Notice):
    TYPE = "batch.cancelled"
    WORK = True


class BatchStopped(Notice):
    """Of the first `rows` of a cancelled batch none will be called for that was not already."""

    TYPE = "batch.stopped"
    rows: int


class BatchCompleted(Notice):
    """
    Every row is over; `counts` says how many ended how. A call of unknown outcome may still be
    settled later, so the batch itself has the latest cost.
    """

    TYPE = "batch.completed"
    EVENT = "darkroom.batch.completed"
    id: str
    caller: str
    status: Literal["completed", "cancelled"]
    rows: int
    counts: Mapping[str, int]
    cost: BatchCost


NOTICES: Mapping[str, type[FactData]] = {
    cls.TYPE: cls
    for cls in (
        *(DeploymentBlocked, DeploymentRestored, DeploymentRetiring),
        *(DeploymentPaused, DeploymentResumed, BudgetThreshold, RequestRefused),
        *(BatchAccepted, BatchPlaced, BatchCancelled, BatchStopped, BatchCompleted),
        *BATCH_VERDICT_NOTICES,
    )
}
# Events of their own; that people are asked about a batch is told by the events of a request.
TOLD: Mapping[str, type[Notice]] = {
    cls.EVENT: cls
    for cls in NOTICES.values()
    if issubclass(cls, Notice) and cls.EVENT and not issubclass(cls, BatchAsking)
}
EVENTS = tuple(sorted(TOLD))


def whose(stream: str, notice: FactData) -> str | None:
    """The caller whose doing it is told of; None for what is nobody's in particular."""
    kind, *_, last = stream.split("/")
    return last if kind == "budgets" else getattr(notice, "caller", None)


def deployment_stream(deployment: str) -> str:
    return f"deployments/{deployment}"


def budget_stream(month: str, caller: str) -> str:
    """`month` as `2026-11`."""
    return f"budgets/{month}/{caller}"


def batch_stream(batch_id: str) -> str:
    return f"batches/{batch_id}"


def message_stream(message: str) -> str:
    return f"messages/{message}"
