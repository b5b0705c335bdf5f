"""Where handlers run, and how long they may."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from azure.functions.meta import Datum

from dev.functions_host.bindings import Function
from dev.functions_host.executor import Executor
from dev.functions_host.host import Host
from dev.functions_host.indexing import index_app
from dev.functions_host.invocation import Inputs
from dev.functions_host.settings import AppSettings
from dev.functions_host.worker import Worker

MESSAGE = Inputs({"msg": Datum("text", "string")})
APP = """
import threading

gate = threading.Barrier(3, timeout=60)
entered = threading.Event()
release = threading.Event()
threads = []


@app.queue_trigger("msg", "jobs", "")
def together(msg: func.QueueMessage) -> None:
    gate.wait()


@app.queue_trigger("msg", "jobs", "")
def slow(msg: func.QueueMessage) -> None:
    entered.set()
    release.wait(60)


@app.queue_trigger("msg", "jobs", "")
def returns(msg: func.QueueMessage):
    threads.append("ran")
    return "value"


@app.queue_trigger("msg", "jobs", "")
async def on_loop(msg: func.QueueMessage) -> None:
    threads.append(threading.current_thread().name)


@app.queue_output("out", "done", "")
@app.queue_trigger("msg", "jobs", "")
def sends(msg: func.QueueMessage, out: func.Out[bytes]) -> None:
    out.set(msg.get_body() + b"!")
"""


@pytest.fixture
def functions(app_root: Callable[..., Path]) -> dict[str, Function]:
    return {f.name: f for f in index_app(app_root(APP), AppSettings({}))}


def app_global(functions: dict[str, Function], name: str) -> object:
    """A module-level value of the app."""
    return functions["slow"].handler.__globals__[name]


@pytest.fixture
def timed_out() -> list[str]:
    return []


@pytest.fixture
def worker(timed_out: list[str]) -> Iterator[Worker]:
    worker = Worker(3, timeout_s=0.2, on_timeout=timed_out.append)
    yield worker
    worker.stop(wait=True)


def test_sync_handlers_run_side_by_side(functions: dict[str, Function], worker: Worker) -> None:
    """As many as there are threads: three meet at a barrier."""
    calls = [worker.start(functions["together"], MESSAGE, "id") for _ in range(3)]
    for call in calls:
        call.result()


def test_async_handlers_share_one_loop(functions: dict[str, Function], worker: Worker) -> None:
    """All on the loop's own thread."""
    for _ in range(2):
        worker.start(functions["on_loop"], MESSAGE, "id").result()
    assert app_global(functions, "threads") == ["worker-loop"] * 2


def test_returning_a_value_fails_after_the_side_effects(
    functions: dict[str, Function], worker: Worker
) -> None:
    """Without a `$return` binding the invocation fails, but the handler has run."""
    execution = Executor(worker).begin(functions["returns"], MESSAGE)
    assert not execution.succeeded()
    assert app_global(functions, "threads") == ["ran"]


def test_outputs_are_wire_values(functions: dict[str, Function], worker: Worker) -> None:
    """Bytes set on an output leave the worker as bytes."""
    produced = worker.start(functions["sends"], MESSAGE, "id").result()
    assert produced.outputs["out"] == Datum(b"text!", "bytes")


def test_timeout_is_reported(
    functions: dict[str, Function], worker: Worker, timed_out: list[str]
) -> None:
    """A handler over the limit triggers the end of the process (here: a note)."""
    call = worker.start(functions["slow"], MESSAGE, "id")
    assert not call.wait()
    assert timed_out == ["slow"]
    release = app_global(functions, "release")
    assert isinstance(release, threading.Event)
    release.set()


HTTP_APP = """
import logging, threading
entered, release = threading.Event(), threading.Event()


@app.route("slow", auth_level=func.AuthLevel.ANONYMOUS)
def slow(req: func.HttpRequest) -> func.HttpResponse:
    entered.set()
    release.wait(60)
    return func.HttpResponse("done")
"""


def test_stop_lets_requests_finish(run_host: Callable[..., Host]) -> None:
    """A request under way is answered; the host stops after it."""
    host = run_host(HTTP_APP)
    names = host.functions["slow"].handler.__globals__
    with ThreadPoolExecutor(2) as pool:
        answer = pool.submit(httpx.get, f"{host.url}/api/slow")
        assert names["entered"].wait(60)
        stopped = pool.submit(host.stop, 60.0)
        names["release"].set()
        assert stopped.result(60)
        assert answer.result(60).text == "done"


def test_stop_gives_up_after_the_grace(run_host: Callable[..., Host]) -> None:
    """The grace is bounded; the caller is told that something was left behind."""
    host = run_host(HTTP_APP)
    names = host.functions["slow"].handler.__globals__
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(httpx.get, f"{host.url}/api/slow")
        assert names["entered"].wait(60)
        assert not host.stop(0.05)
        names["release"].set()
        with pytest.raises(httpx.TransportError):
            answer.result(60)
