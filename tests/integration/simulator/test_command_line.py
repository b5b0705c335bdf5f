"""The command line: one line when it listens, a clean end on a signal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from dev.simulator import Options
from dev.simulator.__main__ import main, options, parser

ROOT = Path(__file__).parents[3]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to send to a child")
def test_runs_until_told_to_stop() -> None:
    """It says where it listens, serves, and ends with 0 on SIGTERM."""
    command = [sys.executable, "-m", "dev.simulator", "--port", "0", "--key", "planted-key"]
    with subprocess.Popen(
        [*command, "--deployment", "img-local=gpt-image-2", "--deployment", "b=gpt-image-1"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        started = json.loads(child.stdout.readline())
        assert started["event"] == "simulator.started"
        answer = httpx.post(
            f"{started['url']}/openai/v1/images/generations",
            headers={"api-key": "planted-key"},
            json={"model": "b", "prompt": "x"},
        )
        child.send_signal(signal.SIGTERM)
        rest, logged = child.communicate(timeout=60)
    assert (answer.status_code, child.returncode, rest) == (200, 0, "")
    assert "planted-key" not in logged and "Traceback" not in logged


@pytest.mark.parametrize(
    "wrong",
    [
        ["--deployment", "d=no-such-model"],
        ["--deployment", "gpt-image-2"],
        ["--deployment", "d=gpt-image-2", "--requests-per-minute", "0"],
        ["--deployment", "d=gpt-image-2", "--requests-per-minute", "=6"],
        ["--deployment", "d=gpt-image-2", "--requests-per-minute", "d="],
    ],
)
def test_wrong_arguments_are_named(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong argument ends the command with its usage."""
    with pytest.raises(SystemExit) as ended:
        main(["--key", "k", *wrong])
    assert ended.value.code == 2
    assert "expected" in capsys.readouterr().err


def test_contradictions_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    """So does one that fits no deployment."""
    given = ["--key", "k", "--deployment", "d=gpt-image-2", "--requests-per-minute", "e=6"]
    with pytest.raises(SystemExit) as ended:
        main(given)
    assert ended.value.code == 2
    assert "a quota for 'e', which is no deployment" in capsys.readouterr().err


def test_the_arguments_become_options() -> None:
    """Deployments, orchestrators and quotas of each are taken as often as they are given."""
    given = parser().parse_args(
        [
            *("--key", "k", "--no-c2pa", "--sync-limit-s", "122"),
            *("--deployment", "a=gpt-image-2", "--deployment", "b=gpt-image-1.5"),
            *("--orchestrator", "chat", "--orchestrator", "talk"),
            *("--requests-per-minute", "6", "--requests-per-minute", "b=90"),
        ]
    )
    assert options(given) == Options(
        key="k",
        port=8090,
        deployments={"a": "gpt-image-2", "b": "gpt-image-1.5"},
        orchestrators=["chat", "talk"],
        requests_per_minute=6,
        requests_per_minute_of={"b": 90},
        sync_limit_s=122.0,
        c2pa=False,
    )
