"""Whether we can work: asked at most every ten seconds, however often we are asked."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.chain.conditions import Condition, Conditions
from shared.chain.policy_in_force import PolicyInForce
from shared.chain.ports import Blobs, Clock
from shared.domain import names
from shared.domain.policy_views import PolicyStanding
from shared.errors import StorageError

KEPT = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Found:
    """
    `missing` names the first container that could not be read; None when all could.

    `deployments` is empty without storage, which holds how they are.
    """

    at: datetime
    missing: str | None
    deployments: tuple[Condition, ...] = ()
    policy: PolicyStanding | None = None

    @property
    def degraded(self) -> bool:
        unruled = self.policy is not None and self.policy.state != "current"
        return unruled or any(one.state != "closed" for one in self.deployments)


class Readiness:
    def __init__(
        self, blobs: Blobs, clock: Clock, conditions: Conditions, policy: PolicyInForce
    ) -> None:
        self._blobs, self._clock, self._conditions = blobs, clock, conditions
        self._policy = policy
        self._found: Found | None = None

    def look(self) -> Found:
        now = self._clock.now()
        if self._found is None or not timedelta(0) <= now - self._found.at < KEPT:
            self._found = self._look(now)
        return self._found

    def _look(self, now: datetime) -> Found:
        if missing := self._missing():
            return Found(now, missing)
        try:
            return Found(now, None, self._conditions.all(), self._policy.standing())
        except StorageError:
            return Found(now, names.STATE)

    def _missing(self) -> str | None:
        """The first is enough: with storage away, each question takes its full time."""
        for container in names.CONTAINERS:
            try:
                self._blobs.page(container, "", 1)
            except StorageError:
                return container
        return None
