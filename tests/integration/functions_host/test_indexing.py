"""What the worker refuses removes every function; what the host refuses costs one function."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dev.functions_host.bindings import Function
from dev.functions_host.errors import FunctionRefused, IndexingError
from dev.functions_host.host import Host
from dev.functions_host.host_rules import check_function
from dev.functions_host.indexing import index_app
from dev.functions_host.settings import AppSettings

STORAGE = {"AzureWebJobsStorage": "UseDevelopmentStorage=true"}
ROUTE = "@app.route('r')\n"
QUEUE = "@app.queue_trigger('msg', 'jobs', '')\n"
OUT = "@app.queue_output('out', 'done', '')\n"
MSG = "msg: func.QueueMessage"
REQ = "req: func.HttpRequest"
OK = "def good(req: func.HttpRequest) -> func.HttpResponse: ...\n"

REFUSED_BY_THE_WORKER = {
    "return None": (f"{ROUTE}def f({REQ}) -> None: ...", "'f'.*return.*NoneType"),
    "return dict": (f"{ROUTE}def f({REQ}) -> dict: ...", "'f'.*return.*dict"),
    "return X | None": (f"{ROUTE}def f({REQ}) -> func.HttpResponse | None: ...", "'f'.*not a type"),
    "return bytes": (f"{ROUTE}def f({REQ}) -> bytes: ...", "'f'.*bytes"),
    "default parameter": (f"{ROUTE}def f({REQ}, clock=None): ...", "'f'.*'clock'"),
    "route parameter": (f"{ROUTE}def f({REQ}, id: str): ...", "'f'.*'id'"),
    "request by other name": (f"{ROUTE}def f(request: func.HttpRequest): ...", "'f'.*'request'"),
    "missing parameter": (f"{ROUTE}def f(): ...", "'f'.*'req'.*no parameter"),
    "no wraps": (f"{ROUTE}def f(*args, **kwargs): ...", "'f'.*'args', 'kwargs'"),
    "optional request": (f"{ROUTE}def f(req: func.HttpRequest | None): ...", "'f'.*'req'"),
    "request as str": (f"{ROUTE}def f(req: dict): ...", "'f'.*'req'.*dict"),
    "list output": (f"{OUT}{QUEUE}def f({MSG}, out: func.Out[list[str]]): ...", "'f'.*'out'"),
    "dict output": (f"{OUT}{QUEUE}def f({MSG}, out: func.Out[dict]): ...", "'f'.*'out'.*dict"),
    "bare output": (f"{OUT}{QUEUE}def f({MSG}, out: func.Out): ...", "'f'.*'out'.*brackets"),
    "output as str": (f"{OUT}{QUEUE}def f({MSG}, out: str): ...", "'f'.*'out'.*must be"),
    "input as Out": (f"{QUEUE}def f(msg: func.Out[str]): ...", "'f'.*'msg'.*must not be"),
    "queue as dict": (f"{QUEUE}def f(msg: dict): ...", "'f'.*'msg'.*dict"),
    "unresolved name": (f"{ROUTE}def f(req: 'Missing') -> str: ...", "'f'.*TYPE_CHECKING"),
    "wrong context": (f"{ROUTE}def f({REQ}, context: str): ...", "'f'.*'context'"),
    "no trigger": (f"{OUT}def f(out: func.Out[str]): ...", "f does not have a trigger"),
    "two triggers": (f"{ROUTE}{QUEUE}def f({REQ}, {MSG}): ...", "trigger was already registered"),
    "duplicate names": (f"{ROUTE}{OK}{ROUTE}{OK}", "(?i)good"),
    "second name": ("other = app", r"\['app', 'other'\]"),
    "second app": ("other = func.FunctionApp()", r"\['app', 'other'\]"),
    "no app": ("del app", "no FunctionApp"),
    "import error": ("import a_module_that_is_not_there", "a_module_that_is_not_there"),
    "syntax error": ("def", "SyntaxError"),
    "return as input": (
        "@app.generic_input_binding('$return', 'queue')\n" + ROUTE + OK,
        "return",
    ),
}


@pytest.mark.parametrize("case", REFUSED_BY_THE_WORKER)
def test_worker_refusals(app_root: Callable[..., Path], case: str) -> None:
    """One bad function stops the indexing, with a message that names it and its parameter."""
    source, message = REFUSED_BY_THE_WORKER[case]
    with pytest.raises(IndexingError, match=f"(?s){message}"):
        index_app(app_root(source + "\n"), AppSettings({}))


def test_queue_trigger_annotated_str(app_root: Callable[..., Path]) -> None:
    """The worker takes it (seen on azure-functions-runtime 1.3.0): the handler gets the text."""
    (function,) = index_app(app_root(f"{QUEUE}def f(msg: str): ...\n"), AppSettings({}))
    assert function.inputs["msg"].converter == "generic"


def test_script_is_missing(tmp_path: Path, forget_app: None) -> None:
    """No function_app.py, or a script name that is none."""
    with pytest.raises(IndexingError, match=r"function_app\.py"):
        index_app(tmp_path, AppSettings({}))
    with pytest.raises(IndexingError, match="no a b"):
        index_app(tmp_path, AppSettings({"PYTHON_SCRIPT_FILE_NAME": "a b.py"}))


ACCEPTED = [
    f"{ROUTE}def f({REQ}) -> func.HttpResponse: ...",
    f"{ROUTE}def f({REQ}) -> str: ...",
    f"{ROUTE}def f(req): ...",
    f"{ROUTE}async def f({REQ}, context: func.Context) -> func.HttpResponse: ...",
    f"{QUEUE}def f({MSG}) -> None: ...",
    f"{OUT}{QUEUE}def f({MSG}, out: func.Out[bytes]) -> None: ...",
    f"{OUT}{QUEUE}def f({MSG}, out: func.Out[typing.List[str]]) -> None: ...",
    "@app.timer_trigger('t', '0 * * * * *')\ndef f(t: func.TimerRequest) -> None: ...",
    f"{OUT}{ROUTE}def f({REQ}, out: func.Out[str]) -> func.HttpResponse: ...",
]


@pytest.mark.parametrize("source", ACCEPTED)
def test_accepted(app_root: Callable[..., Path], source: str) -> None:
    """What the real worker takes is taken."""
    (function,) = index_app(app_root(f"import typing\n{source}\n"), AppSettings({}))
    assert function.name == "f"
    check_function(function, AppSettings(STORAGE), "api", [])


def test_blueprints_and_names(app_root: Callable[..., Path]) -> None:
    """Blueprint functions follow the app's own; a blueprint is no second app."""
    source = (
        "bp = func.Blueprint()\n"
        f"@bp.route('b')\n{OK.replace('good', 'second')}"
        f"{ROUTE}{OK}"
        "app.register_functions(bp)\n"
    )
    functions = index_app(app_root(source), AppSettings({}))
    assert [function.name for function in functions] == ["good", "second"]
    assert functions[0].trigger.raw["authLevel"] == "FUNCTION"


