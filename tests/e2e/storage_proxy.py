"""
A reverse proxy in front of a storage emulator that can stop the world at a chosen write.

It also shifts time: the app takes storage's `Date` for its clock, so moving that header moves
every lease, deadline and due entry. Shared-key signatures do not cover host and port.
"""

import http.client
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from dev.ports import LOOPBACK

TIMEOUT_S = 30.0
# Of one connection, not of the message; the length is set anew.
HOP_HEADERS = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "date"})


class ShiftedTime:
    """Real time plus an offset that only grows."""

    def __init__(self) -> None:
        self.offset = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def move_to(self, moment: datetime) -> None:
        """From now on it is at least this late."""
        self.offset = max(self.offset, moment - datetime.now(UTC))


class Trap:
    """Springs at the k-th append to a journal, before it is written or after."""

    def __init__(self) -> None:
        self.journal = ""
        self.springs = 0
        self._lock = threading.Lock()
        self._left = 0
        self._before = True
        self._hook: Callable[[], None] = lambda: None

    def arm(self, number: int, *, before: bool, hook: Callable[[], None]) -> None:
        """`hook` is called once, with the write held back or just done."""
        with self._lock:
            self._left, self._before, self._hook = number, before, hook

    def passes(self) -> bool:
        """Count one append; False when it is the one."""
        with self._lock:
            self._left -= 1
            return self._left != 0

    def spring(self, journal: str, write: Callable[[], object]) -> None:
        """The moment itself: nobody gets an answer to this write."""
        if not self._before:
            write()
        self.journal, self.springs = journal, self.springs + 1
        self._hook()


class StorageProxy(ThreadingHTTPServer):
    """One service of the emulator; port 0 of ours is any free one."""

    def __init__(self, upstream_port: int, time: ShiftedTime, trap: Trap) -> None:
        self.upstream_port, self.time, self.trap = upstream_port, time, trap
        # Everything that was ever put into a queue: most messages are gone when one looks.
        self.messages: list[bytes] = []
        super().__init__((LOOPBACK, 0), _Handler)

    def server_bind(self) -> None:
        """Without the parent's look-up of the machine's name."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = LOOPBACK, self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed is why we are here."""


class _Handler(BaseHTTPRequestHandler):
    """One connection, with one of its own to the emulator."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: StorageProxy

    def setup(self) -> None:
        super().setup()
        self.upstream = http.client.HTTPConnection(
            LOOPBACK, self.server.upstream_port, timeout=TIMEOUT_S
        )

    def finish(self) -> None:
        self.upstream.close()
        super().finish()

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self._is_append() and not self.server.trap.passes():
            journal = urlsplit(self.path).path.rpartition("/")[2]
            self.server.trap.spring(journal, lambda: self._forward(body))
            self.close_connection = True
            return
        if self.command == "POST" and urlsplit(self.path).path.endswith("/messages"):
            self.server.messages.append(body)
        self._answer(*self._forward(body))

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any

    def _is_append(self) -> bool:
        """To a request's journal; the streams of deployments and budgets lie in folders there."""
        url = urlsplit(self.path)
        _, _, container, *blob = url.path.split("/")
        journal = container == "requests" and len(blob) == 1
        return journal and parse_qs(url.query).get("comp") == ["appendblock"]

    def _forward(self, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
        headers = {k: v for k, v in self.headers.items() if k.lower() != "connection"}
        self.upstream.request(self.command, self.path, body or None, headers)
        answer = self.upstream.getresponse()
        return answer, answer.read()

    def _answer(self, answer: http.client.HTTPResponse, body: bytes) -> None:
        self.send_response_only(answer.status, answer.reason)
        for name, text in answer.getheaders():
            if name.lower() not in HOP_HEADERS:
                self.send_header(name, text)
        self.send_header("Date", format_datetime(self.server.time.now(), usegmt=True))
        stated = answer.getheader("content-length") if self.command == "HEAD" else None
        if answer.status not in (204, 304):
            self.send_header("Content-Length", stated or str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silence: the addresses hold nothing worth reading."""


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[int]:
    """The server in the background until the end of the block; its port."""
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
