"""
`python3 dev check` and `python3 dev test`: the stages CI runs, as data.

pytest comes last, so that its closing line ends the output.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dev.chromium import install_chromium
from dev.npm import install_packages
from dev.places import ROOT

FAILED_BEFORE = "DARKROOM_DEV_FAILED_BEFORE"
# For `dev.beside`: a module and its arguments as JSON, and what it is called.
BESIDE, NAME = "DARKROOM_DEV_BESIDE", "DARKROOM_DEV_BESIDE_NAME"
EXPLORER = "tests/crash"
FAST_TESTS = ("tests/rules", "tests/unit")


@dataclass(frozen=True)
class Stage:
    """
    One tool, run as a module of our own Python; `beside`: another one that runs while it does.
    """

    name: str
    arguments: tuple[str, ...]
    beside: "Stage | None" = None


LINT = (
    Stage("format", ("ruff", "format", "--check", ".")),
    Stage("lint", ("ruff", "check", ".")),
    Stage("types", ("mypy",)),
)


def check_stages(root: Path, extra: Sequence[str]) -> tuple[Stage, ...]:
    """
    The fast part.
    """
    folders = [name for name in FAST_TESTS if (root / name).is_dir()]
    return (*LINT, Stage("tests", ("pytest", "-q", "-n", "auto", *folders, *extra)))


def full_stages(extra: Sequence[str]) -> tuple[Stage, ...]:
    """
    Everything: all of tests/ once, measured; what is asked for by `extra`, in one go.

    The explorer goes through tens of thousands of histories: measured it would take twice as
    long, and reach no line that nothing else does. It runs beside the other tests.
    """
    measured = ("coverage", "run", "-m", "pytest", "-p", "dev.coverage_total")
    if extra:
        return (*LINT, Stage("tests", (*measured, *extra)))
    crash = Stage("crash", ("pytest", "-q", "-n", "auto", "--dist", "worksteal", EXPLORER))
    infra = Stage("infra", ("dev.checkov",))
    arguments = (*measured, "-p", "dev.beside", f"--ignore={EXPLORER}")
    return (*LINT, infra, Stage("tests", arguments, beside=crash))


def run(options: argparse.Namespace) -> int:
    """
    1 when any stage failed; all of them are run, so one look shows everything.
    """
    if options.command == "check":
        return run_stages(check_stages(ROOT, options.pytest))
    # Before the stages, so that its progress is seen: inside pytest it would be captured.
    install_packages()
    install_chromium()
    return run_stages(full_stages(options.pytest))


def run_stages(stages: Sequence[Stage]) -> int:
    failed: list[str] = []
    for stage in stages[:-1]:
        started_s = time.monotonic()
        if _run_stage(stage, failed):
            failed.append(stage.name)
        word = "FAILED" if stage.name in failed else "ok"
        print(f"-- {stage.name}: {word} in {time.monotonic() - started_s:.1f} s", flush=True)
    if failed:
        print(f"-- failed so far: {', '.join(failed)}", flush=True)
    print(f"-- {stages[-1].name}", flush=True)
    last = _run_stage(stages[-1], failed)
    return 1 if failed or last else 0


def _run_stage(stage: Stage, failed: Sequence[str]) -> int:
    env = {**os.environ, FAILED_BEFORE: ", ".join(failed)}
    if stage.beside is not None:
        env |= {BESIDE: json.dumps(stage.beside.arguments), NAME: stage.beside.name}
    argv = [sys.executable, "-m", *stage.arguments]
    return subprocess.run(argv, cwd=ROOT, env=env, check=False).returncode
