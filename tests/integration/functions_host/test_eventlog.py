"""What reaches stderr, and what does not."""

import json
import logging
import threading
from collections.abc import Iterator

import pytest

from dev.functions_host.eventlog import log_event, route_app_logging


@pytest.fixture
def app_logging() -> Iterator[None]:
    """The root logger as a host process sets it, put back afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    route_app_logging()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def log_from(thread_name: str, message: str) -> None:
    thread = threading.Thread(target=logging.info, args=(message,), name=thread_name)
    thread.start()
    thread.join()


@pytest.mark.usefixtures("app_logging")
def test_only_the_app_reaches_the_root_logger(capsys: pytest.CaptureFixture[str]) -> None:
    """The root is at INFO; the host's own threads are another process in Azure, so silent."""
    log_from("worker_0", "from a handler")
    log_from("host-queue-jobs", "from the host's storage client")
    written = capsys.readouterr().err
    assert "INFO - root: from a handler" in written
    assert "storage client" not in written


def test_events_are_one_json_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Line breaks in a value do not break the line."""
    log_event("a.b", text="one\ntwo")
    (line,) = capsys.readouterr().err.splitlines()
    event = json.loads(line)
    assert (event["event"], event["text"]) == ("a.b", "one\ntwo")
