"""
Breakers as stored: one small blob for each deployment, changed by compare-and-set.

The state comes first, then the notice in the deployment's stream. What dies in between is made
up for by the sweep, which compares the two every ten minutes.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from pydantic import ValidationError

from shared import logs
from shared.chain.cells import put, raced
from shared.chain.ports import Blobs, Clock
from shared.chain.streams import Facts, Streams
from shared.domain import names
from shared.domain.breaker import RULES, Breaker
from shared.domain.facts import NotSent, Outcome, Refused, Unknown
from shared.domain.notices import DeploymentBlocked, deployment_stream
from shared.domain.owed_notices import Owed, owed_notices, owed_retirement
from shared.errors import DarkroomError, NewerFact, StorageError

# Others can only be faster as often as they have something to say.
MAX_RACES = 20


@dataclass(frozen=True, slots=True)
class Breakers:
    blobs: Blobs
    clock: Clock
    streams: Streams

    def look(self, name: str) -> Breaker:
        """
        One read; a deployment that nobody has said anything about is closed.

        Raises:
            NewerFact: only a newer version of this app can read it.
        """
        return self._read(name)[0]

    def take_probe(self, name: str, key: str) -> bool:
        """
        Whether this call may be made: it is the probe now, or needs to be none.

        To be asked right before the intent: a probe without an outcome lapses with the lease.
        """
        now = self.clock.now()
        _, after = self._change(name, lambda breaker: breaker.probing(now, key))
        return after.standing(now, key).may_call

    def report(self, name: str, key: str, request_id: str, caller: str, outcome: Outcome) -> None:
        """
        Say how a call ended; one read where nothing changes. `key`: `<request id>.<attempt>`.

        Raises nothing of ours: the outcome must get into its journal, whatever becomes of this.
        """
        change = partial(_met, outcome, self.clock.now(), key, request_id, caller)
        try:
            before, after = self._change(name, change)
            if (before.reason, before.until) != (after.reason, after.until):
                _log(name, after)
                self.tell_again(name)
        except DarkroomError as error:
            failure = logs.failure(error)
            logs.event("breaker.failed", level=logging.WARNING, deployment=name, error=failure)

    def pause(self, name: str, caller: str) -> Breaker:
        """No new calls; those under way go on. A second time changes nothing."""
        now = self.clock.now()
        return self._told(name, lambda breaker: breaker.pausing(now, caller))

    def resume(self, name: str, caller: str, release: bool = False) -> Breaker:
        """As `Breaker.resuming`; a second time changes nothing."""
        now = self.clock.now()
        return self._told(name, lambda breaker: breaker.resuming(now, caller, release))

    def tell_again(self, name: str) -> None:
        """
        Record what the breaker says and its stream does not.

        Looks again afterwards: what was recorded may have been out of date by then.
        """
        for _ in range(MAX_RACES):
            breaker, facts = self.look(name), self.streams.load(deployment_stream(name)).facts
            owed = owed_notices(breaker, facts)
            if not owed:
                return
            self._tell(name, owed, partial(owed_notices, breaker))
        raise StorageError("The breaker is changing too fast.")

    def tell_retirement(self, name: str, model: str) -> None:
        still_owed = partial(owed_retirement, model, self.clock.now().date())
        facts = self.streams.load(deployment_stream(name)).facts
        self._tell(name, still_owed(facts), still_owed)

    def _tell(self, name: str, owed: list[Owed], still_owed: Callable[[Facts], list[Owed]]) -> None:
        for one in owed:
            unless = partial(_said, one, still_owed)
            self.streams.tell(deployment_stream(name), *one, unless)

    def _told(self, name: str, change: Callable[[Breaker], Breaker]) -> Breaker:
        _, after = self._change(name, change)
        self.tell_again(name)
        return after

    def _change(self, name: str, change: Callable[[Breaker], Breaker]) -> tuple[Breaker, Breaker]:
        """
        As first read, and as it is now.

        A lost race may have been won in truth, by a write whose answer was lost: every change
        is one that may be made twice, and the caller learns what was there before the first.
        """
        read: list[Breaker] = []

        def once() -> Breaker:
            before, etag = self._read(name)
            read.append(before)
            after = change(before)
            if after != before:
                put(self.blobs, names.breaker_of(name), after, etag)
            return after

        after = raced(once, MAX_RACES, "The breaker is changing too fast.")
        return read[0], after

    def _read(self, name: str) -> tuple[Breaker, str | None]:
        stored = self.blobs.read(names.STATE, names.breaker_of(name))
        if stored is None:
            return Breaker(), None
        try:
            return Breaker.model_validate_json(stored.data), stored.etag
        except ValidationError:
            raise NewerFact("The breaker's blob is not known to this version.") from None


def _met(
    outcome: Outcome, now: datetime, key: str, request_id: str, caller: str, breaker: Breaker
) -> Breaker:
    if isinstance(outcome, NotSent | Unknown):
        return breaker.failed(now, outcome.code, key)
    if isinstance(outcome, Refused) and outcome.code == "content_filtered":
        breaker = breaker.refused_by_filter(now, request_id, caller)
    return breaker.worked(now)


def _said(one: Owed, still_owed: Callable[[Facts], list[Owed]], facts: Facts) -> bool:
    return one not in still_owed(facts)


def _log(name: str, breaker: Breaker) -> None:
    """For alerts, each time it opens; that it closed is in the line of its notice."""
    if breaker.reason is None or breaker.until is None:
        return
    rule = RULES.get(breaker.reason)
    logs.event(
        DeploymentBlocked.TYPE,
        level=logging.WARNING if rule and rule.in_a_row > 1 else logging.ERROR,
        deployment=name,
        reason=breaker.reason,
        until=breaker.until.isoformat(timespec="seconds"),
        openings=breaker.openings,
    )
