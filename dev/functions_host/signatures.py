"""Checks of a handler's signature against its bindings, with the real worker's verdicts.

What the worker refuses here removes every function of the app in Azure, so the messages name
the function and the parameter.
"""

import collections.abc
import inspect
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .bindings import GENERIC, RETURN, Binding, ParamType, accepts
from .errors import IndexingError


@dataclass(frozen=True)
class Shape:
    """What the worker keeps of a signature."""

    wants_context: bool
    inputs: Mapping[str, ParamType]
    outputs: Mapping[str, ParamType]
    returns: ParamType | None


class _Refusal(Exception):
    """A reason; `read_signature` adds the function's name."""


def read_signature(name: str, handler: Callable[..., Any], bindings: tuple[Binding, ...]) -> Shape:
    """Match parameters and bindings, then types; IndexingError on the first mismatch."""
    try:
        return _read(handler, {binding.name: binding for binding in bindings})
    except _Refusal as reason:
        raise IndexingError(f"cannot load the function {name!r}: {reason}") from None


def _read(handler: Callable[..., Any], bindings: Mapping[str, Binding]) -> Shape:
    hints = _type_hints(handler)
    parameters = set(inspect.signature(handler).parameters)
    bound = {name: binding for name, binding in bindings.items() if name != RETURN}
    _check_directions(bindings)
    wants_context = "context" in parameters and "context" not in bound
    if wants_context:
        _check_context(hints.get("context", inspect.Parameter.empty))
        parameters.discard("context")
    _check_names(parameters, set(bound))
    typed = {name: _parameter(binding, hints) for name, binding in bound.items()}
    return Shape(
        wants_context,
        inputs={name: kind for name, kind in typed.items() if not bound[name].is_out},
        outputs={name: kind for name, kind in typed.items() if bound[name].is_out},
        returns=_returned(bindings.get(RETURN), hints),
    )


def _type_hints(handler: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(handler)
    except Exception as exc:
        raise _Refusal(
            f"an annotation cannot be resolved ({exc}); a name imported only under "
            "TYPE_CHECKING does not exist when the worker reads the signature"
        ) from exc


def _check_directions(bindings: Mapping[str, Binding]) -> None:
    for name, binding in bindings.items():
        if binding.direction == "INOUT":
            raise _Refusal(f'binding {name!r}: direction "inout" is not supported')
        if name == RETURN and not binding.is_out:
            raise _Refusal('"$return" must have direction "out"')


def _check_context(annotation: object) -> None:
    if annotation is inspect.Parameter.empty:
        return
    if not isinstance(annotation, type) or annotation.__name__ != "Context":
        raise _Refusal("parameter 'context' must be annotated azure.functions.Context")


def _check_names(parameters: set[str], bound: set[str]) -> None:
    if parameters - bound:
        extra = ", ".join(map(repr, sorted(parameters - bound)))
        raise _Refusal(f"parameter {extra} is no binding; a default does not help")
    if bound - parameters:
        missing = ", ".join(map(repr, sorted(bound - parameters)))
        raise _Refusal(f"binding {missing} has no parameter of that name")


def _parameter(binding: Binding, hints: Mapping[str, Any]) -> ParamType:
    if binding.name not in hints:
        return ParamType(binding.type, None)
    annotation = hints[binding.name]
    is_out = _origin_name(annotation) == "Out"
    inner = _inside_out(binding.name, annotation) if is_out else annotation
    if not isinstance(inner, type) and not _is_typing_generic(inner):
        raise _Refusal(f"parameter {binding.name!r}: {annotation!r} is not a type")
    if binding.is_out != is_out:
        raise _Refusal(_direction_message(binding, annotation))
    kind = ParamType(GENERIC if inner in (str, bytes) else binding.type, inner)
    if not _fits(kind, is_out=is_out):
        raise _Refusal(
            f"parameter {binding.name!r}: annotation {_shown(inner)} does not fit "
            f"a binding of type {binding.type!r}"
        )
    return kind


def _direction_message(binding: Binding, annotation: object) -> str:
    wanted = "must be" if binding.is_out else "must not be"
    return f"parameter {binding.name!r} {wanted} annotated azure.functions.Out, got {annotation!r}"


def _inside_out(name: str, annotation: object) -> object:
    arguments = typing.get_args(annotation)
    if len(arguments) != 1:
        raise _Refusal(f"parameter {name!r}: Out needs one type in brackets")
    return arguments[0]


def _origin_name(annotation: object) -> str:
    origin = typing.get_origin(annotation) or annotation
    return origin.__name__ if isinstance(origin, type) else ""


def _is_typing_generic(annotation: object) -> bool:
    """True for `typing.List[str]`, false for `list[str]`: the worker knows only the former."""
    if isinstance(annotation, types.GenericAlias):
        return False
    origin = typing.get_origin(annotation)
    ruled_out = (None, typing.Union, types.UnionType, tuple, collections.abc.Callable)
    return origin not in ruled_out


def _fits(kind: ParamType, *, is_out: bool) -> bool:
    try:
        return accepts(kind, is_out=is_out)
    except TypeError:
        # issubclass() of a typing construct: the worker fails on it as well.
        return False


def _returned(binding: Binding | None, hints: Mapping[str, Any]) -> ParamType | None:
    """Without a `$return` binding the return annotation is not looked at."""
    if binding is None:
        return None
    kind = ParamType(binding.type, hints.get("return"))
    if "return" not in hints:
        return kind
    if not isinstance(kind.annotation, type):
        raise _Refusal(f"return annotation {kind.annotation!r} is not a type")
    if not _fits(kind, is_out=True):
        raise _Refusal(
            f"return annotation {_shown(kind.annotation)} does not fit "
            f"a binding of type {binding.type!r}"
        )
    return kind


def _shown(annotation: object) -> str:
    return annotation.__name__ if isinstance(annotation, type) else repr(annotation)
