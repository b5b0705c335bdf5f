"""The Functions host has more than one life, but not endlessly many."""

import queue
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dev.places import ROOT
from dev.processes import Recipe
from dev.supervisor import HEALTHY_AFTER_S, MOST_RESTARTS, Supervised

Start = Callable[..., tuple[Supervised, "queue.Queue[int]"]]

COMES_UP = """
import time
print('{"event": "host.started"}', flush=True)
time.sleep(600)
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    hosts: list[Supervised] = []

    def start(
        code: str, healthy_after_s: float = HEALTHY_AFTER_S
    ) -> tuple[Supervised, "queue.Queue[int]"]:
        pids: queue.Queue[int] = queue.Queue()
        recipe = Recipe("host", [sys.executable, "-c", code], cwd=ROOT, logs=tmp_path)
        hosts.append(Supervised(recipe, pids.put, healthy_after_s))
        return hosts[-1], pids

    yield start
    for host in hosts:
        host.stop()


def test_killed_host_is_started_again(start: Start) -> None:
    """A killed host comes back with the same command line, and its new pid is told."""
    host, pids = start("import time; time.sleep(600)")
    host.supervise()
    first = host.child
    first.process.kill()
    pid = pids.get(timeout=60)

    assert pid != first.pid
    assert pid == host.child.pid
    assert host.child.recipe == first.recipe


def test_stopped_host_stays_down(start: Start) -> None:
    """An end that was asked for is not a crash."""
    host, pids = start("import time; time.sleep(600)")
    host.supervise()
    host.stop()

    assert pids.empty()
    assert host.child.process.poll() is not None


def test_host_that_cannot_live_is_given_up(start: Start) -> None:
    """After the last restart the failure is announced with the end of the log."""
    host, pids = start("print('no settings'); raise SystemExit(1)")
    host.supervise()

    assert host.failed.wait(30)
    assert pids.qsize() == MOST_RESTARTS
    assert "no settings" in host.why_failed()


def test_host_that_comes_up_is_started_as_often_as_it_is_killed(start: Start) -> None:
    """However many kills in a row: none of them says that the host cannot live."""
    host, pids = start(COMES_UP)
    host.supervise()
    for _ in range(MOST_RESTARTS + 2):
        host.child.wait_for_event("host.started", 20)
        host.child.process.kill()
        pids.get(timeout=60)

    assert not host.failed.is_set()


def test_host_that_lived_long_enough_was_up(start: Start) -> None:
    """A host that says nothing, but stays, is no crash loop when it ends."""
    host, pids = start("raise SystemExit(1)", healthy_after_s=0)
    host.supervise()
    for _ in range(MOST_RESTARTS + 2):
        pids.get(timeout=60)

    assert not host.failed.is_set()
