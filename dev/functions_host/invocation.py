"""One run of a handler: arguments in, returned and set values out."""

import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import azure.functions as func
from azure.functions._abc import RetryContext, TraceContext
from azure.functions.meta import Datum

from .bindings import RETURN, Function, decode, encode
from .eventlog import current_function

_thread_storage = threading.local()


@dataclass(frozen=True)
class Inputs:
    """Wire values by parameter name, and the trigger's metadata."""

    values: Mapping[str, Datum]
    metadata: Mapping[str, Datum] = field(default_factory=dict)


@dataclass(frozen=True)
class Produced:
    """Wire values of the return value and of every output that was set."""

    returned: Datum | None
    outputs: Mapping[str, Datum]


class _Out(func.Out[Any]):
    def __init__(self) -> None:
        self._value: Any = None

    def set(self, val: Any) -> None:
        self._value = val

    def get(self) -> Any:
        return self._value


class _TraceContext(TraceContext):
    """A fresh W3C trace for each invocation."""

    def __init__(self) -> None:
        self._parent = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00"

    @property
    def trace_parent(self) -> str:
        return self._parent

    @property
    def trace_state(self) -> str:
        return ""

    @property
    def attributes(self) -> dict[str, str]:
        return {}


class _RetryContext(RetryContext):
    """Retry policies are not run by this host, so every attempt is the first."""

    @property
    def retry_count(self) -> int:
        return 0

    @property
    def max_retry_count(self) -> int:
        return 0

    @property
    def exception(self) -> Any:
        return None


class _Context(func.Context):
    """What a handler gets in a parameter named `context`."""

    def __init__(self, function: Function, invocation_id: str) -> None:
        self._function = function
        self._invocation_id = invocation_id
        self._trace = _TraceContext()

    @property
    def invocation_id(self) -> str:
        return self._invocation_id

    @property
    def thread_local_storage(self) -> Any:
        return _thread_storage

    @property
    def function_name(self) -> str:
        return self._function.name

    @property
    def function_directory(self) -> str:
        return self._function.directory

    @property
    def trace_context(self) -> TraceContext:
        return self._trace

    @property
    def retry_context(self) -> RetryContext:
        return _RetryContext()


def invoke_sync(function: Function, inputs: Inputs, invocation_id: str) -> Produced:
    """Run a `def` handler on the calling thread; raises whatever it or a conversion raises."""
    current_function.set(function.name)
    _thread_storage.invocation_id = invocation_id
    arguments, outs = _arguments(function, inputs, invocation_id)
    return _produced(function, function.handler(**arguments), outs)


async def invoke_async(function: Function, inputs: Inputs, invocation_id: str) -> Produced:
    """Run an `async def` handler on the worker's loop."""
    current_function.set(function.name)
    arguments, outs = _arguments(function, inputs, invocation_id)
    return _produced(function, await function.handler(**arguments), outs)


def _arguments(
    function: Function, inputs: Inputs, invocation_id: str
) -> tuple[dict[str, Any], dict[str, _Out]]:
    arguments: dict[str, Any] = {
        name: decode(param, inputs.values[name], inputs.metadata)
        for name, param in function.inputs.items()
    }
    outs = {name: _Out() for name in function.outputs}
    if function.wants_context:
        arguments["context"] = _Context(function, invocation_id)
    return {**arguments, **outs}, outs


def _produced(function: Function, returned: Any, outs: Mapping[str, _Out]) -> Produced:
    if returned is not None and function.returns is None:
        # Side effects of the handler have happened; the invocation fails all the same.
        raise RuntimeError(
            f"function {function.name!r} without a {RETURN} binding returned a value"
        )
    outputs = {
        name: encode(function.outputs[name], out.get())
        for name, out in outs.items()
        if out.get() is not None
    }
    if function.returns is None:
        return Produced(None, outputs)
    return Produced(encode(function.returns, returned), outputs)
