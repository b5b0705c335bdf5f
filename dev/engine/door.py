"""
The addresses that a workflow is reached by: its trigger, and the callbacks of waiting actions.

Each carries a signature in its query, as the engine's do: who has the address may call it, and
an `Authorization` header beside it is an error.
"""

import base64
import hashlib
import hmac
import json
import queue
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from dev.engine.wire import content_of
from dev.ports import LOOPBACK

MOST_BODY_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class Incoming:
    """
    What was posted, as a trigger or a waiting action shows it.
    """

    headers: Mapping[str, str] = field(repr=False)
    body: Any = field(repr=False)

    def outputs(self) -> dict[str, Any]:
        return {"headers": dict(self.headers), "body": self.body}


@dataclass(frozen=True)
class Answer:
    status: int
    content: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


def refusal(status: int, code: str, message: str) -> Answer:
    return Answer(status, {"error": {"code": code, "message": message}})


class Callback:
    """
    One address that a waiting action gave out. It takes the first call from `box`, or the None
    that says that the run has ended; what is answered to later calls is not documented, and here
    they do nothing. `calls` counts them all.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.box: queue.Queue[Incoming | None] = queue.Queue()
        self.calls = 0
        self.lock = threading.Lock()

    def take(self, incoming: Incoming) -> Answer:
        with self.lock:
            self.calls += 1
        self.box.put(incoming)
        return Answer(200)


class Door(ThreadingHTTPServer):
    """
    The server on loopback; `paths` says who takes what is posted where.
    """

    daemon_threads = True

    def __init__(self) -> None:
        self.key = secrets.token_bytes(32)
        self.paths: dict[str, Callable[[Incoming], Answer]] = {}
        super().__init__((LOOPBACK, 0), _Handler)

    def open(self, path: str, permission: str, take: Callable[[Incoming], Answer]) -> str:
        """
        The signed address of a path.
        """
        self.paths[path] = take
        query = f"api-version=2016-06-01&sp={quote(permission, safe='')}&sv=1.0"
        return f"http://{LOOPBACK}:{self.server_port}{path}?{query}&sig={self.signature(path)}"

    def callback(self, path: str) -> Callback:
        found = Callback("")
        found.url = self.open(f"{path}/{secrets.token_hex(4)}/run", path, found.take)
        return found

    def signature(self, path: str) -> str:
        digest = hmac.digest(self.key, path.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def answer(self, path: str, sig: str, incoming: Incoming) -> Answer:
        if path not in self.paths:
            return refusal(404, "WorkflowNotFound", "There is no such trigger or callback.")
        if not hmac.compare_digest(sig.encode(), self.signature(path).encode()):
            return refusal(401, "DirectApiInvalidAuthorizationScheme", "The signature is wrong.")
        if any(name.lower() == "authorization" for name in incoming.headers):
            return refusal(
                401, "DirectApiRequestHasMoreThanOneAuthorization", "One scheme for each call."
            )
        return self.paths[path](incoming)


class _Handler(BaseHTTPRequestHandler):
    server: Door
    timeout = 30

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        if length > MOST_BODY_BYTES:
            return self._answer(refusal(413, "RequestTooLarge", "The body is too large."))
        data = self.rfile.read(length)
        try:
            body = content_of(self.headers.get("content-type") or "", data)
        except ValueError:
            return self._answer(refusal(400, "InvalidJSON", "The body is no JSON."))
        place = urlsplit(self.path)
        sig = parse_qs(place.query).get("sig", [""])[0]
        incoming = Incoming(dict(self.headers.items()), body)
        self._answer(self.server.answer(place.path, sig, incoming))

    def _answer(self, answer: Answer) -> None:
        body = b"" if answer.content is None else json.dumps(answer.content).encode()
        self.send_response(answer.status)
        for name, value in {"content-type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """The standard line holds the address, and the address is a credential."""


@contextmanager
def open_door() -> Iterator[Door]:
    door = Door()
    thread = threading.Thread(target=door.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield door
    finally:
        door.shutdown()
        door.server_close()
        thread.join()
