"""What a caller would like (RFC 7240, `Prefer`): here, how long it would wait for the result."""

import re
from collections.abc import Mapping

from shared.chain.held_answers import MOST_WAIT_S

_NUMBER = re.compile(r'"([0-9]{1,9})"')
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


def wait_of(headers: Mapping[str, str]) -> int | None:
    """
    `wait=N` in seconds, at most MOST_WAIT_S; None when there is none that could be heeded.

    The first of several counts. A preference that makes no sense is no fault, as RFC 7240 has it.
    """
    text = _QUOTED.sub('""', _NUMBER.sub(r"\1", headers.get("prefer", "")))
    for preference in text.split(","):
        name, _, value = preference.partition(";")[0].partition("=")
        if name.strip().lower() == "wait":
            wanted = value.strip()
            known = re.fullmatch(r"[0-9]{1,9}", wanted)
            return min(int(wanted), MOST_WAIT_S) or None if known else None
    return None
