"""
One command at a time, across processes.

The operating system drops such a lock when its holder dies, however it dies, so there
is no stale lock to clean up.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


class LockBusy(Exception):
    """Another process holds the lock."""


@contextmanager
def file_lock(path: Path, when_waiting: Callable[[], None] | None = None) -> Iterator[None]:
    """
    Hold the lock; with `when_waiting` wait for it (told once), without it raise `LockBusy`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        if not _try_lock(file):
            if when_waiting is None:
                raise LockBusy(path.name)
            when_waiting()
            while not _try_lock(file):
                time.sleep(0.2)
        # Closing the file releases the lock.
        yield


def is_held(path: Path) -> bool:
    """
    Whether some process holds the lock now.
    """
    try:
        with file_lock(path):
            return False
    except LockBusy:
        return True


if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[bytes]) -> bool:
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
