"""
From a bare Python to a ready `.dev/venv`, then the command again inside it.

Standard library only. The stamp is written last, so an install that was interrupted is
done again; a lock keeps two commands from installing at once.
"""

import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

from dev.locks import file_lock
from dev.places import CALLED_FROM, DOT_DEV, LOGS, ROOT, VENV
from dev.quiet import ToolFailed, run_quietly

REQUIREMENTS = (ROOT / "dev" / "requirements.txt", ROOT / "requirements.txt")
LOG = LOGS / "bootstrap.log"
# Packages fit a minor version; two Pythons of the same one share the environment.
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"

NO_VENV = """\
This Python ({python}) cannot make virtual environments: its `ensurepip` is missing.
Install it and try again:
  Debian, Ubuntu:  apt-get install python3-venv
  others:          a Python from python.org has it"""


def enter_venv(arguments: Sequence[str]) -> None:
    """
    Return inside the project's own environment; outside of it, prepare it and start over there.
    """
    if Path(sys.prefix).resolve() == VENV.resolve():
        return
    make_ready(VENV)
    start_over(venv_python(VENV), arguments)


def make_ready(venv: Path) -> None:
    """
    Make the environment and install into it what changed since the last time.
    """
    wanted = fingerprint(REQUIREMENTS, python=PYTHON)
    stamp = venv / ".darkroom-stamp"
    if _is_ready(venv, stamp, wanted):
        return
    with file_lock(DOT_DEV / "bootstrap.lock", when_waiting=_say_waiting):
        if _is_ready(venv, stamp, wanted):
            return
        stamp.unlink(missing_ok=True)
        if not _usable(venv):
            _make_venv(venv)
        _install(venv)
        stamp.write_text(wanted)


def _is_ready(venv: Path, stamp: Path, wanted: str) -> bool:
    """
    Also whether its Python is still there: an upgrade may have taken it away.
    """
    return read_stamp(stamp) == wanted and venv_python(venv).exists()


def fingerprint(files: Iterable[Path], **facts: str) -> str:
    """
    One value that changes when any of the files or facts does.
    """
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes() + b"\0")
    for name, value in sorted(facts.items()):
        digest.update(f"{name}={value}\0".encode())
    return digest.hexdigest()


def read_stamp(stamp: Path) -> str:
    """
    What was installed last, or nothing.
    """
    return stamp.read_text() if stamp.exists() else ""


def venv_python(venv: Path) -> Path:
    """
    The environment's interpreter: its place differs on Windows.
    """
    return venv / "Scripts" / "python.exe" if os.name == "nt" else venv / "bin" / "python"


def _say_waiting() -> None:
    print("Another command is installing; waiting for it.", file=sys.stderr)


def _usable(venv: Path) -> bool:
    """
    Whether the environment's Python still starts, has pip and is of this version.
    """
    code = "import pip, sys; print('%d.%d' % sys.version_info[:2])"
    try:
        found = subprocess.run([venv_python(venv), "-c", code], capture_output=True, text=True)
    except OSError:
        return False
    return found.returncode == 0 and found.stdout.strip() == PYTHON


def _make_venv(venv: Path) -> None:
    _need_ensurepip()
    title = f"making a Python {PYTHON} environment"
    run_quietly([sys.executable, "-m", "venv", "--clear", str(venv)], title, LOG)


def _need_ensurepip() -> None:
    if importlib.util.find_spec("ensurepip"):
        return
    if not can_use_apt():
        raise ToolFailed(NO_VENV.format(python=sys.executable))
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    run_quietly(["apt-get", "update"], "reading Debian's package lists", LOG, env=quiet)
    install = ["apt-get", "install", "-y", "--no-install-recommends", "python3-venv"]
    run_quietly(install, "installing python3-venv", LOG, env=quiet)
    check = [sys.executable, "-c", "import ensurepip"]
    if subprocess.run(check, capture_output=True).returncode:
        raise ToolFailed(NO_VENV.format(python=sys.executable))


def can_use_apt() -> bool:
    return os.name == "posix" and os.geteuid() == 0 and shutil.which("apt-get") is not None


def _install(venv: Path) -> None:
    argv = [str(venv_python(venv)), "-m", "pip", "install", "--disable-pip-version-check"]
    argv += ["--no-input", "-r", str(REQUIREMENTS[0])]
    run_quietly(argv, "installing the Python packages (first use: about a minute)", LOG)


def start_over(python: Path, arguments: Sequence[str]) -> NoReturn:
    """
    Run the same command with another Python, from the project root; never returns.
    """
    os.environ[CALLED_FROM] = str(Path.cwd())
    argv = [str(python), "-m", "dev", *arguments]
    os.chdir(ROOT)
    if os.name == "posix":
        sys.stdout.flush()
        os.execv(python, argv)
    # Windows has no exec: stay as the parent, let the child alone answer Ctrl-C.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(subprocess.call(argv))
