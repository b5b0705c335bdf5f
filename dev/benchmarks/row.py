"""
What every benchmark gives.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """
    One figure beside what it is measured against; the names are those of the JSON file.
    """

    name: str
    value: float
    unit: str
    baseline: str
    baselineValue: float
    ratio: float
    note: str


class Failed(Exception):
    """A benchmark has no figure; the message says why."""
