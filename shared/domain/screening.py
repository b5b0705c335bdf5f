"""
Screening of what is to be drawn: which severities are too much, and the fact that tells of it.

Severities are those of Azure AI Content Safety: from 0 to 7 in each category, of which we ask for
the even ones.
https://learn.microsoft.com/azure/ai-services/content-safety/concepts/harm-categories
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.domain.fact_data import FactData
from shared.domain.values import Instant, Value

# Named as the model's own filter names them, so that callers know one set of names.
CATEGORIES = ("hate", "self_harm", "sexual", "violence")
REJECTED, UNAVAILABLE = "policy_rejected", "screening_unavailable"
# A service that is away comes back by itself. A wrong setup does not, but a new role or a new
# resource may take some minutes to be known everywhere.
PATIENCE, PATIENCE_WITH_SETUP = timedelta(hours=1), timedelta(minutes=10)

# Why nothing is known of a text: asking again may help, or somebody has to mend what is set up.
UNANSWERED: Mapping[str, str] = {
    "unreachable": "Content Safety could not be reached.",
    "timed_out": "Content Safety did not answer in time.",
    # 429. Comes with the time to wait.
    "throttled": "Content Safety's quota is used up for now.",
    "service_failed": "Content Safety failed.",
    "broken_answer": "Content Safety's answer makes no sense.",
    "no_token": "No token could be had for Content Safety.",
}
MISCONFIGURED: Mapping[str, str] = {
    # 401, 403.
    "unauthorized": "Content Safety refused our key, identity or network.",
    # 404, and redirects: the resource, its API version, or a blocklist.
    "not_found": "Content Safety knows no such resource or blocklist.",
    # Any other 4xx.
    "request_refused": "Content Safety refused the request.",
    # The setting was taken away after the request was accepted.
    "not_configured": "No Content Safety resource is configured.",
}

Severity = Literal[0, 1, 2, 3, 4, 5, 6, 7]
# None: never too much.
FlagAt = Literal[2, 4, 6] | None
BlocklistName = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z._~-]{1,64}$")]


class Severities(Value):
    """What was found, of each category: one that is missing is no answer."""

    hate: Severity
    self_harm: Severity
    sexual: Severity
    violence: Severity


class Thresholds(Value):
    hate: FlagAt = 4
    self_harm: FlagAt = 4
    sexual: FlagAt = 4
    violence: FlagAt = 4


class Finding(Value):
    """What a text holds; `blocklists` are the names of those that hit, never what hit."""

    severities: Severities
    blocklists: tuple[BlocklistName, ...] = ()


class ScreeningRules(Value):
    """From which severity on a text is flagged; a hit of a blocklist always flags it."""

    flag_at: Thresholds = Field(default_factory=Thresholds)
    blocklists: tuple[BlocklistName, ...] = ()

    def flagged(self, found: Finding) -> tuple[str, ...]:
        """The categories that are too much, and each blocklist that hit; empty when it passes."""
        too_much = (name for name in CATEGORIES if self._exceeds(name, found.severities))
        return (*too_much, *(f"blocklist:{name}" for name in found.blocklists))

    def _exceeds(self, category: str, severities: Severities) -> bool:
        limit: int | None = getattr(self.flag_at, category)
        severity: int = getattr(severities, category)
        return limit is not None and severity >= limit


class Screened(FactData):
    """
    What is to be drawn in a round was screened: all that the model would be sent.

    `text_sha256` is over the content's salt and that text, so that a call can tell whether it
    sends what was screened. `categories` are what the agreed rules flag.
    """

    TYPE = "content.screened"
    round: int
    text_sha256: str
    passed: bool
    categories: tuple[str, ...] = ()
    finding: Finding


class Unscreened(FactData):
    """Nothing is known of the text yet; it is not asked about again before `not_before`."""

    TYPE = "screening.failed"
    code: str
    not_before: Instant


@dataclass(frozen=True, slots=True)
class Trouble:
    """A row of failures: when the first of them was, and what the last one said."""

    since: datetime
    last: Unscreened

    @property
    def too_long(self) -> bool:
        """Whether an operator has to see to it rather than wait for the next try."""
        setup = self.last.code in MISCONFIGURED
        patience = PATIENCE_WITH_SETUP if setup else PATIENCE
        return self.last.not_before - self.since > patience


def worst(findings: Iterable[Finding]) -> Finding:
    """What the parts of one text come to; there is at least one."""
    parts = list(findings)
    severities = {name: max(getattr(one.severities, name) for one in parts) for name in CATEGORIES}
    hit = tuple(dict.fromkeys(name for one in parts for name in one.blocklists))
    return Finding(severities=Severities(**severities), blocklists=hit)
