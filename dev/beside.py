"""
A pytest plugin of `python3 dev test`: another stage runs beside the tests.

It takes what the tests leave of the machine, and nothing that they want: they wait more than
they work. What it prints comes above pytest's own summary, so that pytest's closing line ends
the output; when it fails, the run has failed.
"""

import json
import os
import sys
import time

import pytest

from dev.checks import BESIDE, NAME
from dev.places import LOGS, ROOT
from dev.processes import Child, Recipe

LOOK_S = 0.5
RUNNING = pytest.StashKey[Child]()


def pytest_sessionstart(session: pytest.Session) -> None:
    argv = [sys.executable, "-m", *json.loads(os.environ[BESIDE])]
    session.config.stash[RUNNING] = Child(Recipe(_name(), argv, ROOT, LOGS, low_priority=True))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """
    To the other's end, or at once when somebody has stopped this run.
    """
    child = session.config.stash[RUNNING]
    if exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        print(f"\n-- {_name()} (beside the tests since they began)", flush=True)
        if _relayed(child):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
    child.stop()


def _relayed(child: Child) -> int:
    """
    Everything it has printed and prints yet; its exit code.
    """
    with child.log.open("rb") as log:
        log.seek(child.log_offset)
        while True:
            code = child.process.poll()
            sys.stdout.write(log.read().decode(errors="replace"))
            sys.stdout.flush()
            if code is not None:
                word = "FAILED" if code else "ok"
                print(f"-- {_name()}: {word}", flush=True)
                return code
            time.sleep(LOOK_S)


def _name() -> str:
    return os.environ[NAME]
