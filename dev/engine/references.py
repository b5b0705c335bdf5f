"""
What the expressions of a definition name: functions, parameters, variables, earlier actions.
"""

from collections.abc import Iterator, Mapping, Set
from typing import Any

from dev.engine.conditions import COMPARISONS, GROUPS
from dev.engine.errors import BadExpression
from dev.engine.functions import ASKING, FUNCTIONS
from dev.engine.syntax import Call, Literal, calls, parse
from dev.engine.tree import Actions, branches, every, texts

Json = Mapping[str, Any]
Faults = Iterator[str]
_OF_ACTIONS = frozenset({"actions", "body", "outputs"})
# Groups of actions are walked through by themselves.
_GROUPS = frozenset({"actions", "cases", "default", "else"})


def expression_faults(definition: Json) -> Faults:
    """
    Of the trigger and of every action, each with its place.
    """
    for name, trigger in definition["triggers"].items():
        yield from _text_faults(trigger, f"triggers/{name}", definition, frozenset())
    yield from _group_faults(definition["actions"], "actions", definition, frozenset())


def _group_faults(actions: Actions, path: str, definition: Json, seen: Set[str]) -> Faults:
    for name, action in actions.items():
        place, before = f"{path}/{name}", seen | _before(name, actions)
        own = {key: value for key, value in action.items() if key not in _GROUPS}
        yield from _text_faults(own, place, definition, before)
        if action["type"] == "If":
            yield from _condition_faults(action["expression"], place)
        for group in branches(action):
            yield from _group_faults(group, place, definition, before)


def _before(name: str, actions: Actions) -> set[str]:
    """
    Every action that has ended when this one begins, with what it holds.
    """
    found: set[str] = set()
    for earlier in actions[name]["runAfter"]:
        found |= {earlier, *_before(earlier, actions)}
        found |= {one for group in branches(actions[earlier]) for one, _ in every(group)}
    return found


def _text_faults(value: Any, path: str, definition: Json, before: Set[str]) -> Faults:
    for text in texts(value):
        try:
            for call in calls(parse(text)):
                yield from (f"{path}: {what}" for what in _call_faults(call, definition, before))
        except BadExpression as error:
            yield f"{path}: {error}"


def _call_faults(call: Call, definition: Json, before: Set[str]) -> Faults:
    if call.name not in FUNCTIONS and call.name not in ASKING:
        yield f"the stand-in has no function `{call.name}`."
        return
    fewest, most, _ = FUNCTIONS.get(call.name, (0, 1, None))
    if not fewest <= len(call.arguments) <= most:
        yield f"{call.name}() has the wrong number of arguments."
    if not call.arguments or not isinstance(named := call.arguments[0], Literal):
        return
    if call.name in _OF_ACTIONS and named.value not in before:
        yield f"{call.name}('{named.value}') is of no action that has ended by then."
    if call.name == "parameters" and named.value not in definition.get("parameters", {}):
        yield f"there is no parameter `{named.value}`."
    if call.name == "variables" and named.value not in _variables(definition):
        yield f"there is no variable `{named.value}`."


def _variables(definition: Json) -> set[str]:
    return {
        variable["name"]
        for action in definition["actions"].values()
        if action["type"] == "InitializeVariable"
        for variable in action["inputs"]["variables"]
    }


def _condition_faults(condition: Any, path: str) -> Faults:
    if isinstance(condition, str):
        return
    if not isinstance(condition, dict) or len(condition) != 1:
        yield f"{path}: a condition is one operator with what it compares."
        return
    [(operator, operands)] = condition.items()
    if operator not in GROUPS | COMPARISONS:
        yield f"{path}: the stand-in has no operator `{operator}`."
    elif operator == "not":
        yield from _condition_faults(operands, path)
    elif operator in GROUPS:
        for one in operands:
            yield from _condition_faults(one, path)
    elif len(operands) != 2:
        yield f"{path}: `{operator}` compares two values."
