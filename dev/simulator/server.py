"""HTTP/1.1 on the standard library: keep-alive, one send per answer, and cuts that are felt."""

from __future__ import annotations

import json
import os
import socket
import socketserver
import struct
import sys
import threading
import time
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import uuid4

from .answers import Answer, CutConnection, Request
from .chunks import read_chunks
from .routes import answer
from .service import Service

HOST = "127.0.0.1"  # never reachable from another machine
DRIP_CHUNKS = 40
EVENTS = "text/event-stream"
# On, for no time at all: closing then resets the connection instead of ending it in good order.
RESET_ON_CLOSE = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)


class Server(ThreadingHTTPServer):
    """Knows its open connections, so that stopping does not wait for idle clients."""

    daemon_threads = False  # joined on close: a stopped simulator leaves nothing behind
    allow_reuse_address = os.name != "nt"  # on Windows it would let two servers share the port
    request_queue_size = 128

    def __init__(self, port: int, service: Service) -> None:
        self.service = service
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__((HOST, port), Handler)

    def server_bind(self) -> None:
        """Bind without the name look-up of the parent, which can take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        connection, address = super().get_request()
        with self._lock:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Wake every thread that waits for a client's next request."""
        with self._lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # the client was faster

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that left is no news; anything else is a fault of ours, shown in full."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server
    _arrived_epoch_s: float

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def parse_request(self) -> bool:
        """Stamp the arrival: the first line was just read, headers and body are still to come."""
        self._arrived_epoch_s = self.server.service.now_s()
        return super().parse_request()

    def _handle(self) -> None:
        started_s = time.perf_counter()
        try:
            request = self._read()
        except ValueError:
            self._reset()
            return
        status: int | None = None
        try:
            found = answer(self.server.service, request)
            status = found.status
            self._send(found)
        except CutConnection:
            self._reset()
        finally:
            self._log(request, status, time.perf_counter() - started_s)

    def _read(self) -> Request:
        """The body is read whatever becomes of it: the connection goes on after this answer."""
        url = urlsplit(self.path)
        return Request(
            method=self.command,
            path=unquote(url.path),
            query=dict(parse_qsl(url.query)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self._read_body(),
            apim_request_id=str(uuid4()),
            arrived_epoch_s=self._arrived_epoch_s,
        )

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return read_chunks(self.rfile)
        length = self.headers.get("Content-Length", "0")
        return self.rfile.read(int(length) if length.isdecimal() else 0)

    def _send(self, found: Answer) -> None:
        body = _as_json(found.body)
        try:
            if found.frames is not None:
                self._stream(found, found.frames)
            elif found.drip_s is None:
                self._write(self._head(found, f"Content-Length: {len(body)}") + body)
            else:
                self._drip(found, body, found.drip_s)
        except OSError:
            self.close_connection = True
            found.on_lost()

    def _head(self, found: Answer, framing: str) -> bytes:
        phrase = HTTPStatus(found.status).phrase
        headers = [f"{name}: {value}" for name, value in found.headers.items()]
        lines = [
            f"HTTP/1.1 {found.status} {phrase}",
            f"Date: {self.date_time_string()}",
            f"Content-Type: {'application/json' if found.frames is None else EVENTS}",
            framing,
            *headers,
        ]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _write(self, data: bytes) -> None:
        self.wfile.write(data)

    def _drip(self, found: Answer, body: bytes, over_s: float) -> None:
        self._write(self._head(found, "Transfer-Encoding: chunked"))
        self._drip_piece(body, over_s)
        self._write(b"0\r\n\r\n")

    def _drip_piece(self, body: bytes, over_s: float) -> None:
        for piece in _pieces(body):
            self.server.service.pause(over_s / DRIP_CHUNKS)
            self._write(b"%x\r\n%b\r\n" % (len(piece), piece))

    def _stream(self, found: Answer, frames: Iterator[bytes]) -> None:
        """The head goes out at once; a dripping stream takes its time for each event's bytes."""
        self._write(self._head(found, "Transfer-Encoding: chunked"))
        for frame in frames:
            self.server.service.pause(found.pause_s)
            if found.drip_s is None:
                self._write(b"%x\r\n%b\r\n" % (len(frame), frame))
            else:
                self._drip_piece(frame, found.drip_s)
        self._write(b"0\r\n\r\n")

    def _reset(self) -> None:
        """Close with a reset; the reader goes first, it holds the socket open."""
        self.close_connection = True
        self.rfile.close()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self.connection.close()

    def _log(self, request: Request, status: int | None, took_s: float) -> None:
        """Never the query, the headers or the body: keys and prompts are in those."""
        record = {
            "event": "simulator.request",
            "method": request.method,
            "path": request.path,
            "status": status,
            "ms": round(took_s * 1000),
        }
        sys.stderr.write(json.dumps(record) + "\n")

    def log_message(self, format: str, *args: object) -> None:
        """Silence the parent's own lines; ours have the time each request took."""


def _as_json(body: object) -> bytes:
    return b"" if body is None else json.dumps(body, separators=(",", ":")).encode()


def _pieces(body: bytes) -> Iterator[bytes]:
    step = max(1, -(-len(body) // DRIP_CHUNKS))
    for start in range(0, len(body), step):
        yield body[start : start + step]
