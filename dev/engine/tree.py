"""
Walking through the actions of a definition: actions hold actions.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Actions = Mapping[str, Mapping[str, Any]]


def branches(action: Mapping[str, Any]) -> list[Actions]:
    """
    The groups of actions directly inside an action, in the order in which they stand.
    """
    found: list[Any] = [action.get("actions")]
    found += [case.get("actions") for case in action.get("cases", {}).values()]
    found += [action.get(name, {}).get("actions") for name in ("default", "else")]
    return [group for group in found if group]


def every(actions: Actions) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """
    Every action with its name, holders before what they hold.
    """
    for name, action in actions.items():
        yield name, action
        for group in branches(action):
            yield from every(group)


def texts(value: Any) -> Iterator[str]:
    """
    Every text below a value.
    """
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)
