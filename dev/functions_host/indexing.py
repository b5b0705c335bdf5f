"""Loading the app the way the Python worker does: all functions or none."""

import importlib
import inspect
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from azure.functions.decorators.function_app import FunctionRegister

from .bindings import Function, parse_binding
from .errors import IndexingError
from .eventlog import traceback_text
from .settings import AppSettings
from .signatures import read_signature

_SCRIPT_NAME = re.compile(r"^[a-zA-Z0-9_][a-zA-Z0-9_\-]*\.py$")


def index_app(root: Path, settings: AppSettings) -> list[Function]:
    """Import the app's script and check every function; IndexingError names the culprit."""
    module = _import_script(root, settings.get("PYTHON_SCRIPT_FILE_NAME") or "function_app.py")
    return [_index_function(built, root) for built in _built_functions(_find_app(module))]


def _import_script(root: Path, script: str) -> ModuleType:
    if not _SCRIPT_NAME.match(script) or not (root / script).is_file():
        raise IndexingError(f"there is no {script} in {root}")
    # The worker puts the app folder first, so the app's modules hide equally named ones.
    sys.path.insert(0, str(root))
    importlib.invalidate_caches()
    try:
        return importlib.import_module(Path(script).stem)
    except Exception as exc:
        raise IndexingError(f"{script} cannot be imported\n{traceback_text(exc)}") from exc


def _find_app(module: ModuleType) -> FunctionRegister:
    """The one module-level name bound to an app; the worker counts names, not objects."""
    names = [n for n, value in vars(module).items() if isinstance(value, FunctionRegister)]
    if not names:
        raise IndexingError("no FunctionApp at module level; assign one to a name such as `app`")
    if len(names) > 1:
        raise IndexingError(f"one module-level FunctionApp is allowed, found names {names}")
    found: FunctionRegister = getattr(module, names[0])
    return found


def _built_functions(app: FunctionRegister) -> list[Any]:
    """Called once only: the library takes a second call for duplicate function names."""
    try:
        return list(app.get_functions())
    except Exception as exc:
        raise IndexingError(f"the app's functions cannot be built: {exc}") from exc


def _index_function(built: Any, root: Path) -> Function:
    name = built.get_function_name()
    handler = built.get_user_function()
    bindings = tuple(parse_binding(raw) for raw in built.get_raw_bindings())
    shape = read_signature(name, handler, bindings)
    return Function(
        name=name,
        handler=handler,
        bindings=bindings,
        is_async=inspect.iscoroutinefunction(handler),
        wants_context=shape.wants_context,
        inputs=shape.inputs,
        outputs=shape.outputs,
        returns=shape.returns,
        directory=str(root),
    )
