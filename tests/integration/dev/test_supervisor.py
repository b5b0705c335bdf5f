"""The Functions host has more than one life, but not endlessly many."""

import queue
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dev.places import ROOT
from dev.processes import Recipe
from dev.supervisor import MOST_RESTARTS, Supervised

Start = Callable[[str], tuple[Supervised, "queue.Queue[int]"]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    hosts: list[Supervised] = []

    def start(code: str) -> tuple[Supervised, "queue.Queue[int]"]:
        pids: queue.Queue[int] = queue.Queue()
        argv = [sys.executable, "-c", code]
        hosts.append(Supervised(Recipe("host", argv, cwd=ROOT, logs=tmp_path), pids.put))
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
    pid = pids.get(timeout=20)

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
