"""
Progress people like to look at: a live list on a terminal, plain lines anywhere else.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live


class Display(Protocol):
    """
    What a running command tells the person.
    """

    def begin(self, step: str, detail: str = "") -> None: ...

    def done(self, step: str, detail: str = "") -> None: ...

    def note(self, step: str, detail: str) -> None: ...

    def fail(self, step: str, detail: str = "") -> None: ...

    def fail_running(self) -> None: ...


@dataclass
class Step:
    """
    One line of progress; `state` is waiting, running, done or failed.
    """

    name: str
    state: str = "waiting"
    detail: str = ""
    started_s: float = 0.0
    ended_s: float = 0.0

    def elapsed_s(self, now_s: float) -> float:
        """
        How long it ran, or has been running.
        """
        if self.state == "waiting":
            return 0.0
        return (now_s if self.state == "running" else self.ended_s) - self.started_s


class Board:
    """
    The steps and their times. A step that is finished twice, or begun again, keeps its first.
    """

    def __init__(self, steps: tuple[str, ...], clock: Callable[[], float] = time.monotonic) -> None:
        self.steps = {name: Step(name) for name in steps}
        self.clock = clock
        self.lock = Lock()

    def begin(self, name: str, detail: str = "") -> bool:
        with self.lock:
            step = self.steps[name]
            if step.state != "waiting":
                return False
            step.state, step.detail, step.started_s = "running", detail, self.clock()
            return True

    def end(self, name: str, state: str, detail: str = "") -> bool:
        self.begin(name)
        with self.lock:
            step = self.steps[name]
            if step.state != "running":
                return False
            step.state, step.ended_s = state, self.clock()
            step.detail = detail or step.detail
            return True

    def note(self, name: str, detail: str) -> bool:
        """
        Whether it says something new of a running step.
        """
        with self.lock:
            step = self.steps[name]
            if step.state != "running" or step.detail == detail:
                return False
            step.detail = detail
            return True

    def running(self) -> list[str]:
        return [step.name for step in self.steps.values() if step.state == "running"]


class PlainDisplay:
    """
    One line for each change, in plain ASCII: for logs, pipes and old consoles.
    """

    def __init__(self, board: Board, stream: TextIO) -> None:
        self.board = board
        self.stream = stream

    def begin(self, step: str, detail: str = "") -> None:
        if self.board.begin(step, detail):
            self._say(step, "started", detail)

    def done(self, step: str, detail: str = "") -> None:
        self._end(step, "done", detail)

    def note(self, step: str, detail: str) -> None:
        if self.board.note(step, detail):
            print(f"{step}: {detail}", file=self.stream, flush=True)

    def fail(self, step: str, detail: str = "") -> None:
        self._end(step, "failed", detail)

    def fail_running(self) -> None:
        for step in self.board.running():
            self._end(step, "failed", "")

    def _end(self, step: str, state: str, detail: str) -> None:
        if self.board.end(step, state, detail):
            elapsed_s = self.board.steps[step].elapsed_s(self.board.clock())
            self._say(step, f"{state} in {elapsed_s:.1f} s", detail)

    def _say(self, step: str, what: str, detail: str) -> None:
        line = f"{step}: {what}" + (f" ({detail})" if detail else "")
        print(line, file=self.stream, flush=True)


# A step's sign and style; a running one has the spinner.
LOOKS = {"waiting": ("·", "dim"), "done": ("✓", "green"), "failed": ("✗", "bold red")}


class LiveDisplay:
    """
    The whole list, redrawn in place with a spinner; the last picture stays.
    """

    def __init__(self, board: Board, live: "Live") -> None:
        from rich.spinner import Spinner

        self.board = board
        self.live = live
        self.spinner = Spinner("dots", style="cyan")

    def begin(self, step: str, detail: str = "") -> None:
        self.board.begin(step, detail)

    def done(self, step: str, detail: str = "") -> None:
        self.board.end(step, "done", detail)

    def note(self, step: str, detail: str) -> None:
        self.board.note(step, detail)

    def fail(self, step: str, detail: str = "") -> None:
        self.board.end(step, "failed", detail)

    def fail_running(self) -> None:
        for step in self.board.running():
            self.board.end(step, "failed")

    def picture(self) -> "RenderableType":
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2))
        now_s = self.board.clock()
        for step in self.board.steps.values():
            icon, style = LOOKS.get(step.state, ("", "bold"))
            mark = Text(icon, style) if icon else self.spinner
            time_text = f"{step.elapsed_s(now_s):5.1f} s" if step.state != "waiting" else ""
            detail = Text(step.detail, "dim", overflow="ellipsis", no_wrap=True)
            table.add_row(mark, Text(step.name, style), Text(time_text, "dim"), detail)
        return table


@contextmanager
def progress(steps: tuple[str, ...], stream: TextIO = sys.stdout) -> Iterator[Display]:
    """
    The display that suits where the output goes.
    """
    board = Board(steps)
    if not wants_live(stream, os.environ.get("TERM", "")):
        yield PlainDisplay(board, stream)
        return
    from rich.console import Console
    from rich.live import Live

    # rich itself leaves colours out where NO_COLOR is set.
    with Live(console=Console(file=stream), refresh_per_second=10) as live:
        display = LiveDisplay(board, live)
        live.get_renderable = display.picture  # type: ignore[method-assign]
        yield display


def wants_live(stream: TextIO, term: str) -> bool:
    """
    Only a terminal that can move its cursor and write our signs.
    """
    encoding = (stream.encoding or "").lower().replace("-", "")
    return stream.isatty() and term != "dumb" and encoding == "utf8"
