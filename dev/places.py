"""
Where the developer command keeps its things: all of it below `.dev/`, which git ignores.
"""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOT_DEV = ROOT / ".dev"
VENV = DOT_DEV / "venv"
LOGS = DOT_DEV / "logs"
RUN = DOT_DEV / "run"
KEPT_DATA = DOT_DEV / "data"
UP_FILE = DOT_DEV / "up.json"

# The folder the person stood in: the command itself runs in the root.
CALLED_FROM = "DARKROOM_DEV_CALLED_FROM"


def from_caller(name: str) -> Path:
    """
    The file a person named on the command line, seen from where they typed it.
    """
    return Path(os.environ.get(CALLED_FROM, ".")) / name


def private_folder(path: Path) -> Path:
    """
    A folder for keys and data, made for this user only.
    """
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def write_private(path: Path, text: str) -> None:
    """
    Whole or not at all, and never readable by another user, not even for a moment.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    part.replace(path)
