"""
Keeps the pacing cells: read, changed and written back by compare-and-set.

Within a process one thread at a time changes a cell, so that a burst of requests does not
contend with itself.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from typing import TypeVar

from pydantic import ValidationError

from shared.chain.cells import Pause, put, raced
from shared.chain.ports import Blobs, Clock, Entropy
from shared.domain import names
from shared.domain.deployments import Deployment
from shared.domain.pacing import HOLD, Ask, Cell, ComeBack, Pace, PaceView, Turn

# Other processes are as many as there are instances; each is faster once at most in a round.
MAX_RACES = 100
# After a lost race, up to this long, or two processes could take turns in losing.
MAX_PAUSE_S = 0.03
# The last look at the cell is so long before the turn: it takes a few storage calls' time.
LAST_LOOK = timedelta(seconds=0.3)
# Later than this by the time it goes, a call pushes those after it; less the spacing absorbs.
ON_TIME = timedelta(milliseconds=5)

NewLock = Callable[[], AbstractContextManager[object]]
Told = TypeVar("Told")


@dataclass(frozen=True, slots=True)
class Pacer:
    blobs: Blobs
    clock: Clock
    entropy: Entropy
    new_lock: NewLock = Lock
    _locks: dict[str, AbstractContextManager[object]] = field(default_factory=dict)

    def look(self, deployment: Deployment) -> Cell:
        return self._read(deployment)[0]

    def view(self, deployment: Deployment) -> PaceView:
        return self.look(deployment).view(self.clock.now())

    def ask(self, deployment: Deployment, ask: Ask) -> Turn | ComeBack:
        """The turn of this key; asking again gives the same one."""
        pace = pace_of(deployment)
        return self._change(deployment, lambda cell: cell.ask(ask, self.clock.now(), pace))

    def depart(self, deployment: Deployment, key: str, call: str) -> bool:
        """
        Wait for the turn of this key; at its end, on time, it is True and the call may go.

        False when there is no turn any more, or not within HOLD: then nothing was waited for.
        """
        turn = self.look(deployment).turns.get(key)
        if turn is not None and turn.start - self.clock.now() <= HOLD:
            self.clock.wait((turn.start - LAST_LOOK - self.clock.now()).total_seconds())
        pace = pace_of(deployment)
        start = self._change(
            deployment, lambda cell: cell.depart(key, call, self.clock.now(), pace)
        )
        if start is None:
            return False
        self.clock.wait((start - self.clock.now()).total_seconds())
        went = self.clock.now()
        if went - start > ON_TIME:
            width = turn.width if turn else 1
            self._change(deployment, lambda cell: (cell.occupied(went, width, pace), None))
        return True

    def throttled(self, deployment: Deployment, retry_after_s: float) -> None:
        """A 429: nobody goes before the service said so."""
        until = self.clock.now() + timedelta(seconds=retry_after_s)
        pace = pace_of(deployment)
        self._change(deployment, lambda cell: (cell.throttled(until, pace), None))

    def forget(self, deployment: Deployment, key: str) -> None:
        """The key waits for no turn, and its call is not under way any more."""
        self._change(deployment, lambda cell: (cell.forget(key), None))

    def _change(self, deployment: Deployment, change: Callable[[Cell], tuple[Cell, Told]]) -> Told:
        """
        Raises:
            StorageError: storage failed, or others were always faster.
        """

        def once() -> Told:
            found, etag = self._read(deployment)
            cell = found.tidy(self.clock.now())
            changed, told = change(cell)
            if changed != cell:
                put(self.blobs, names.limit_of(deployment.name), changed, etag)
            return told

        with self._locks.setdefault(deployment.name, self.new_lock()):
            pause = Pause(self.clock, self.entropy, MAX_PAUSE_S)
            return raced(once, MAX_RACES, "The turns are changing too fast.", pause)

    def _read(self, deployment: Deployment) -> tuple[Cell, str | None]:
        """A cell that nobody can read begins anew: it holds nothing but the pace."""
        found = self.blobs.read(names.STATE, names.limit_of(deployment.name))
        if found is None:
            return Cell(), None
        try:
            return Cell.model_validate_json(found.data), found.etag
        except ValidationError:
            return Cell(), found.etag


def pace_of(deployment: Deployment) -> Pace:
    return Pace.of(deployment.requests_per_minute)
