"""Receivers, each a host of its own with one habit; the one of `good` has none."""

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from dev.ports import LOOPBACK

HABITS = ("good", "500", "silent", "429", "301", "410", "drip", "huge", "closed")
HUGE_BYTES = 64 * 1024 * 1024


class PlannedReceiver(ThreadingHTTPServer):
    """Keeps when which event came; every attempt counts."""

    daemon_threads = True

    def __init__(self, habit: str) -> None:
        self.habit = habit
        self.got: list[tuple[str, int]] = []
        self.ended = threading.Event()
        super().__init__((LOOPBACK, 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.server_address[1]}/hook"

    def seqs(self, subject: str) -> list[int]:
        return [seq for who, seq in list(self.got) if who == subject]

    def handle_error(self, request: object, client_address: object) -> None:
        """Who hangs up on a habit is right."""


class _Handler(BaseHTTPRequestHandler):
    server: PlannedReceiver
    timeout = 30

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        json.loads(body)
        self.server.got.append((self.headers["ce-subject"], int(self.headers["ce-sequence"])))
        getattr(self, f"_{self.server.habit}", self._plain)()

    def _plain(self) -> None:
        habit = self.server.habit
        self.send_response(200 if habit == "good" else int(habit))
        self.send_header("retry-after", "3600")
        self.send_header("location", self.server.url)
        self.send_header("content-length", "0")
        self.end_headers()

    def _silent(self) -> None:
        self.server.ended.wait(60)

    def _drip(self) -> None:
        """A header that never ends, byte by byte."""
        for byte in b"HTTP/1.1 200 OK\r\nx-slow: " + b"z" * 600:
            self.wfile.write(bytes([byte]))
            if self.server.ended.wait(0.1):
                return

    def _huge(self) -> None:
        self.send_response(200)
        self.send_header("content-length", str(HUGE_BYTES))
        self.end_headers()
        for _ in range(HUGE_BYTES // 65_536):
            self.wfile.write(bytes(65_536))

    def _closed(self) -> None:
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""
