"""
The policy that holds now: built in, from a file, or from a blob that may change meanwhile.

A blob is looked at once a minute, and a new version holds from then on. One that cannot be read
changes nothing: the last good one holds, and says so. Where there is no good one yet, nothing new
is taken: a rule that is not known must not be a rule that is broken.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared import logs
from shared.chain.ports import Blobs, Clock
from shared.domain.policy import BUILT_IN, Policy
from shared.domain.policy_place import PolicyBlob
from shared.domain.policy_reading import Surroundings, read_policy
from shared.domain.policy_views import PolicyFault, PolicyStanding
from shared.errors import Fault, PolicyBroken, PolicyUnavailable, StorageError

KEPT = timedelta(seconds=60)
# Faults in one line of the log; the page of health has them all.
MAX_TOLD = 10

MISSING = Fault("#", "The blob is not there.")


@dataclass(frozen=True, slots=True)
class _Look:
    """What came of the last look at the blob; `etag` None: it could not be read."""

    at: datetime
    etag: str | None
    policy: Policy | None
    faults: tuple[Fault, ...]


class PolicyInForce:
    """`given`: a policy, or where one lies."""

    def __init__(
        self, blobs: Blobs, clock: Clock, given: Policy | PolicyBlob, around: Surroundings
    ) -> None:
        self._blobs, self._clock, self._given, self._around = blobs, clock, given, around
        self._last: _Look | None = None

    def current(self) -> Policy:
        """
        Raises:
            PolicyUnavailable: none could be read yet.
        """
        if (policy := self.known()) is None:
            raise PolicyUnavailable
        return policy

    def known(self) -> Policy | None:
        return self._given if isinstance(self._given, Policy) else self._looked(self._given).policy

    def standing(self) -> PolicyStanding:
        if isinstance(self._given, Policy):
            source: Literal["builtIn", "file"] = "builtIn" if self._given is BUILT_IN else "file"
            return _standing("current", source, self._given, ())
        last = self._looked(self._given)
        if last.policy is None:
            return _standing("missing", "blob", None, last.faults)
        return _standing("stale" if last.faults else "current", "blob", last.policy, last.faults)

    def _looked(self, place: PolicyBlob) -> _Look:
        """Without a policy each call looks anew, so that mending it takes effect at once."""
        now, last = self._clock.now(), self._last
        fresh = last is not None and timedelta(0) <= now - last.at < KEPT
        if last is None or not fresh or last.policy is None:
            self._last = last = self._look(place, now, last)
        return last

    def _look(self, place: PolicyBlob, now: datetime, last: _Look | None) -> _Look:
        before = last.policy if last else None
        try:
            found = self._blobs.read(place.container, place.name)
        except StorageError as error:
            return self._failed(_Look(now, None, before, (Fault("#", str(error)),)), last)
        if found is None:
            return self._failed(_Look(now, None, before, (MISSING,)), last)
        if last is not None and found.etag == last.etag:
            return _Look(now, last.etag, before, last.faults)
        try:
            policy = read_policy(found.data, self._around)
        except PolicyBroken as error:
            return self._failed(_Look(now, found.etag, before, error.faults), last)
        logs.event("policy.read", version=policy.version, sha256=policy.sha256)
        return _Look(now, found.etag, policy, ())

    def _failed(self, look: _Look, last: _Look | None) -> _Look:
        """Told once for each thing that goes wrong, not each minute."""
        if last is None or look.faults != last.faults:
            places = "; ".join(f"{one.pointer}: {one.detail}" for one in look.faults[:MAX_TOLD])
            holds = look.policy.version if look.policy else None
            logs.event("policy.unread", level=logging.ERROR, holds=holds, faults=places)
        return look


def _standing(
    state: Literal["current", "stale", "missing"],
    source: Literal["builtIn", "file", "blob"],
    policy: Policy | None,
    faults: tuple[Fault, ...],
) -> PolicyStanding:
    return PolicyStanding(
        state=state,
        source=source,
        version=policy.version if policy else None,
        sha256=policy.sha256 if policy else None,
        faults=tuple(PolicyFault(pointer=one.pointer, detail=one.detail) for one in faults),
    )
