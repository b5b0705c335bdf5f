"""
The value of an expression in a run.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from dev.engine.errors import BadExpression, UnknownFunction
from dev.engine.functions import ASKING, FUNCTIONS, text_of
from dev.engine.outcome import Outcome
from dev.engine.syntax import Access, Call, Joined, Literal, Node, parse


class Facts(Protocol):
    """
    What holds in the whole run.
    """

    id: str
    trigger: Mapping[str, Any]
    parameters: Mapping[str, Any]
    variables: dict[str, Any]


@dataclass
class Frame:
    """
    What can be named at one place: the results so far and, inside a loop, its item.
    """

    facts: Facts
    outer: "Frame | None" = None
    loop: str = ""
    item: Any = None
    results: dict[str, Outcome] = field(default_factory=dict)
    callback_url: str | None = field(default=None, repr=False)

    def result(self, name: str) -> Outcome | None:
        found = self.results.get(name)
        return found or (self.outer.result(name) if self.outer else None)

    def inside(self, loop: str, item: Any) -> "Frame":
        return Frame(self.facts, self, loop, item)

    def subscribing(self, callback_url: str) -> "Frame":
        """
        The same place while a subscription is made: the one time that its address is known.
        """
        return Frame(self.facts, self, self.loop, self.item, callback_url=callback_url)

    def looped(self, name: str | None) -> "Frame":
        """
        The frame of the nearest loop, or of the named one.
        """
        frame: Frame | None = self
        while frame and (not frame.loop or name not in (None, frame.loop)):
            frame = frame.outer
        if frame is None:
            raise BadExpression("item() is of a loop, and there is none around.")
        return frame


def evaluated(value: Any, frame: Frame) -> Any:
    """
    A part of a definition with every expression in it replaced by its value.
    """
    if isinstance(value, str):
        return _value(parse(value), frame)
    if isinstance(value, dict):
        return {key: evaluated(one, frame) for key, one in value.items()}
    if isinstance(value, list):
        return [evaluated(one, frame) for one in value]
    return value


def _value(node: Node, frame: Frame) -> Any:
    match node:
        case Literal(value):
            return value
        case Joined(parts):
            return "".join(text_of(_value(part, frame)) for part in parts)
        case Access(target, key, safe):
            return _looked_up(_value(target, frame), _value(key, frame), safe)
        case Call(name, arguments):
            return _called(name, [_value(one, frame) for one in arguments], frame)


def _looked_up(target: Any, key: Any, safe: bool) -> Any:
    if isinstance(target, dict) and key in target:
        return target[key]
    whole = isinstance(key, int) and not isinstance(key, bool)
    if isinstance(target, list) and whole and 0 <= key < len(target):
        return target[key]
    if safe:
        return None
    raise BadExpression(f"There is no `{key}` where the expression looks for it.")


def _called(name: str, arguments: list[Any], frame: Frame) -> Any:
    if name in ASKING:
        return _asked(name, arguments, frame)
    if name not in FUNCTIONS:
        raise UnknownFunction(f"The stand-in has no function `{name}`.")
    _, _, function = FUNCTIONS[name]
    return function(*arguments)


def _asked(name: str, arguments: list[Any], frame: Frame) -> Any:
    if not arguments and name in _WITHOUT:
        return _WITHOUT[name](frame)
    if len(arguments) != 1:
        raise BadExpression(f"{name}() was given the wrong number of arguments.")
    if name in ("parameters", "variables"):
        return _looked_up(getattr(frame.facts, name), arguments[0], safe=False)
    if name == "items":
        return frame.looped(arguments[0]).item
    return _of_action(name, arguments[0], frame)


def _of_action(name: str, action: str, frame: Frame) -> Any:
    result = frame.result(action)
    if result is None:
        raise BadExpression(f"The action {action} has not run.")
    if name == "actions":
        return {"name": action, "status": result.status, "outputs": result.outputs}
    if name == "outputs":
        return result.outputs
    return result.outputs.get("body") if isinstance(result.outputs, dict) else result.outputs


def _callback_url(frame: Frame) -> str:
    if frame.callback_url is None:
        raise BadExpression("listCallbackUrl() has a value only while a webhook subscribes.")
    return frame.callback_url


_WITHOUT: Mapping[str, Callable[[Frame], Any]] = {
    "triggerbody": lambda frame: frame.facts.trigger.get("body"),
    "triggeroutputs": lambda frame: frame.facts.trigger,
    "workflow": lambda frame: {"run": {"name": frame.facts.id}},
    "item": lambda frame: frame.looped(None).item,
    "listcallbackurl": _callback_url,
}
