"""
The last one to leave: ends our children when we were killed before we could.

A process of its own that reads `+PID` and `-PID` lines. When its input ends, whatever is
still listed lost its parent, and its whole process group is stopped. It works the same on
every system, and is run as a plain script without the packages (`python -I -S`).
"""

import os
import signal
import subprocess
import sys
import time

# Long enough for Azurite to write its files, short enough not to surprise.
POLITE_S = 2.0


def main() -> None:
    """
    Keep the list until the parent is gone.
    """
    left: set[int] = set()
    for line in sys.stdin:
        change, pid = line[0], int(line[1:])
        if change == "+":
            left.add(pid)
        else:
            left.discard(pid)
    end_groups(left)


def end_groups(pids: set[int]) -> None:
    """
    Ask, wait, force.
    """
    for pid in pids:
        signal_group(pid, force=False)
    if pids:
        time.sleep(POLITE_S)
    for pid in pids:
        signal_group(pid, force=True)


if sys.platform == "win32":

    def signal_group(pid: int, force: bool) -> None:
        """
        Stop a process with its children; it may be gone already.
        """
        argv = ["taskkill", "/T", "/PID", str(pid), *(["/F"] if force else [])]
        subprocess.run(argv, capture_output=True, check=False)
else:

    def signal_group(pid: int, force: bool) -> None:
        """
        Stop a process with its children; it may be gone already.
        """
        try:
            os.killpg(pid, signal.SIGKILL if force else signal.SIGTERM)
        except (ProcessLookupError, PermissionError):
            # macOS answers PermissionError for a group of zombies.
            return


if __name__ == "__main__":
    main()
