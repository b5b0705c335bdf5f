"""
The breaker of a deployment: whether it may be called, by what its last calls met.

Closed, everybody may call. Open, nobody may until `until`; from then on one call may, the
probe, and its outcome decides. Outcomes come late, twice, or from calls that began before the
breaker opened: only the probe's keep it open longer, and any call that worked closes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared.domain.step import GRACE, LEASE_S
from shared.domain.values import Instant, Value

# Failures that only mean something in a row are forgotten after this long.
ROW = timedelta(minutes=10)
# A refusal counts towards a block that comes within a day, and so long after its end a person
# looks at what those callers ask for.
SUSPICION = timedelta(hours=24)
MAX_SUSPECTS = 20
RESOURCE_BLOCKED = "upstream_blocked"


@dataclass(frozen=True, slots=True)
class Rule:
    """Open for `first`, twice as long each time in a row, at most `longest`."""

    first: timedelta
    longest: timedelta
    in_a_row: int = 1

    def length(self, openings: int) -> timedelta:
        return min(self.first * (1 << min(openings - 1, 10)), self.longest)


# Blocks of a resource were seen to last for days; asking sooner helps nobody.
_BLOCK = Rule(timedelta(hours=1), timedelta(hours=24))
# A person has to mend these. A new deployment or role takes minutes to be known everywhere.
_SETUP = Rule(timedelta(seconds=60), timedelta(minutes=15))
# One failure is nothing.
_FAILURE = Rule(timedelta(seconds=60), timedelta(minutes=15), in_a_row=5)
# Codes of upstream.py. Others (throttled above all) say nothing about the deployment.
RULES: Mapping[str, Rule] = {
    RESOURCE_BLOCKED: _BLOCK,
    "upstream_unauthorized": _SETUP,
    "upstream_forbidden": _SETUP,
    "deployment_missing": _SETUP,
    "path_missing": _SETUP,
    "unreachable": _FAILURE,
    "upstream_failed": _FAILURE,
    "timed_out": _FAILURE,
}


class Keyed(Value):
    """A call, by `<request id>.<attempt>`, and when it began or failed."""

    key: str
    at: Instant


class Suspect(Value):
    """A request that the content filter refused."""

    request: str
    caller: str
    at: Instant


class Quarantine(Value):
    """Whose refusals went before a block of the resource; `ends` None while it lasts."""

    suspects: tuple[Suspect, ...]
    ends: Instant | None = None


class Word(Value):
    """An operator's word; `by` is a caller's name."""

    by: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Standing:
    """
    Whether one call may be made: `free`, as the `probe`, or not.

    `until`: when to look again, if `blocked`; a pause has no end of its own.
    """

    kind: Literal["free", "probe", "blocked", "paused"]
    until: datetime | None = None

    @property
    def may_call(self) -> bool:
        return self.kind in ("free", "probe")


class Breaker(Value):
    """
    As stored; each method returns a new value, or this one when nothing changes.

    `since` is when it opened, however often a probe failed since (`openings`).
    """

    v: Literal[1] = 1
    state: Literal["closed", "open"] = "closed"
    reason: str | None = None
    since: Instant | None = None
    until: Instant | None = None
    openings: int = 0
    failures: tuple[Keyed, ...] = ()
    probe: Keyed | None = None
    suspects: tuple[Suspect, ...] = ()
    quarantine: Quarantine | None = None
    paused: Word | None = None
    resumed: Word | None = None

    def standing(self, now: datetime, key: str) -> Standing:
        if self.paused:
            return Standing("paused")
        if self.until is None:
            return Standing("free")
        if now < self.until:
            return Standing("blocked", self.until)
        if self.probe and self.probe.key != key and now < _lapse(self.probe):
            return Standing("blocked", _lapse(self.probe))
        return Standing("probe")

    def phase(self, now: datetime) -> Literal["closed", "open", "halfOpen", "paused"]:
        if self.paused:
            return "paused"
        if self.until is None:
            return "closed"
        return "open" if now < self.until else "halfOpen"

    def held(self, caller: str, now: datetime) -> bool:
        """Whether a person has to look at what this caller asks for, before it is called."""
        quarantine = self.quarantine
        if quarantine is None or (quarantine.ends and now >= quarantine.ends):
            return False
        return any(suspect.caller == caller for suspect in quarantine.suspects)

    def probing(self, now: datetime, key: str) -> "Breaker":
        """With this call as the probe, where one is to be had."""
        if self.standing(now, key).kind != "probe":
            return self
        if self.probe and self.probe.key == key and now < _lapse(self.probe):
            return self
        return self._with(probe=Keyed(key=key, at=now))

    def let_go(self, key: str) -> "Breaker":
        """The call says nothing about the deployment; if it was the probe, another may try."""
        return self._with(probe=None) if self._is_probe(key) else self

    def worked(self, now: datetime) -> "Breaker":
        """The deployment answered, be it with a refusal: closed, and failures are forgotten."""
        quarantine = self.quarantine
        if quarantine and quarantine.ends is None:
            quarantine = Quarantine(suspects=quarantine.suspects, ends=now + SUSPICION)
        return self._with(
            state="closed",
            reason=None,
            since=None,
            until=None,
            openings=0,
            failures=(),
            probe=None,
            quarantine=quarantine,
        )

    def refused_by_filter(self, now: datetime, request: str, caller: str) -> "Breaker":
        if any(suspect.request == request for suspect in self.suspects):
            return self
        suspect = Suspect(request=request, caller=caller, at=now)
        return self._with(suspects=(*self._suspects(now), suspect)[-MAX_SUSPECTS:])

    def failed(self, now: datetime, code: str, key: str) -> "Breaker":
        rule = RULES.get(code)
        if rule is None:
            return self.let_go(key)
        if self.state == "open":
            return self._opened(now, code, rule) if self._is_probe(key) else self
        if any(failure.key == key for failure in self.failures):
            return self
        recent = (failure for failure in self.failures if failure.at > now - ROW)
        failures = (*recent, Keyed(key=key, at=now))
        if len(failures) >= rule.in_a_row:
            return self._opened(now, code, rule)
        return self._with(failures=failures)

    def pausing(self, now: datetime, by: str) -> "Breaker":
        return self if self.paused else self._with(paused=Word(by=by, at=now))

    def resuming(self, now: datetime, by: str, release: bool) -> "Breaker":
        """
        The pause is over, and an open breaker may be probed at once.

        `release`: nobody is held for a block any longer.
        """
        until = min(self.until, now) if self.until else None
        quarantine = None if release else self.quarantine
        changed = self._with(paused=None, until=until, quarantine=quarantine)
        return self if changed == self else changed._with(resumed=Word(by=by, at=now))

    def _opened(self, now: datetime, code: str, rule: Rule) -> "Breaker":
        again = self.reason is not None and RULES.get(self.reason) == rule
        openings = self.openings + 1 if again else 1
        return self._with(
            state="open",
            reason=code,
            since=self.since or now,
            until=now + rule.length(openings),
            openings=openings,
            failures=(),
            probe=None,
            **(self._quarantined(now) if code == RESOURCE_BLOCKED else {}),
        )

    def _quarantined(self, now: datetime) -> dict[str, object]:
        """Whoever is held already stays so."""
        old = self.quarantine
        kept = old.suspects if old and (old.ends is None or now < old.ends) else ()
        suspects = (*kept, *self._suspects(now))[-MAX_SUSPECTS:]
        return {"suspects": (), "quarantine": Quarantine(suspects=suspects) if suspects else None}

    def _suspects(self, now: datetime) -> tuple[Suspect, ...]:
        return tuple(suspect for suspect in self.suspects if suspect.at > now - SUSPICION)

    def _is_probe(self, key: str) -> bool:
        return self.probe is not None and self.probe.key == key

    def _with(self, **changes: object) -> "Breaker":
        return self.model_copy(update=changes)


def _lapse(probe: Keyed) -> datetime:
    """From when on the probe's call is surely over, outcome or not."""
    return probe.at + timedelta(seconds=LEASE_S) + GRACE
