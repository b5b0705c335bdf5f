"""The runbook's commands, as they stand there, against a running system."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dev.places import ROOT
from tests.e2e.world import World

PAGE = ROOT / "docs" / "operations.md"
LOCAL = re.compile(r"^```bash local\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"<!-- file: (\S+) -->\n```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FOR_BASH = pytest.mark.skipif(
    not (shutil.which("bash") and shutil.which("curl")), reason="the page is for bash and curl"
)


def saved(page: str, folder: Path) -> None:
    """The files that a page shows, as somebody who reads it saves them."""
    for name, text in FILE.findall(page):
        (folder / name).write_text(text)


def blocks(page: str) -> list[str]:
    """What somebody who reads the page of that name pastes, from its anchor to the next one."""
    text = PAGE.read_text(encoding="utf-8")
    section = text.partition(f'<a id="{page}"></a>')[2].partition('<a id="')[0]
    return LOCAL.findall(section)


def pasted(block: str, world: World, at: Path | None = None, **typed: str) -> list[Any]:
    """Each line's answer, as JSON, when pasted `at` a folder; one that fails ends the test."""
    names = {"API": world.places.api_url, "KEY": world.keys.function, **typed}
    answers: list[Any] = []
    for line in block.splitlines():
        done = subprocess.run(
            ["bash", "-euc", line],
            cwd=at,
            env={"PATH": os.environ["PATH"], **names},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, (line, done.stderr, done.stdout)
        answers.append(json.loads(done.stdout) if done.stdout[:1] in "{[" else done.stdout)
    return answers
