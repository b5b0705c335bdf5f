"""
What is recorded of deployments and budgets: facts like a request's, in streams of their own.

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


NOTICES: Mapping[str, type[FactData]] = {
    cls.TYPE: cls
    for cls in (
        *(DeploymentBlocked, DeploymentRestored, DeploymentRetiring),
        *(DeploymentPaused, DeploymentResumed, BudgetThreshold),
    )
}
EVENTS = tuple(
    sorted(cls.EVENT for cls in NOTICES.values() if issubclass(cls, Notice) and cls.EVENT)
)


def deployment_stream(deployment: str) -> str:
    return f"deployments/{deployment}"


def budget_stream(month: str, caller: str) -> str:
    """`month` as `2026-11`."""
    return f"budgets/{month}/{caller}"
