"""
What comes from npm, exactly as the lock file has it.
"""

import os
import shutil
from pathlib import Path

from dev.bootstrap import fingerprint, read_stamp
from dev.locks import file_lock
from dev.node import Node, find_node
from dev.places import DOT_DEV, LOGS, ROOT
from dev.quiet import run_quietly

INSTALLED = DOT_DEV / "npm"
WANTED_FILES = tuple(
    ROOT / "dev" / name for name in ("package.json", "package-lock.json", ".npmrc")
)


def install_packages() -> Node:
    """
    The packages in `.dev/npm`; the Node that runs them.
    """
    wanted = fingerprint(WANTED_FILES)
    stamp = INSTALLED / ".darkroom-stamp"
    with file_lock(DOT_DEV / "npm.lock", when_waiting=lambda: None):
        node = find_node()
        if read_stamp(stamp) == wanted:
            return node
        shutil.rmtree(INSTALLED, ignore_errors=True)
        INSTALLED.mkdir(parents=True)
        for file in WANTED_FILES:
            shutil.copy(file, INSTALLED)
        env = _environment_for(node)
        title = "installing Azurite (first use: about half a minute)"
        run_quietly([*node.npm, "ci"], title, LOGS / "bootstrap.log", cwd=INSTALLED, env=env)
        stamp.write_text(wanted)
    return node


def file_of(package: str, name: str) -> Path:
    """
    One file of an installed package.
    """
    return INSTALLED / "node_modules" / package / name


def _environment_for(node: Node) -> dict[str, str]:
    """
    npm starts `node` by name, so the one we chose comes first on the path.
    """
    path = os.pathsep.join([str(Path(node.node).parent), os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path}
