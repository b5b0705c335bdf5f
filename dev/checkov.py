"""
Policy checks on `infra/` by checkov, in an environment of its own: `python -m dev.checkov`.

It brings two hundred packages, none of which may decide what versions ours have.
"""

import os
import subprocess
import sys
from pathlib import Path

from dev.bootstrap import read_stamp, venv_python
from dev.locks import file_lock
from dev.places import DOT_DEV, LOGS, ROOT
from dev.quiet import run_quietly

WANTED = "checkov==3.3.30"
VENV = DOT_DEV / "checkov"
LOG = LOGS / "bootstrap.log"
# Two of its checks break, with a traceback, over what they were not made for: CKV_AZURE_70 over a
# site's `config` (the site itself passes), CKV_AZURE_189 over a value that depends on a parameter.
QUIET = {"LOG_LEVEL": "CRITICAL"}


def main() -> int:
    """
    Its own answer: 1 when a check fails that no line skips with a reason.
    """
    install()
    argv = [str(program()), "-d", str(ROOT / "infra"), "--framework", "bicep"]
    argv += ["--compact", "--quiet", "--skip-download"]
    return subprocess.run(argv, cwd=ROOT, env=os.environ | QUIET, check=False).returncode


def install() -> None:
    stamp = VENV / ".darkroom-stamp"
    with file_lock(DOT_DEV / "checkov.lock", when_waiting=lambda: None):
        if read_stamp(stamp) == WANTED:
            return
        make = [sys.executable, "-m", "venv", "--clear", str(VENV)]
        run_quietly(make, "making an environment for checkov", LOG)
        pip = [str(venv_python(VENV)), "-m", "pip", "install", "--disable-pip-version-check"]
        run_quietly([*pip, WANTED], "installing checkov (first use: about a minute)", LOG)
        stamp.write_text(WANTED)


def program() -> Path:
    return venv_python(VENV).with_name("checkov.exe" if sys.platform == "win32" else "checkov")


if __name__ == "__main__":
    raise SystemExit(main())
