"""Pydantic's errors as faults of a body: where, in JSON Pointers, and what, in words of JSON."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from shared.errors import MAX_FAULTS, Fault

# More than one answer names, of however many a body of nonsense has.
MAX_ERRORS = 5 * MAX_FAULTS
# Pydantic's words for Python's types, and what callers call the same.
_WORDS = {
    " after validation": "",
    "Tuple": "List",
    "tuple": "list",
    "dictionary": "object",
    "timedelta": "duration",
}


def faults_of(errors: Sequence[Any], body: object) -> list[Fault]:
    """
    One for each of the first errors, without those that only repeat an inner one.

    A list whose items are wrong is also called too short, and an object that fails its own
    branch of a union is also called no member of the other.
    """
    found = {_fault(error, body): error["type"] for error in errors[:MAX_ERRORS]}
    outer = {place for fault in found for place in _around(fault.pointer)}
    return [
        fault
        for fault, kind in found.items()
        if kind not in ("too_short", "literal_error") or fault.pointer not in outer
    ]


def _around(pointer: str) -> Iterator[str]:
    """The places that this one is in."""
    parts = pointer.split("/")
    yield from ("/".join(parts[:k]) for k in range(1, len(parts)))


def broken_fields(errors: Iterable[Any]) -> set[str]:
    """The fields of the body that have errors."""
    return {str(error["loc"][0]) for error in errors}


def _fault(error: Any, body: object) -> Fault:
    missing = error["loc"][-1:] if error["type"] == "missing" else ()
    path = (*_path(error["loc"], body), *missing)
    pointer = "#" + "".join(f"/{escaped(str(part))}" for part in path)
    if error["type"] == "extra_forbidden":
        return Fault(pointer, "Unknown field.")
    return Fault(pointer, in_json_words(error["msg"]) + ".")


def in_json_words(message: str) -> str:
    """Pydantic speaks of Python's types; callers send JSON."""
    message = re.sub(r" or instance of \w+", "", message.removeprefix("Value error, "))
    for python, ours in _WORDS.items():
        message = message.replace(python, ours)
    return message


def _path(loc: Sequence[Any], body: object) -> Iterator[Any]:
    """Pydantic also names branches of unions and keys as such: only what is there counts."""
    at: Any = body
    for part in loc:
        in_list = isinstance(at, list) and isinstance(part, int) and part < len(at)
        if in_list or (isinstance(at, dict) and part in at):
            at = at[part]
            yield part


def plain(text: str) -> str:
    """Without what is no Unicode text, such as half of a surrogate pair."""
    return text.encode("utf-8", "replace").decode()


def escaped(part: str) -> str:
    return plain(part)[:100].replace("~", "~0").replace("/", "~1")
