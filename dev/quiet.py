"""
Long tools run quietly: their output goes to a log, the person sees one line that counts.
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from dev import guard

# Below this nobody wonders; above it silence looks like a hang.
SHOW_AFTER_S = 2.0
PLAIN_EVERY_S = 15.0


class ToolFailed(Exception):
    """A tool ended with an error; the message holds the end of its log."""


def run_quietly(
    argv: Sequence[str],
    title: str,
    log: Path,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
) -> None:
    """
    Run a tool to its end, its output appended to `log`.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        start_offset = output.tell()
        process = _start(argv, output, cwd=cwd, env=env)
        try:
            code = _watch(process, title)
        except BaseException:
            # With its children: `venv` waits for pip, and npm for scripts of its packages.
            guard.signal_group(process.pid, force=True)
            process.wait()
            raise
    if code:
        raise ToolFailed(f"{title} failed (exit {code}). {tail(log, since=start_offset)}")


def _start(argv: Sequence[str], output: IO[bytes], **options: Any) -> subprocess.Popen[bytes]:
    """
    In a group of its own: Ctrl-C in the terminal reaches us alone, and we end all of it.
    """
    if sys.platform == "win32":
        options["creationflags"] = subprocess.CREATE_NEW_PROCESS_GROUP
    else:
        options["start_new_session"] = True
    return subprocess.Popen(
        argv, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, **options
    )


def tail(log: Path, lines: int = 25, since: int = 0) -> str:
    """
    The end of a log, introduced by its name.
    """
    if not log.exists():
        return f"No log at {log}."
    with log.open("rb") as file:
        file.seek(since)
        text = file.read().decode(errors="replace")
    last = text.splitlines()[-lines:] or ["(empty)"]
    return "\n".join([f"The end of {log}:", *(f"  | {line}" for line in last)])


def _watch(process: subprocess.Popen[bytes], title: str) -> int:
    started = time.monotonic()
    ticker = Ticker(title)
    while True:
        try:
            code = process.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            ticker.tick(time.monotonic() - started)
        else:
            ticker.finish(time.monotonic() - started, failed=code != 0)
            return code


class Ticker:
    """
    The counting line: rewritten in place on a terminal, a rare new line elsewhere.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self.in_place = sys.stderr.isatty()
        self.next_at_s = SHOW_AFTER_S
        self.shown = False

    def tick(self, elapsed_s: float) -> None:
        if elapsed_s < self.next_at_s:
            return
        self.shown = True
        self.next_at_s = elapsed_s + (0.9 if self.in_place else PLAIN_EVERY_S)
        start, end = ("\r", "") if self.in_place else ("", "\n")
        print(f"{start}{self.title} ... {elapsed_s:.0f} s", end=end, file=sys.stderr, flush=True)

    def finish(self, elapsed_s: float, failed: bool) -> None:
        if self.shown:
            start = "\r" if self.in_place else ""
            word = "failed" if failed else "done"
            print(f"{start}{self.title} ... {word} in {elapsed_s:.0f} s", file=sys.stderr)
