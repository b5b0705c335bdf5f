"""
What is recorded of deployments, budgets and messages: facts as of a request, in other streams.

A notice with an EVENT is told to whoever listens; one without is only kept.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

from shared.domain.facts import FactData
from shared.domain.values import Instant


class Notice(FactData):
    EVENT: ClassVar[str | None] = None


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


NOTICES: Mapping[str, type[FactData]] = {
    cls.TYPE: cls
    for cls in (
        *(DeploymentBlocked, DeploymentRestored, DeploymentRetiring),
        *(DeploymentPaused, DeploymentResumed, BudgetThreshold, RequestRefused),
    )
}
TOLD: Mapping[str, type[Notice]] = {
    cls.EVENT: cls for cls in NOTICES.values() if issubclass(cls, Notice) and cls.EVENT
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


def message_stream(message: str) -> str:
    return f"messages/{message}"
