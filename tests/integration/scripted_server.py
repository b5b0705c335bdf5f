"""
A server that says what it is told, byte for byte, and hangs up.
"""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class ScriptedServer:
    """
    Answers each connection with the same bytes; `hold` keeps it open until the test ends.
    """

    def __init__(self, answer: bytes, hold: bool, context: ssl.SSLContext | None) -> None:
        self._answer, self._hold, self._context = answer, hold, context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self.port = int(self._listener.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.requests: list[bytes] = []

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._end.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while not self._end.is_set():
            with suppress(OSError):
                connection, _ = self._listener.accept()
                with connection:
                    self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        connection.settimeout(10)
        if self._context is not None:
            with self._context.wrap_socket(connection, server_side=True) as secured:
                self._answer_on(secured)
        else:
            self._answer_on(connection)

    def _answer_on(self, connection: socket.socket) -> None:
        self.requests.append(_request(connection))
        connection.sendall(self._answer)
        if self._hold:
            self._end.wait()


def _request(connection: socket.socket) -> bytes:
    """Head and body of one request."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65_536)
        if not piece:
            return received
        received += piece
    head = received.split(b"\r\n\r\n")[0]
    lengths = [line[15:] for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:"]
    missing = len(head) + 4 + sum(map(int, lengths)) - len(received)
    while missing > 0:
        piece = connection.recv(65_536)
        received, missing = received + piece, missing - (len(piece) or missing)
    return received


@contextmanager
def scripted_server(
    answer: bytes, *, hold: bool = False, context: ssl.SSLContext | None = None
) -> Iterator[ScriptedServer]:
    server = ScriptedServer(answer, hold, context)
    server.start()
    try:
        yield server
    finally:
        server.stop()
