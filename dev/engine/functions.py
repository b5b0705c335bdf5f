"""
The functions of the expression language that need nothing but their arguments.

Where a function is known not to mind the case of letters (`startsWith`, `endsWith`), ours does not.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from dev.engine.errors import BadExpression


def text_of(value: Any) -> str:
    """
    A value inside a text: null is empty, a boolean has a capital letter.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value)
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def same(a: Any, b: Any) -> bool:
    """
    Kind and value: 1 is neither true nor '1'.
    """
    return isinstance(a, bool) == isinstance(b, bool) and bool(a == b)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise BadExpression("A text was expected.")
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadExpression("true or false was expected.")
    return value


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadExpression("A number was expected.")
    return value


def _contains(where: Any, what: Any) -> bool:
    if isinstance(where, str):
        return _text(what) in where
    if isinstance(where, dict):
        return what in where
    if isinstance(where, list):
        return any(same(one, what) for one in where)
    raise BadExpression("contains() looks into a text, a list or an object.")


def _length(value: Any) -> int:
    if not isinstance(value, str | list):
        raise BadExpression("length() is of a text or a list.")
    return len(value)


def _first(value: Any) -> Any:
    return next(iter(value), None) if isinstance(value, str | list) else _refuse("first")


def _last(value: Any) -> Any:
    return next(iter(value[-1:]), None) if isinstance(value, str | list) else _refuse("last")


def _join(parts: Any, between: Any) -> str:
    if not isinstance(parts, list):
        raise BadExpression("join() joins a list.")
    return _text(between).join(text_of(part) for part in parts)


def _json(value: Any) -> Any:
    try:
        return json.loads(_text(value))
    except ValueError as error:
        raise BadExpression("json() was given a text that is no JSON.") from error


def _refuse(name: str) -> Any:
    raise BadExpression(f"{name}() cannot take that.")


def _coalesce(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _starts(text: Any, start: Any) -> bool:
    return _text(text).lower().startswith(_text(start).lower())


def _ends(text: Any, end: Any) -> bool:
    return _text(text).lower().endswith(_text(end).lower())


ANY = 1000
# Name, how few and how many arguments, what it does.
_TABLE: Sequence[tuple[str, int, int, Callable[..., Any]]] = (
    ("and", 1, ANY, lambda *all_: all([_truth(one) for one in all_])),
    ("coalesce", 1, ANY, _coalesce),
    ("concat", 1, ANY, lambda *parts: "".join(text_of(part) for part in parts)),
    ("contains", 2, 2, _contains),
    ("createArray", 1, ANY, lambda *items: list(items)),
    ("empty", 1, 1, lambda value: value is None or value in ("", [], {})),
    ("encodeUriComponent", 1, 1, lambda text: quote(_text(text), safe="")),
    ("endsWith", 2, 2, _ends),
    ("equals", 2, 2, same),
    ("first", 1, 1, _first),
    ("greater", 2, 2, lambda a, b: _number(a) > _number(b)),
    ("greaterOrEquals", 2, 2, lambda a, b: _number(a) >= _number(b)),
    ("if", 3, 3, lambda test, yes, no: yes if _truth(test) else no),
    ("int", 1, 1, lambda value: int(value) if isinstance(value, str | int) else _refuse("int")),
    ("join", 2, 2, _join),
    ("json", 1, 1, _json),
    ("last", 1, 1, _last),
    ("length", 1, 1, _length),
    ("less", 2, 2, lambda a, b: _number(a) < _number(b)),
    ("lessOrEquals", 2, 2, lambda a, b: _number(a) <= _number(b)),
    ("not", 1, 1, lambda value: not _truth(value)),
    ("or", 1, ANY, lambda *all_: any([_truth(one) for one in all_])),
    ("replace", 3, 3, lambda text, old, new: _text(text).replace(_text(old), _text(new))),
    ("split", 2, 2, lambda text, at: _text(text).split(_text(at))),
    ("startsWith", 2, 2, _starts),
    ("string", 1, 1, text_of),
    ("toLower", 1, 1, lambda text: _text(text).lower()),
    ("toUpper", 1, 1, lambda text: _text(text).upper()),
    ("trim", 1, 1, lambda text: _text(text).strip()),
)

FUNCTIONS = {name.lower(): (fewest, most, function) for name, fewest, most, function in _TABLE}
# Those that ask the run, and the run answers: see `evaluate.py`.
ASKING = frozenset(
    {"actions", "body", "item", "items", "listcallbackurl", "outputs", "parameters"}
    | {"triggerbody", "triggeroutputs", "variables", "workflow"}
)
