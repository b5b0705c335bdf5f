"""Inline route constraints of the platform's template language."""

import re
import uuid
from collections.abc import Callable
from datetime import datetime

Check = Callable[[str], bool]


def constraint(text: str) -> Check:
    """The check behind `int`, `min(3)` and the like; ValueError for an unknown one."""
    name, _, rest = text.partition("(")
    arguments = rest.removesuffix(")")
    if name in _PLAIN and not rest:
        return _PLAIN[name]
    if name in _WITH_ARGUMENTS and rest:
        return _WITH_ARGUMENTS[name](arguments)
    raise ValueError(f"unknown constraint {text!r}")


def _parses(parse: Callable[[str], object]) -> Check:
    def check(value: str) -> bool:
        try:
            parse(value)
        except ValueError:
            return False
        return True

    return check


def _whole_number(bits: int) -> Check:
    limit = 1 << (bits - 1)

    def check(value: str) -> bool:
        return bool(re.fullmatch(r"[+-]?\d{1,19}", value)) and -limit <= int(value) < limit

    return check


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _length(text: str) -> Check:
    low, high = (_numbers(text) * 2)[:2]
    return lambda value: low <= len(value) <= high


def _range(text: str) -> Check:
    low, high = _numbers(text)
    is_long = _whole_number(64)
    return lambda value: is_long(value) and low <= int(value) <= high


def _regex(text: str) -> Check:
    # Braces are doubled in a template; the framework searches ignoring case.
    pattern = re.compile(text.replace("{{", "{").replace("}}", "}"), re.IGNORECASE)
    return lambda value: pattern.search(value) is not None


_LONG_MAX = (1 << 63) - 1

_PLAIN: dict[str, Check] = {
    "int": _whole_number(32),
    "long": _whole_number(64),
    "bool": lambda value: value.lower() in {"true", "false"},
    "guid": _parses(uuid.UUID),
    "alpha": lambda value: bool(re.fullmatch("[a-zA-Z]*", value)),
    "float": _parses(float),
    "double": _parses(float),
    "decimal": _parses(float),
    "datetime": _parses(datetime.fromisoformat),
    "required": bool,
}

_WITH_ARGUMENTS: dict[str, Callable[[str], Check]] = {
    "minlength": lambda text: lambda value: len(value) >= int(text),
    "maxlength": lambda text: lambda value: len(value) <= int(text),
    "length": _length,
    "min": lambda text: _range(f"{text},{_LONG_MAX}"),
    "max": lambda text: _range(f"{-_LONG_MAX},{text}"),
    "range": _range,
    "regex": _regex,
}
