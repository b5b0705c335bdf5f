"""A deployed app, as far as hooks ask it, in a time of its own."""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# As long as the app's own page is kept (shared/chain/readiness.py).
KEPT_S = 10
DRY_RUN = {"ok": True, "problems": [], "routing": {"deployment": "weu", "reason": None}}
Answer = tuple[int, Any]


class App:
    """
    It remembers what it was asked; `odd` are answers in place of its own, by path.

    `later`: what happens at which second, as a paid call that departs, or ends.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.key: str | None = None
        self.deployments = {"weu": {"name": "weu", "state": "closed", "openCalls": 0}}
        self.missing: str | None = None
        self.odd: dict[str, list[Answer]] = {}
        self.dry_run: Answer = (200, DRY_RUN)
        self.now_s = 0.0
        self.later: list[tuple[float, Callable[[], None]]] = []
        self._page: tuple[float, Answer] | None = None
        app = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(*app.answer(self.path, self.headers["x-functions-key"]))

            def do_POST(self) -> None:
                app.asked.append(self.path)
                self.rfile.read(int(self.headers.get("content-length") or 0))
                self._answer(*app.answer(self.path, self.headers["x-functions-key"]))

            def _answer(self, status: int, body: Any) -> None:
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/api"

    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        due = [one for one in self.later if one[0] <= self.now_s]
        self.later = [one for one in self.later if one[0] > self.now_s]
        for _, happens in due:
            happens()

    def calls(self, number: int, name: str = "weu") -> Callable[[], None]:
        return lambda: self.deployments[name].update(openCalls=number)

    def answer(self, path: str, key: str | None) -> Answer:
        path = path.removeprefix("/api/")
        if self.odd.get(path):
            odd = self.odd[path]
            return odd.pop(0) if len(odd) > 1 else odd[0]
        if path == "health":
            return 200, {"status": "alive"}
        if path == "health/ready":
            return self._ready(known=self.key in (None, key))
        if path == "policy/check":
            return self.dry_run
        if path == "images":
            return 400, {"code": "invalid_request"}
        _, name, what = path.split("/")
        state = {"pause": "paused", "resume": "closed"}[what]
        self.deployments[name]["state"] = state
        return 200, dict(self.deployments[name])

    def _ready(self, *, known: bool) -> Answer:
        if not known:
            return 200, {"status": "ready"}
        if self._page is None or self.now_s - self._page[0] >= KEPT_S:
            told = [] if self.missing else [dict(one) for one in self.deployments.values()]
            body = {"missing": self.missing, "deployments": told}
            self._page = self.now_s, (503 if self.missing else 200, body)
        return self._page[1]
