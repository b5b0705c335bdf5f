"""How the deployments are: breaker and pace of each, in one value that callers may see."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.chain.breakers import Breakers
from shared.chain.ports import Clock
from shared.domain.breaker import Breaker
from shared.domain.deployments import Deployment
from shared.domain.pacing import PaceView
from shared.domain.values import Instant, Value
from shared.errors import NewerFact, NotFound


class Condition(Value):
    """
    `reason` and `until` are the breaker's, and stay while it is paused.

    `halfOpen`: the next call decides. `closed_until`: upstream asked for silence so long.
    """

    name: str
    model: str
    state: Literal["closed", "open", "halfOpen", "paused"]
    reason: str | None = None
    until: Instant | None = None
    paused_by: str | None = None
    paused_at: Instant | None = None
    open_calls: int = 0
    closed_until: Instant | None = None
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Conditions:
    breakers: Breakers
    clock: Clock
    deployments: tuple[Deployment, ...]
    pace_of: Callable[[Deployment], PaceView]

    def all(self) -> tuple[Condition, ...]:
        return tuple(map(self._of, self.deployments))

    def of(self, name: str) -> Condition:
        return self._of(self.known(name))

    def known(self, name: str) -> Deployment:
        """
        Raises:
            NotFound: no deployment of the settings has this name.
        """
        found = next((one for one in self.deployments if one.name == name), None)
        if found is None:
            raise NotFound("There is no deployment of this name.")
        return found

    def _of(self, deployment: Deployment) -> Condition:
        try:
            breaker = self.breakers.look(deployment.name)
        except NewerFact:
            # While a newer version is being rolled out: this one cannot call it.
            return Condition(
                name=deployment.name, model=deployment.model, state="open", reason="unreadable"
            )
        return _condition(deployment, breaker, self.pace_of(deployment), self.clock.now())


def _condition(
    deployment: Deployment, breaker: Breaker, pace: PaceView, now: datetime
) -> Condition:
    return Condition(
        name=deployment.name,
        model=deployment.model,
        state=breaker.phase(now),
        reason=breaker.reason,
        until=breaker.until,
        paused_by=breaker.paused.by if breaker.paused else None,
        paused_at=breaker.paused.at if breaker.paused else None,
        open_calls=pace.open_calls,
        closed_until=pace.closed_until,
        waiting=pace.waiting,
    )
