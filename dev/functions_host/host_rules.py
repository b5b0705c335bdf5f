"""What the host checks after the worker has indexed: a refusal costs that function only."""

import re
from collections.abc import Iterable

from .bindings import RETURN, Binding, Function
from .connections import resolve
from .cron import parse_cron
from .errors import FunctionRefused
from .routing import compile_route
from .settings import AppSettings

_FUNCTION_NAME = re.compile(r"^[a-z][a-z0-9_\-]{0,127}$", re.IGNORECASE)
# Since host 4.1038 underscores are allowed in binding names, two in a row are not.
_BINDING_NAME = re.compile(r"^(?!.*__)([a-zA-Z_][a-zA-Z0-9_]{0,127}|\$return)$")
_QUEUE_NAME = re.compile(r"^[a-z0-9](?:-?[a-z0-9]){2,62}$")
_RESERVED_ROOTS = ("admin", "runtime")
_SERVED = {"httpTrigger", "http", "queueTrigger", "queue", "timerTrigger"}


def check_function(
    function: Function, settings: AppSettings, prefix: str, served: Iterable[Function]
) -> None:
    """Raise FunctionRefused; `served` are the functions already accepted, for route clashes."""
    _check_names(function)
    for binding in function.bindings:
        if binding.type not in _SERVED:
            raise FunctionRefused(f"this host has no bindings of type {binding.type!r}")
        if binding.type in {"queueTrigger", "queue"}:
            queue_name(binding, settings)
            resolve(binding.text("connection"), "queue", settings)
    if function.trigger.type == "httpTrigger":
        _check_route(function, settings, prefix, served)
    if function.trigger.type == "timerTrigger":
        _check_schedule(function.trigger, settings)


def _check_names(function: Function) -> None:
    if not _FUNCTION_NAME.match(function.name) or function.name.lower() == "host":
        raise FunctionRefused("the function's name is not allowed")
    names = [binding.name for binding in function.bindings]
    for name in names:
        if not _BINDING_NAME.match(name):
            raise FunctionRefused(f"binding name {name!r} is not allowed")
    if len({name.lower() for name in names}) < len(names):
        raise FunctionRefused("two bindings have the same name, ignoring case")


def queue_name(binding: Binding, settings: AppSettings) -> str:
    """The queue, lower-cased as the listener does, with `%SETTING%` replaced."""
    name = settings.expand(binding.text("queueName")).lower()
    if "{" in name:
        raise FunctionRefused(f"{binding.name!r}: this host fills no {{expressions}} in names")
    if not valid_queue_name(name):
        raise FunctionRefused(f"{binding.name!r}: {name!r} is not a queue name")
    return name


def valid_queue_name(name: str) -> bool:
    """3 to 63 lower-case letters, digits and single hyphens."""
    return len(name) <= 63 and bool(_QUEUE_NAME.match(name))


def route_of(function: Function, settings: AppSettings) -> str:
    """The route as configured; the library already put the name where none was given."""
    return settings.expand(function.trigger.text("route", function.name))


def methods_of(function: Function) -> frozenset[str]:
    """Methods in upper case; an empty set means every method."""
    return frozenset(str(m).upper() for m in function.trigger.raw.get("methods", ()))


def _check_route(
    function: Function, settings: AppSettings, prefix: str, served: Iterable[Function]
) -> None:
    route = route_of(function, settings)
    if prefix and route.startswith("/"):
        raise FunctionRefused("a route must not start with '/' under a prefix")
    # Only the letters are compared, so `administrators` is refused too.
    if route.strip("/").lower().startswith(_RESERVED_ROOTS):
        raise FunctionRefused("routes beginning with 'admin' or 'runtime' are reserved")
    try:
        compile_route(prefix, route)
    except ValueError as exc:
        raise FunctionRefused(f"route {route!r}: {exc}") from exc
    for other in served:
        if other.trigger.type == "httpTrigger" and _clash(function, other, settings):
            raise FunctionRefused(f"function {other.name!r} has the same route and methods")


def _clash(one: Function, other: Function, settings: AppSettings) -> bool:
    first, second = (route_of(f, settings).strip("/").lower() for f in (one, other))
    mine, theirs = methods_of(one), methods_of(other)
    return first == second and (not mine or not theirs or bool(mine & theirs))


def _check_schedule(trigger: Binding, settings: AppSettings) -> None:
    try:
        parse_cron(settings.expand(trigger.text("schedule")))
    except ValueError as exc:
        raise FunctionRefused(f"schedule: {exc}") from exc
    if trigger.raw.get("useMonitor", True):
        resolve("AzureWebJobsStorage", "blob", settings)


def is_disabled(function: Function, settings: AppSettings) -> bool:
    """`AzureWebJobs.<name>.Disabled` switches one function off."""
    return settings.is_true(f"AzureWebJobs.{function.name}.Disabled")


def returns_http(function: Function) -> bool:
    """True when the return value is the HTTP answer."""
    return any(b.name == RETURN and b.type == "http" for b in function.bindings)
