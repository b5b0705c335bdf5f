"""Whether we can work: asked at most every ten seconds, however often we are asked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.chain.conditions import Condition, Conditions
from shared.chain.policy_in_force import PolicyInForce
from shared.chain.ports import Blobs, Clock
from shared.domain import names
from shared.domain.policy_views import PolicyStanding
from shared.domain.price_views import PricesStanding
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
    prices: PricesStanding | None = None

    @property
    def degraded(self) -> bool:
        documents = (one for one in (self.policy, self.prices) if one is not None)
        old = any(one.state != "current" for one in documents)
        return old or any(one.state != "closed" for one in self.deployments)


class Readiness:
    def __init__(
        self,
        blobs: Blobs,
        clock: Clock,
        conditions: Conditions,
        policy: PolicyInForce,
        prices: Callable[[], PricesStanding],
    ) -> None:
        self._blobs, self._clock, self._conditions = blobs, clock, conditions
        self._policy, self._prices = policy, prices
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
            policy, prices = self._policy.standing(), self._prices()
            return Found(now, None, self._conditions.all(), policy, prices)
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
