"""
Plays the flow: receives the signed events and, in auto mode, approves what it is asked to.

It decides only requests that name it as `callbackUrl`, since only those reach it.
"""

import argparse
import json
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from dev.ports import LOOPBACK
from dev.verdicts import BadSignature, asking, check_signature, post_verdict

MOST_BODY_BYTES = 1024 * 1024
ASKED = "darkroom.approval.requested"


@dataclass(frozen=True)
class Received:
    """
    What `GET /` shows of an event; links hold tokens and stay out.
    """

    type: str
    id: str
    time: str
    subject: str


class Approver:
    """
    What is done with each event, apart from HTTP.
    """

    def __init__(self, webhook_key: str, mode: str, say: Callable[[str], None] = print) -> None:
        self.webhook_key = webhook_key
        self.mode = mode
        self.say = say
        self.received: dict[str, Received] = {}
        self.lock = threading.Lock()

    def take(self, headers: Mapping[str, str], body: bytes, now_s: float) -> bool:
        """
        Record a signed event; False when it came before.
        """
        check_signature(self.webhook_key, headers, body, now_s)
        names = {name: headers.get(f"ce-{name}", "") for name in ("type", "id", "time", "subject")}
        with self.lock:
            if headers["webhook-id"] in self.received:
                return False
            self.received[headers["webhook-id"]] = Received(**names)
        return True

    def events(self) -> list[dict[str, str]]:
        with self.lock:
            return [asdict(event) for event in self.received.values()]

    def act(self, event_type: str, data: Mapping[str, Any]) -> None:
        """
        Answer a question; other events need nothing.
        """
        if event_type != ASKED:
            return
        if self.mode == "auto":
            self.say(f"{data.get('id')}: approved, {post_verdict(data)}")
        else:
            self.say(asking(data))


class Server(ThreadingHTTPServer):
    """
    The HTTP side on loopback; port 0 takes any free one.
    """

    def __init__(self, approver: Approver, port: int) -> None:
        super().__init__((LOOPBACK, port), Handler)
        self.approver = approver


class Handler(BaseHTTPRequestHandler):
    """
    `POST /hook` receives, `GET /` lists.
    """

    server: Server
    # A client that never finishes must not hold a thread for ever.
    timeout = 30

    def do_GET(self) -> None:
        self._answer(200, self.server.approver.events())

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        if length > MOST_BODY_BYTES:
            return self._answer(413, {"error": "too large"})
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            new = self.server.approver.take(headers, body, time.time())
            data = json.loads(body)
        except BadSignature as error:
            return self._answer(401, {"error": f"bad {error}"})
        except ValueError:
            return self._answer(400, {"error": "not JSON"})
        self._answer(200, {"new": new})
        if new:
            # The sender waits 2 s at most: it has its answer before we decide.
            work = (headers.get("ce-type", ""), data)
            threading.Thread(target=self.server.approver.act, args=work, daemon=True).start()

    def _answer(self, status: int, content: Any) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """The standard line holds the path, and a path may hold a token."""


def main() -> None:
    """
    Serve until stopped.
    """
    parser = argparse.ArgumentParser(prog="python -m dev.approver", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--webhook-key", required=True)
    parser.add_argument("--mode", choices=("auto", "manual"), default="auto")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = Server(Approver(options.webhook_key, options.mode), options.port)
    started = {"event": "approver.started", "url": f"http://{LOOPBACK}:{options.port}/hook"}
    print(json.dumps(started), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
