"""
`.dev/up.json`: how other programs find the running system. One system owns it at a time.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dev.cli import Stop
from dev.keys import Keys
from dev.locks import LockBusy, file_lock, is_held
from dev.places import DOT_DEV, UP_FILE, write_private

LOCK = DOT_DEV / "up.lock"
# Beside it, for `python3 dev token`: what signs the running system's tokens.
KEYS_FILE = DOT_DEV / "up.keys.json"


class UpFile:
    """
    The file while we own it: written whole, removed at the end.
    """

    def __init__(self, file: Path = UP_FILE, keys_file: Path = KEYS_FILE) -> None:
        self.file = file
        self.keys_file = keys_file
        self.record: dict[str, Any] = {}

    def write(self, record: dict[str, Any], keys: Keys) -> None:
        write_private(self.keys_file, json.dumps(asdict(keys)))
        self.record = record
        write_private(self.file, json.dumps(record, indent=2) + "\n")

    def new_pid(self, name: str, pid: int) -> None:
        """
        A child was started again. Before the first `write` there is nothing to correct.
        """
        if self.record:
            self.record["pids"][name] = pid
            write_private(self.file, json.dumps(self.record, indent=2) + "\n")

    def remove(self) -> None:
        self.record = {}
        for file in (self.file, self.keys_file):
            with suppress(FileNotFoundError):
                file.unlink()


@contextmanager
def owned_up_file() -> Iterator[UpFile]:
    """
    Ours until the end, or `LockBusy` when a system is running. What a killed one left behind
    is removed.
    """
    with file_lock(LOCK):
        up_file = UpFile()
        up_file.remove()
        try:
            yield up_file
        finally:
            up_file.remove()


@contextmanager
def up_file_or_stop() -> Iterator[UpFile]:
    """
    The same, with a message for the person when another system runs.
    """
    try:
        with owned_up_file() as up_file:
            yield up_file
    except LockBusy as busy:
        raise Stop(_another_runs()) from busy


def running_record() -> dict[str, Any]:
    """
    The running system's addresses and keys.
    """
    if not is_held(LOCK) or not UP_FILE.exists():
        raise Stop("no system is running; start one with `python3 dev up`.")
    return dict(json.loads(UP_FILE.read_text()))


def running_keys() -> Keys:
    return Keys(**json.loads(KEYS_FILE.read_text()))


def _another_runs() -> str:
    if not UP_FILE.exists():
        return "another system is starting or running in this checkout; stop it first."
    record = json.loads(UP_FILE.read_text())
    return (
        f"already running at {record['apiUrl']} (pid {record['pids'].get('dev')}); "
        "stop it with Ctrl-C there first."
    )
