"""Examples of bodies for the OpenAPI document, by the name of the body's schema."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("examples.json")
# `{"$example": "Resource/approved", …}` stands for that example, with the other fields put over it.
SAME_AS = "$example"


def examples_of(schema: str) -> dict[str, dict[str, Any]]:
    """As OpenAPI has them; none where nobody has written one."""
    return {name: {"value": value} for name, value in examples().get(schema, {}).items()}


@cache
def examples() -> dict[str, dict[str, Any]]:
    """Read when the document is first asked for: no cold start pays for it."""
    raw = json.loads(FILE.read_text(encoding="utf-8"))
    found: dict[str, dict[str, Any]] = _whole(raw, raw)
    return found


def _whole(value: Any, raw: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_whole(one, raw) for one in value]
    if not isinstance(value, dict):
        return value
    own = {name: _whole(one, raw) for name, one in value.items() if name != SAME_AS}
    if SAME_AS not in value:
        return own
    schema, _, name = value[SAME_AS].partition("/")
    return {**_whole(raw[schema][name], raw), **own}
