"""The listening socket: reads requests completely, hands them on, writes answers."""

import os
import socket
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .body import BodyTooLarge, discard, read_body
from .eventlog import HOST_THREAD_PREFIX, log_event, traceback_text
from .http_request import Exchange, join_headers
from .http_response import Answer

# The web server's default limit; FUNCTIONS_REQUEST_BODY_SIZE_LIMIT overrides it.
DEFAULT_BODY_LIMIT_BYTES = 100 * 1024 * 1024
_WITHOUT_BODY = (204, 304)

Respond = Callable[[Exchange], Answer]


class _Handler(BaseHTTPRequestHandler):
    """One keep-alive connection."""

    protocol_version = "HTTP/1.1"
    server: "HttpServer"
    # Buffered writes put head and body into one segment; without Nagle's delay it leaves at once.
    wbufsize = 64 * 1024
    disable_nagle_algorithm = True

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Whatever method is asked for: which ones there are, the routes say."""
        if name.startswith("do_"):
            return self.serve
        raise AttributeError(name)

    def serve(self) -> None:
        with self.server.busy:
            try:
                body = read_body(self.headers, self.rfile, self.server.body_limit_bytes)
            except BodyTooLarge:
                self._refuse_large_body()
                return
            headers = join_headers(self.headers.items())
            self._write(self._answer(Exchange(self.command, self.path, headers, body)))

    def _answer(self, exchange: Exchange) -> Answer:
        try:
            return self.server.respond(exchange)
        except Exception as exc:
            log_event("http.host_error", error=traceback_text(exc))
            return Answer(500)

    def _refuse_large_body(self) -> None:
        """Answer first, then take in what the client still sends, so that it can read the 413."""
        self.close_connection = True
        self._write(Answer(413, (("Connection", "close"),)))
        discard(self.headers, self.rfile, self.connection)

    def _write(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        self.send_header("Date", self.date_time_string())
        self.send_header("Server", "Kestrel")
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.status not in _WITHOUT_BODY:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD" and answer.status not in _WITHOUT_BODY:
            self.wfile.write(answer.body)
        self.wfile.flush()

    def handle_expect_100(self) -> bool:
        """Writes are buffered here, and the client waits for this line."""
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: the standard line holds the query string, and so the key."""


class Busy:
    """Counts exchanges under way, so that a stop can wait for the last one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

    def __enter__(self) -> None:
        with self._changed:
            self._count += 1

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._count -= 1
            self._changed.notify_all()

    def wait_idle(self, for_s: float) -> bool:
        """True when nothing is under way within the time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._count == 0, for_s)


class HttpServer(ThreadingHTTPServer):
    """Listens on 127.0.0.1 only, one daemon thread for each connection."""

    daemon_threads = True
    block_on_close = False
    # On Windows this option would let two hosts share a port.
    allow_reuse_address = os.name != "nt"
    # Bursts of new connections must not be refused by the default backlog of 5.
    request_queue_size = 128

    def __init__(
        self, port: int, respond: Respond, body_limit_bytes: int = DEFAULT_BODY_LIMIT_BYTES
    ) -> None:
        self.busy = Busy()
        self.respond = respond
        self.body_limit_bytes = body_limit_bytes
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)
        self._thread = threading.Thread(
            target=self.serve_forever, args=(0.05,), name=f"{HOST_THREAD_PREFIX}http", daemon=True
        )

    @property
    def url(self) -> str:
        """Where clients reach it; the port is the bound one."""
        return f"http://127.0.0.1:{self.server_port}"

    def start(self) -> None:
        """Begin to accept."""
        self._thread.start()

    def process_request(self, request: Any, client_address: Any) -> None:
        """As the base class, with a thread name the app's log filter knows."""
        self._open.add(request)
        threading.Thread(
            target=self.process_request_thread,
            args=(request, client_address),
            name=f"{HOST_THREAD_PREFIX}http-connection",
            daemon=True,
        ).start()

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection, then close it."""
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no event; anything else is our fault and is said."""
        exc = sys.exception()
        if exc is not None and not isinstance(exc, OSError):
            log_event("http.connection_failed", error=traceback_text(exc))

    def stop(self) -> None:
        """Stop accepting and cut idle keep-alive connections, so that their threads end."""
        self.shutdown()
        self._thread.join()
        self.server_close()
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
