"""
Time as a workflow sees it. It can run faster than ours, so that days pass in a test.
"""

import queue
import threading
import time
from typing import Any

from dev.engine.errors import Stopped, TimedOut


class Pace:
    """
    `speed` of the workflow's seconds pass in one of ours; `floor_s` of ours is the shortest
    pause, so that polling does not become hammering.
    """

    def __init__(self, speed: float = 1.0, floor_s: float = 0.05) -> None:
        self.speed, self.floor_s = speed, floor_s
        self.began_s = time.monotonic()

    def now_s(self) -> float:
        return (time.monotonic() - self.began_s) * self.speed

    def wait(self, pause_s: float, stop: threading.Event) -> None:
        """
        Raises `Stopped` as soon as the run ends.
        """
        if stop.wait(max(pause_s / self.speed, self.floor_s)):
            raise Stopped("The run ended.")

    def receive(self, box: "queue.Queue[Any]", limit_s: float | None) -> Any:
        """
        What comes into `box`, or `TimedOut`.
        """
        try:
            return box.get(timeout=None if limit_s is None else max(limit_s / self.speed, 0.0))
        except queue.Empty:
            raise TimedOut("The action waited longer than its limit.") from None


class Limit:
    """
    The time that an action may take; None means as long as the run.
    """

    def __init__(self, pace: Pace, limit_s: float | None) -> None:
        self.pace = pace
        self.ends_s = None if limit_s is None else pace.now_s() + limit_s

    def left_s(self) -> float | None:
        return None if self.ends_s is None else self.ends_s - self.pace.now_s()

    def wait(self, pause_s: float, stop: threading.Event) -> None:
        """
        Raises `TimedOut` when the limit comes first.
        """
        left_s = self.left_s()
        self.pace.wait(pause_s if left_s is None else max(0.0, min(pause_s, left_s)), stop)
        left_s = self.left_s()
        if left_s is not None and left_s <= 0:
            raise TimedOut("The action waited longer than its limit.")
