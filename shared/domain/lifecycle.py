"""
The safety net under the broom: Azure's lifecycle rules, from the figures the code uses.

A container the app sweeps gets a rule MAX_WAIT_DAYS longer, so that no rule can take what a
request still waits with. `state` has a rule only where nothing depends on the blob.
https://learn.microsoft.com/azure/storage/blobs/lifecycle-management-policy-structure
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shared.domain import names
from shared.domain.retention import PHASES

COOL_AFTER_DAYS, COLD_AFTER_DAYS = 30, 180
# Sent ahead and never used; a dead letter nobody redrove; a key whose sender stopped long ago.
UPLOADS_DAYS, DEAD_DAYS, KEYS_DAYS = 7, 90, 30


@dataclass(frozen=True, slots=True)
class Rule:
    """`prefix` begins with the container; days count from the last change of a blob."""

    name: str
    prefix: str
    delete_after_days: int
    append_blob: bool = False
    tiers: bool = False

    def wire(self) -> dict[str, Any]:
        actions = {"delete": _after(self.delete_after_days)}
        if self.tiers:
            actions |= {
                "tierToCool": _after(COOL_AFTER_DAYS),
                "tierToCold": _after(COLD_AFTER_DAYS),
            }
        kind = "appendBlob" if self.append_blob else "blockBlob"
        return {
            "enabled": True,
            "name": self.name,
            "type": "Lifecycle",
            "definition": {
                "filters": {"blobTypes": [kind], "prefixMatch": [self.prefix]},
                "actions": {"baseBlob": actions},
            },
        }


def policy(max_wait_days: int, approved_days: int, journal_days: int) -> dict[str, Any]:
    """The policy as Azure's management API takes it; the days are those of the settings."""
    rules = [
        *_swept(max_wait_days),
        Rule("uploads", "uploads/", UPLOADS_DAYS),
        Rule("approved", f"{names.APPROVED}/", approved_days, tiers=True),
        Rule("requests", f"{names.REQUESTS}/", journal_days, append_blob=True),
        Rule("deliveries", f"{names.DELIVERIES}/", journal_days, append_blob=True),
        Rule("dead", f"{names.DEAD}/", DEAD_DAYS),
        Rule("dead-bodies", f"{names.CONTENT}/{names.DEAD_BODY}", DEAD_DAYS),
        Rule("keys", f"{names.STATE}/keys/", KEYS_DAYS),
        # Of no use once the images are gone.
        Rule("reuse", f"{names.STATE}/{names.REUSE}", approved_days),
        # Written at acceptance, and good for as long as the last trace of the request is.
        Rule("subjects", f"{names.STATE}/{names.SUBJECTS}", journal_days + max_wait_days),
    ]
    return {"rules": [rule.wire() for rule in rules]}


def _swept(max_wait_days: int) -> Iterator[Rule]:
    for _, days, containers in PHASES:
        for container in containers:
            yield Rule(container, f"{container}/", days + max_wait_days)


def _after(days: int) -> dict[str, int]:
    return {"daysAfterModificationGreaterThan": days}
