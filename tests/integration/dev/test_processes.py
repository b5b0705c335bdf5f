"""Children of the developer command: started in groups, gone when they should be."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

from dev.places import ROOT
from dev.processes import LOWEST, Child, ChildFailed, Recipe, find_event
from dev.up import stay

posix_only = pytest.mark.skipif(os.name == "nt", reason="looks processes up as POSIX does")

# Says its own pid and that of its child, then both wait to be ended.
FAMILY = """
import json, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(json.dumps({"event": "family", "child": child.pid}), flush=True)
time.sleep(600)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('{"event": "stubborn"}', flush=True)
time.sleep(600)
"""


def recipe(code: str, logs: Path, name: str = "part") -> Recipe:
    return Recipe(name, [sys.executable, "-c", code], cwd=ROOT, logs=logs)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], Child]]:
    children: list[Child] = []

    def start(code: str) -> Child:
        children.append(Child(recipe(code, tmp_path)))
        return children[-1]

    yield start
    for child in children:
        child.stop()


def alive(pid: int) -> bool:
    """Running, and not merely waiting to be collected."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return not state.stdout.startswith("Z") and state.stdout != ""


def gone_within(pid: int, timeout_s: float) -> bool:
    """There is no event to await for a process that is not our child."""
    deadline = time.monotonic() + timeout_s
    while alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@posix_only
def test_stopping_a_child_ends_its_children_too(start: Callable[[str], Child]) -> None:
    """Nobody of the group outlives `stop`."""
    child = start(FAMILY)
    grandchild = child.wait_for_event("family", 20)["child"]
    child.stop()

    assert child.process.poll() is not None
    assert gone_within(grandchild, 10)


@posix_only
def test_child_that_ignores_the_request_is_forced(start: Callable[[str], Child]) -> None:
    """After the grace time the group is killed."""
    child = start(STUBBORN)
    child.wait_for_event("stubborn", 20)
    child.stop(grace_s=0.1)

    assert child.process.returncode == -9


@posix_only
def test_children_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    """The guard ends the whole group although the parent could clean up nothing."""
    parent_code = f"""
import json, sys
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any
from dev.processes import LOWEST, Child, Recipe
argv = [sys.executable, "-c", {FAMILY!r}]
child = Child(Recipe("part", argv, Path("."), Path({str(tmp_path)!r})))
family = child.wait_for_event("family", 20)
print(json.dumps({{"event": "ready", "pids": [child.pid, family["child"]]}}), flush=True)
child.process.wait()
"""
    parent = Child(recipe(parent_code, tmp_path, "parent"))
    try:
        pids = parent.wait_for_event("ready", 20)["pids"]
        parent.process.kill()
        parent.process.wait()

        assert all(gone_within(pid, 15) for pid in pids)
    finally:
        parent.stop()


@posix_only
def test_a_child_that_stands_back(tmp_path: Path) -> None:
    """It takes no processor from anybody else."""
    low = replace(recipe("import time; time.sleep(600)", tmp_path), low_priority=True)
    child = Child(low)

    assert os.getpriority(os.PRIO_PROCESS, child.pid) == LOWEST
    child.stop()


def test_child_that_ends_early_is_reported_with_its_log(start: Callable[[str], Child]) -> None:
    """Waiting for a dead child ends at once and shows its last words."""
    child = start("print('the reason'); raise SystemExit(3)")

    with pytest.raises(ChildFailed, match=r"(?s)part ended with 3.*the reason"):
        child.wait_for_event("never", 20)


def test_silent_child_is_reported_after_its_time(start: Callable[[str], Child]) -> None:
    """Waiting has an end."""
    with pytest.raises(ChildFailed, match="did not say `ready`"):
        start("import time; time.sleep(600)").wait_for_event("ready", 0.05)


def test_log_of_an_earlier_start_is_not_read_again(tmp_path: Path) -> None:
    """A second child of the same name has its own ready line."""
    for number in (1, 2):
        child = Child(recipe(f'print(\'{{"event": "ready", "n": {number}}}\')', tmp_path))
        found = child.wait_for_event("ready", 20)
        child.stop()

        assert number == found["n"]


@pytest.mark.parametrize("output", ["", "ready\n", "{not json}\n", '{"event": "other"}\n', "{}"])
def test_other_output_is_no_event(output: str) -> None:
    """Only a JSON line with the event's name counts."""
    assert find_event(output, "ready") is None


def test_up_says_when_a_part_has_ended(start: Callable[[str], Child]) -> None:
    """A system without its storage would answer, and everything in it fail."""
    approver, azurite = start("import time; time.sleep(600)"), start("raise SystemExit('full')")
    system: Any = SimpleNamespace(
        children={"approver": approver, "azurite": azurite}, host=SimpleNamespace(failed=Event())
    )

    with pytest.raises(ChildFailed, match=r"part ended with 1\.(?s:.*)full"):
        stay(system)
