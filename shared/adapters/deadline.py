"""A limit over a whole exchange; the HTTP client's own limits are per read."""

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Timer
from typing import Any, Protocol


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


class Wire:
    """
    A call's connection. The request's extension `trace` tells of it before there is an answer:
    https://www.python-httpx.org/advanced/extensions/#trace

    `half_sent`: there is a connection, and the request is not wholly written to it.
    """

    def __init__(self) -> None:
        self.half_sent = False
        self._stream: NetworkStream | None = None
        self._is_cut = False

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """A tunnel through a proxy is a request by itself; with its TLS the real one begins."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            self._stream, self.half_sent = info["return_value"], True
            if self._is_cut:
                self.cut()
        elif event.endswith(".send_request_body.complete"):
            self.half_sent = False

    def cut(self) -> None:
        """Unlike closing, this wakes whoever waits for the other side; gone already is fine."""
        self._is_cut = True
        connection = self._stream.get_extra_info("socket") if self._stream else None
        if isinstance(connection, socket.socket):
            with suppress(OSError):
                # TLS's own would end the encryption first, while another thread may be writing.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)


@contextmanager
def hanging_up(deadline: Deadline) -> Iterator[Wire]:
    """
    Cut the wire at the deadline, whatever it waits for by then.

    A limit per read or write as long as a call's pauses would begin anew with each of them, and
    a peer that takes or sends a little now and then could hold us for ever.
    """
    wire = Wire()
    timer = Timer(max(deadline.left_s(), 0), wire.cut)
    timer.daemon = True
    timer.start()
    try:
        yield wire
    finally:
        timer.cancel()
