"""A subscriber that lives in the shifted time: it checks signatures and keeps what it is told."""

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from dev.ports import LOOPBACK
from dev.verdicts import BadSignature, check_signature
from tests.e2e.storage_proxy import ShiftedTime


@dataclass(frozen=True)
class Received:
    """One event; `sequence` is its place in the journal."""

    subject: str
    type: str
    sequence: int
    data: dict[str, Any]


class Receiver(ThreadingHTTPServer):
    """Keeps each event once, however often it comes."""

    def __init__(self, webhook_key: str, time: ShiftedTime) -> None:
        self.webhook_key, self.time = webhook_key, time
        self._events: dict[str, Received] = {}
        self._lock = threading.Lock()
        super().__init__((LOOPBACK, 0), _Handler)

    def keep(self, event_id: str, event: Received) -> None:
        with self._lock:
            self._events.setdefault(event_id, event)

    def every(self) -> list[Received]:
        with self._lock:
            return list(self._events.values())

    def of(self, request_id: str) -> list[Received]:
        """The request's events in the order of its journal."""
        mine = [event for event in self.every() if event.subject == f"images/{request_id}"]
        return sorted(mine, key=lambda event: event.sequence)


class _Handler(BaseHTTPRequestHandler):
    server: Receiver
    timeout = 10

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        now_s = self.server.time.now().timestamp()
        try:
            check_signature(self.server.webhook_key, headers, body, now_s)
        except BadSignature:
            return self._answer(401)
        event = Received(
            subject=headers["ce-subject"],
            type=headers["ce-type"],
            sequence=int(headers["ce-sequence"]),
            data=json.loads(body),
        )
        self.server.keep(headers["webhook-id"], event)
        self._answer(200)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""
