"""Small apps written to a folder, and hosts that run them in this process."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dev.functions_host.host import Host, HostConfig
from dev.functions_host.keys import KeyRing

KEYS = KeyRing("master-key", ("host-key",), {"submit": ("submit-key",)})
HOST_JSON = '{"version": "2.0", "extensions": {"queues": {"messageEncoding": "none"}}}'
PREAMBLE = "import azure.functions as func\napp = func.FunctionApp()\n"


@pytest.fixture
def forget_app() -> Iterator[None]:
    """Every app of these tests is a module `function_app`; the next test needs a fresh one."""
    path, kept = list(sys.path), sys.modules.pop("function_app", None)
    yield
    sys.path[:] = path
    sys.modules.pop("function_app", None)
    if kept is not None:
        sys.modules["function_app"] = kept


@pytest.fixture
def app_root(tmp_path: Path, forget_app: None) -> Callable[..., Path]:
    """Write function_app.py and host.json; returns the folder."""

    def write(source: str, host_json: str = HOST_JSON, preamble: str = PREAMBLE) -> Path:
        (tmp_path / "function_app.py").write_text(preamble + source, encoding="utf-8")
        (tmp_path / "host.json").write_text(host_json, encoding="utf-8")
        return tmp_path

    return write


@pytest.fixture
def run_host(app_root: Callable[..., Path]) -> Iterator[Callable[..., Host]]:
    """Start a host for an app; it is stopped at the end of the test."""
    started: list[Host] = []

    def run(source: str, host_json: str = HOST_JSON, **environ: str) -> Host:
        config = HostConfig(app_root(source, host_json), 0, KEYS, environ)
        host = Host(config)
        started.append(host)
        host.start()
        return host

    yield run
    for host in started:
        if host.state == "Running":
            host.stop(5.0)
