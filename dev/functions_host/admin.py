"""The host's own endpoints under /admin."""

import json
import platform
import threading
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from .bindings import Function
from .eventlog import HOST_THREAD_PREFIX
from .http_request import Exchange
from .http_response import Answer, json_answer
from .keys import KeyRing, presented_key

_NOT_FOUND = Answer(404)


class Hosted(Protocol):
    """What the admin endpoints ask of the host."""

    state: str
    functions: Mapping[str, Function]
    errors: dict[str, str]

    def run_now(self, function: Function, text: str) -> None:
        """Run a function outside its trigger and return when it ended."""


class Admin:
    """Status, ping, the list of functions, and starting one by hand."""

    def __init__(self, hosted: Hosted, keys: KeyRing) -> None:
        self._hosted = hosted
        self._keys = keys
        self._started_s = time.monotonic()

    def owns(self, path: str) -> bool:
        """True for `/admin` and everything below."""
        return path.lower().split("/")[1:2] == ["admin"]

    def answer(self, exchange: Exchange) -> Answer:
        """Ping is open to everybody; the rest needs the master key."""
        parts = [part for part in exchange.path.split("/") if part][1:]
        place = "/".join(parts).lower()
        if place == "host/ping" and exchange.method in {"GET", "POST"}:
            return Answer(200)
        if not self._keys.is_master(presented_key(dict(exchange.headers), exchange.query)):
            return Answer(401)
        fixed = self._fixed().get((exchange.method, place))
        if fixed:
            return fixed()
        return (
            self._about_function(exchange, parts[1:]) if parts[:1] == ["functions"] else _NOT_FOUND
        )

    def _fixed(self) -> dict[tuple[str, str], Callable[[], Answer]]:
        return {("GET", "host/status"): self._status, ("GET", "functions"): self._list}

    def _about_function(self, exchange: Exchange, parts: list[str]) -> Answer:
        name = parts[0].lower() if parts else ""
        function = next((f for n, f in self._hosted.functions.items() if n.lower() == name), None)
        if function is None:
            return _NOT_FOUND
        if exchange.method == "POST" and len(parts) == 1:
            return self._run(function, exchange.body)
        if exchange.method == "GET" and len(parts) == 1:
            return json_answer(_described(function))
        if exchange.method == "GET" and parts[1].lower() == "status":
            return json_answer({"errors": []})
        return _NOT_FOUND

    def _status(self) -> Answer:
        uptime_ms = int((time.monotonic() - self._started_s) * 1000)
        errors = [f"{name}: {reason}" for name, reason in self._hosted.errors.items()]
        return json_answer(
            {
                "id": "local",
                "state": self._hosted.state,
                "version": "4.0.0-local",
                "versionDetails": "dev.functions_host",
                "platformVersion": "",
                "instanceId": "",
                "computerName": platform.node(),
                "processUptime": uptime_ms,
                "functionAppContentEditingState": "NotAllowed",
                "errors": errors,
            }
        )

    def _list(self) -> Answer:
        return json_answer([_described(f) for f in self._hosted.functions.values()])

    def _run(self, function: Function, body: bytes) -> Answer:
        """202 at once; the outcome is only logged."""
        if self._hosted.state != "Running":
            return Answer(503)
        try:
            text = json.loads(body)["input"]
        except (ValueError, KeyError, TypeError):
            return Answer(400)
        if not isinstance(text, str) or function.trigger.type == "httpTrigger":
            return Answer(400)
        threading.Thread(
            target=self._hosted.run_now,
            args=(function, text),
            name=f"{HOST_THREAD_PREFIX}admin-run",
            daemon=True,
        ).start()
        return Answer(202)


def _described(function: Function) -> dict[str, object]:
    return {
        "name": function.name,
        "language": "python",
        "config": {"bindings": [dict(binding.raw) for binding in function.bindings]},
    }