def refusal(functions: list[Function], **environ: str) -> str:
    """The reason against the last function, the others being served."""
    settings = AppSettings({**STORAGE, **environ})
    for other in functions[:-1]:
        check_function(other, settings, "api", [])
    with pytest.raises(FunctionRefused) as reason:
        check_function(functions[-1], settings, "api", functions[:-1])
    return str(reason.value)


HANDLER = f"def f({REQ}) -> func.HttpResponse: ...\n"
TIMER = "@app.timer_trigger('t', {})\ndef f(t: func.TimerRequest) -> None: ...\n"
NAMED = "@app.function_name('{}')\n"

REFUSED_BY_THE_HOST = {
    "function name": (f"{NAMED.format('1st')}{ROUTE}{HANDLER}", "name"),
    "called host": (f"{NAMED.format('host')}{ROUTE}{HANDLER}", "name"),
    "double underscore": (
        "@app.route('r', trigger_arg_name='a__b')\ndef f(a__b: func.HttpRequest): ...",
        "a__b",
    ),
    "binding names": (
        f"@app.queue_output('MSG', 'done', '')\n{QUEUE}def f({MSG}, MSG: func.Out[str]): ...",
        "same name",
    ),
    "same route": (f"{ROUTE}{OK}@app.route('R/')\n{HANDLER}", "good"),
    "same route and method": (
        f"@app.route('r', methods=['GET'])\n{OK}@app.route('r', methods=['GET', 'PUT'])\n{HANDLER}",
        "good",
    ),
    "admin root": (f"@app.route('administrators')\n{HANDLER}", "reserved"),
    "runtime root": (f"@app.route('Runtime/x')\n{HANDLER}", "reserved"),
    "leading slash": (f"@app.route('/r')\n{HANDLER}", "'/'"),
    "bad route": ("@app.route('{id')\n" + HANDLER, "braces"),
    "bad cron": (TIMER.format("'0 0 25 * * *'"), "hour"),
    "missing setting in cron": (TIMER.format("'%CRON%'"), "%CRON%"),
    "missing setting in queue": (
        f"@app.queue_trigger('msg', '%Q%', '')\ndef f({MSG}): ...",
        "%Q%",
    ),
    "missing connection": (f"@app.queue_trigger('msg', 'jobs', 'C')\ndef f({MSG}): ...", "'C'"),
    "bad queue name": (f"@app.queue_trigger('msg', 'a_b', '')\ndef f({MSG}): ...", "a_b"),
    "other trigger": (
        "@app.blob_trigger('b', 'c/{n}', '')\ndef f(b: func.InputStream): ...",
        "blobTrigger",
    ),
}


@pytest.mark.parametrize("case", REFUSED_BY_THE_HOST)
def test_host_refusals(app_root: Callable[..., Path], case: str) -> None:
    """The worker took it, the host puts this one function in error."""
    source, message = REFUSED_BY_THE_HOST[case]
    functions = index_app(app_root(source + "\n"), AppSettings({}))
    assert message in refusal(functions)


def test_expressions_are_refused_loudly(app_root: Callable[..., Path]) -> None:
    """Binding expressions are not filled here; the function says so instead of misbehaving."""
    source = "@app.queue_output('out', '{id}', '')\n" + ROUTE
    source += f"def f({REQ}, out: func.Out[str]) -> str: ...\n"
    assert "expressions" in refusal(index_app(app_root(source), AppSettings({})))


def test_equal_routes_with_other_methods_are_fine(app_root: Callable[..., Path]) -> None:
    """Two functions may share a route when their methods differ."""
    source = f"@app.route('r', methods=['GET'])\n{OK}@app.route('r', methods=['PUT'])\n{HANDLER}"
    one, other = index_app(app_root(source), AppSettings({}))
    check_function(other, AppSettings({}), "api", [one])


def test_only_the_bad_function_is_in_error(run_host: Callable[..., Host]) -> None:
    """The rest of the app is served."""
    source = f"{ROUTE}{OK}@app.route('admin')\n{HANDLER}"
    host = run_host(source)
    assert list(host.functions) == ["good"]
    assert list(host.errors) == ["f"]


def test_host_json_can_name_the_functions(run_host: Callable[..., Host]) -> None:
    """`functions` in host.json limits what is loaded."""
    host = run_host(
        f"@app.route('a')\n{OK}@app.route('b')\n{HANDLER}",
        '{"version": "2.0", "functions": ["f"]}',
    )
    assert list(host.functions) == ["f"]
