"""
ISO 8601 durations as definitions have them: `P3D`, `PT1H30M`, `PT7S`.
"""

import re

from dev.engine.errors import BadExpression

_FORM = re.compile(r"P(?=.)(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
_UNITS_S = (86_400, 3_600, 60, 1)


def seconds(text: object) -> float:
    """
    Months and years have no fixed length and are not taken.
    """
    match = _FORM.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise BadExpression(f"`{text}` is no duration of days, hours, minutes and seconds.")
    return sum(float(n or 0) * unit_s for n, unit_s in zip(match.groups(), _UNITS_S, strict=True))
