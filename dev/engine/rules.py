"""
Every fault of a definition at once, before anything runs.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dev.engine.durations import seconds
from dev.engine.errors import BadExpression
from dev.engine.outcome import ENDINGS
from dev.engine.references import expression_faults
from dev.engine.retry_rules import retry_faults
from dev.engine.shape import unknown_words
from dev.engine.shapes import (
    ANY_ACTION,
    CALL,
    CALL_MAY,
    MAX_ACTIONS,
    MAX_CASES,
    MAX_DEPTH,
    MAX_NAME_CHARS,
    METHODS,
    PARAMETER,
    PARAMETER_TYPES,
    RUN_STATUSES,
    SCHEMA,
    SHAPES,
    TOP,
    TRIGGER,
    TRIGGER_INPUTS,
    VARIABLE_TYPES,
    VERSION,
    Place,
    Shape,
)
from dev.engine.tree import Actions, branches, every

Json = Mapping[str, Any]
Faults = Iterator[str]

_NAME = re.compile(rf"[^<>%&\\?/\s]{{1,{MAX_NAME_CHARS}}}")
_SECURED = frozenset({"inputs", "outputs"})


def faults_of(definition: Json) -> list[str]:
    """
    Each begins with the place it is about.
    """
    shape = list(_top_faults(definition))
    if shape:
        return shape
    actions = definition["actions"]
    found = [*_trigger_faults(definition["triggers"]), *_parameter_faults(definition)]
    found += _group_faults(actions, Place("actions"))
    names = Counter(name for name, _ in every(actions))
    found += [f"{name}: the name stands twice." for name, n in names.items() if n > 1]
    if sum(names.values()) > MAX_ACTIONS:
        found.append(f"actions: more than {MAX_ACTIONS}.")
    # Expressions name actions, so they are looked at in a definition that holds together.
    return found or list(expression_faults(definition))


def _top_faults(definition: Json) -> Faults:
    yield from _unknown("definition", definition, TOP)
    if definition.get("$schema") != SCHEMA:
        yield "$schema: must be that of 2016-06-01."
    if not re.fullmatch(VERSION, str(definition.get("contentVersion"))):
        yield "contentVersion: four numbers."
    for name in ("triggers", "actions"):
        if not isinstance(definition.get(name), dict):
            yield f"{name}: must be there, as an object."


def _trigger_faults(triggers: Json) -> Faults:
    if len(triggers) != 1:
        yield "triggers: the stand-in takes exactly one."
    for name, trigger in triggers.items():
        place = f"triggers/{name}"
        yield from _unknown(place, trigger, TRIGGER)
        if (trigger.get("type"), trigger.get("kind")) != ("Request", "Http"):
            yield f"{place}: the stand-in takes a Request of the kind Http."
        inputs = trigger.get("inputs", {})
        yield from _unknown(f"{place}/inputs", inputs, TRIGGER_INPUTS)
        if words := unknown_words(inputs.get("schema", {})):
            yield f"{place}/inputs/schema: the stand-in does not know {', '.join(sorted(words))}."
        yield from _secured_faults(place, trigger, frozenset({"outputs"}))


def _parameter_faults(definition: Json) -> Faults:
    for name, parameter in definition.get("parameters", {}).items():
        place = f"parameters/{name}"
        yield from _unknown(place, parameter, PARAMETER)
        if parameter.get("type") not in PARAMETER_TYPES:
            yield f"{place}: a type is one of {', '.join(sorted(PARAMETER_TYPES))}."
        if "defaultValue" in parameter and str(parameter.get("type")).startswith("SecureString"):
            yield f"{place}: a secret has no default."


def _group_faults(actions: Actions, place: Place) -> Faults:
    if place.depth > MAX_DEPTH:
        yield f"{place.path}: deeper than {MAX_DEPTH}."
    if _in_circles(actions):
        yield f"{place.path}: actions wait for each other."
    for name, action in actions.items():
        inner = Place(f"{place.path}/{name}", place.depth, place.in_loop, frozenset(actions))
        yield from _action_faults(name, action, inner)
        below = place.in_loop or action.get("type") == "Foreach"
        for group in branches(action):
            yield from _group_faults(group, Place(inner.path, place.depth + 1, below))


def _action_faults(name: str, action: Json, place: Place) -> Faults:
    if not _NAME.fullmatch(name):
        yield f"{place.path}: the name has signs that are not allowed, or is too long."
    shape = SHAPES.get(action.get("type", ""))
    if shape is None:
        yield f"{place.path}: the stand-in has no action of the type `{action.get('type')}`."
        return
    fields = ANY_ACTION | shape.own | ({"inputs"} if shape.inputs else set())
    yield from _unknown(place.path, action, fields | ({"limit"} if shape.waits else set()))
    yield from _missing(place.path, action, shape.own - {"else", "default"})
    yield from _order_faults(action, place)
    yield from _place_faults(shape, place)
    yield from _secured_faults(place.path, action, _SECURED)
    if shape.inputs:
        yield from _input_faults(action, shape, place.path)
    if len(action.get("cases", {})) > MAX_CASES:
        yield f"{place.path}: more than {MAX_CASES} cases."
    yield from _time_faults(action, place.path)


def _order_faults(action: Json, place: Place) -> Faults:
    if "runAfter" not in action:
        yield f"{place.path}: runAfter is missing."
    for before, statuses in action.get("runAfter", {}).items():
        if before not in place.siblings:
            yield f"{place.path}/runAfter: there is no `{before}` beside it."
        if not statuses or set(statuses) - set(ENDINGS):
            yield f"{place.path}/runAfter: a status is one of {', '.join(ENDINGS)}."


def _place_faults(shape: Shape, place: Place) -> Faults:
    if shape.only_at_top and place.depth > 1:
        yield f"{place.path}: such an action stands at the top only."
    if not shape.in_loops and place.in_loop:
        yield f"{place.path}: such an action stands in no loop."


def _input_faults(action: Json, shape: Shape, path: str) -> Faults:
    inputs = action.get("inputs")
    if shape.may is None:
        return
    if not isinstance(inputs, dict):
        yield f"{path}: inputs are missing."
        return
    yield from _missing(f"{path}/inputs", inputs, shape.needs)
    yield from _unknown(f"{path}/inputs", inputs, shape.needs | shape.may)
    if action["type"] in _OWN_RULES:
        yield from _OWN_RULES[action["type"]](inputs, f"{path}/inputs")


def _webhook_faults(inputs: Json, path: str) -> Faults:
    for part in ("subscribe", "unsubscribe"):
        if part in inputs:
            yield from _call_faults(inputs[part], f"{path}/{part}")


def _variable_faults(inputs: Json, path: str) -> Faults:
    for variable in inputs.get("variables", []):
        if variable.get("type") not in VARIABLE_TYPES:
            yield f"{path}: a type is one of {', '.join(sorted(VARIABLE_TYPES))}."


def _call_faults(call: Json, path: str) -> Faults:
    yield from _missing(path, call, CALL)
    yield from _unknown(path, call, CALL | CALL_MAY)
    if call.get("method") not in METHODS:
        yield f"{path}/method: unknown."
    yield from retry_faults(call.get("retryPolicy"), f"{path}/retryPolicy")


def _ending_faults(inputs: Json, path: str) -> Faults:
    if inputs.get("runStatus") not in RUN_STATUSES:
        yield f"{path}: runStatus is one of {', '.join(sorted(RUN_STATUSES))}."
    if "runError" in inputs and inputs.get("runStatus") != "Failed":
        yield f"{path}: only a failed run has a runError."


_OWN_RULES: Mapping[str, Callable[[Json, str], Faults]] = {
    "Http": _call_faults,
    "HttpWebhook": _webhook_faults,
    "InitializeVariable": _variable_faults,
    "Terminate": _ending_faults,
}


def _time_faults(action: Json, path: str) -> Faults:
    if "limit" not in action:
        return
    try:
        seconds(action["limit"].get("timeout"))
    except BadExpression as error:
        yield f"{path}/limit: {error}"


def _secured_faults(path: str, operation: Json, allowed: frozenset[str]) -> Faults:
    secured = operation.get("runtimeConfiguration", {}).get("secureData", {})
    if set(secured.get("properties", [])) - allowed:
        yield f"{path}: secureData is of {' and '.join(sorted(allowed))}."


def _in_circles(actions: Actions) -> bool:
    left = {
        name: set(action.get("runAfter", {})) & set(actions) for name, action in actions.items()
    }
    while free := [name for name, before in left.items() if not before & set(left)]:
        for name in free:
            del left[name]
    return bool(left)


def _unknown(path: str, value: Json, known: frozenset[str] | set[str]) -> Faults:
    yield from (f"{path}: `{name}` is no field of it." for name in value if name not in known)


def _missing(path: str, value: Json, needed: frozenset[str]) -> Faults:
    yield from (f"{path}: `{name}` is missing." for name in sorted(needed) if name not in value)
