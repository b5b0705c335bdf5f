"""
How an action or a run ended.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SUCCEEDED, FAILED, SKIPPED = "Succeeded", "Failed", "Skipped"
TIMED_OUT, CANCELLED = "TimedOut", "Cancelled"
# What a `runAfter` can name.
ENDINGS = (SUCCEEDED, FAILED, SKIPPED, TIMED_OUT)


@dataclass(frozen=True)
class Outcome:
    """
    `outputs` can hold addresses that are credentials, so they are shown to nobody.
    """

    status: str
    outputs: Any = field(default=None, repr=False)
    error: Mapping[str, str] | None = None

    @classmethod
    def failed(cls, code: str, message: str, outputs: Any = None) -> "Outcome":
        return cls(FAILED, outputs, {"code": code, "message": message})
