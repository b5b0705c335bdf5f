"""The host as a process: its start-up line, signals and exit codes."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

REPOSITORY = Path(__file__).parents[3]
APP = """
import logging, os, time
logging.info("imported")


@app.route("hello", auth_level=func.AuthLevel.ANONYMOUS)
def hello(req: func.HttpRequest) -> func.HttpResponse:
    logging.info("greeting")
    return func.HttpResponse(os.environ["GREETING"])


@app.route("sleep", auth_level=func.AuthLevel.ANONYMOUS)
def sleep(req: func.HttpRequest) -> func.HttpResponse:
    time.sleep(30)
"""
TIMEOUT_JSON = '{"version": "2.0", "functionTimeout": "00:00:01"}'

Start = Callable[[Path], "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start the host in a folder; killed at the end of the test if it still runs."""
    running: list[subprocess.Popen[str]] = []

    def run(root: Path) -> "subprocess.Popen[str]":
        (root / "keys.json").write_text('{"master": "m"}')
        command = [sys.executable, "-m", "dev.functions_host", "--root", str(root)]
        process = subprocess.Popen(
            [*command, "--port", "0", "--keys", str(root / "keys.json")],
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONWARNINGS": "error", "PYTHONDEVMODE": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield run
    for process in running:
        process.kill()
        process.communicate()


def started(process: "subprocess.Popen[str]") -> dict[str, object]:
    """The start-up line."""
    assert process.stdout is not None
    line = json.loads(process.stdout.readline())
    assert isinstance(line, dict)
    return line


@pytest.mark.skipif(sys.platform == "win32", reason="a Windows process takes no SIGINT from us")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_start_call_and_stop(app_root: Callable[..., Path], start: Start, name: str) -> None:
    """One JSON line when everything is up, then requests, then exit code 0 on a signal."""
    root = app_root(APP)
    (root / "local.settings.json").write_text('{"Values": {"GREETING": "hi"}}')
    process = start(root)
    line = started(process)
    assert (line["event"], line["functions"]) == ("host.started", ["hello", "sleep"])
    assert httpx.get(f"{line['url']}/api/hello").text == "hi"
    process.send_signal(getattr(signal, name))
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "")
    assert "does not do" in err
    assert "INFO - root: imported" in err
    assert "INFO hello root: greeting" in err


def test_indexing_failure_exits_3(app_root: Callable[..., Path], start: Start) -> None:
    """All or nothing: no start-up line, the reason on stderr."""
    source = "@app.route('r')\ndef f(req: func.HttpRequest) -> None: ...\n"
    process = start(app_root(APP + source))
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (3, "")
    assert "'f': return annotation NoneType does not fit" in err


def test_bad_configuration_exits_2(app_root: Callable[..., Path], start: Start) -> None:
    """host.json without a version."""
    process = start(app_root(APP, "{}"))
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert "version must be" in err


def test_timeout_ends_the_process(app_root: Callable[..., Path], start: Start) -> None:
    """functionTimeout kills the process, and so every running invocation, with code 134."""
    process = start(app_root(APP, TIMEOUT_JSON))
    url = started(process)["url"]
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{url}/api/sleep", timeout=60)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 134
    assert "function.timeout" in err
