"""Pydantic's errors as faults of a body: where, in JSON Pointers, and what, in words of JSON."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from shared.errors import Fault

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
    One for each error, without those that only repeat an inner one.

    A list whose items are wrong is also called too short, and an object that fails its own
    branch of a union is also called no member of the other.
    """
    found = {_fault(error, body): error["type"] for error in errors}
    inner = [fault.pointer for fault in found]
    return [
        fault
        for fault, kind in found.items()
        if kind not in ("too_short", "literal_error")
        or not any(pointer.startswith(fault.pointer + "/") for pointer in inner)
    ]


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
        known = range(len(at)) if isinstance(at, list) else at if isinstance(at, dict) else ()
        if part in known:
            at = at[part]
            yield part


def plain(text: str) -> str:
    """Without what is no Unicode text, such as half of a surrogate pair."""
    return text.encode("utf-8", "replace").decode()


def escaped(part: str) -> str:
    return plain(part)[:100].replace("~", "~0").replace("/", "~1")
