"""An app that a workflow calls: it answers what it was told, in order, and keeps what came."""

import json
import queue
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from dev.ports import LOOPBACK


@dataclass(frozen=True)
class Say:
    status: int
    content: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Came:
    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


class Partner(ThreadingHTTPServer):
    """Without an answer left it hangs up."""

    daemon_threads = True

    def __init__(self) -> None:
        self.answers: queue.Queue[Say] = queue.Queue()
        self.came: list[Came] = []
        super().__init__((LOOPBACK, 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.server_port}"

    def will_say(self, *answers: Say) -> None:
        for answer in answers:
            self.answers.put(answer)


class _Handler(BaseHTTPRequestHandler):
    server: Partner
    timeout = 10

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = json.loads(data) if data else None
        self.server.came.append(Came(self.command, self.path, headers, body))
        try:
            self._say(self.server.answers.get_nowait())
        except queue.Empty:
            self.close_connection = True

    do_GET = do_POST

    def _say(self, answer: Say) -> None:
        body = b"" if answer.content is None else json.dumps(answer.content).encode()
        self.send_response(answer.status)
        for name, value in {"content-type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""


@contextmanager
def partner() -> Iterator[Partner]:
    server = Partner()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
