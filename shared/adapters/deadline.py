"""A limit over a whole exchange; the HTTP client's own limits are per read."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Timer
from typing import Protocol


class Deadline:
    """Ends `after_s` from now, by a clock that is never set back."""

    def __init__(self, after_s: float, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._ends_at_s = monotonic() + after_s

    def left_s(self) -> float:
        return self._ends_at_s - self._monotonic()

    def over(self) -> bool:
        return self.left_s() <= 0


class NetworkStream(Protocol):
    """What httpcore gives out of a connection; only real ones have a socket."""

    def get_extra_info(self, info: str) -> object: ...


@contextmanager
def hanging_up(deadline: Deadline, stream: NetworkStream | None) -> Iterator[None]:
    """
    Shut the connection down at the deadline, even in the middle of a wait for its next byte.

    For answers with long pauses: a limit per read as long as those would let a peer that sends
    a little before the deadline hold us for as long again.
    """
    connection = stream.get_extra_info("socket") if stream else None
    if not isinstance(connection, socket.socket):
        yield
        return
    timer = Timer(max(deadline.left_s(), 0), _shut_down, (connection,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _shut_down(connection: socket.socket) -> None:
    """Unlike closing, this wakes whoever waits for the other side; gone already is fine."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
