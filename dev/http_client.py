"""
A few lines of HTTP for the developer command, from the standard library: quick to import,
and never through a proxy, since everything it talks to is on this machine.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any

_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Unreachable(Exception):
    """Nobody answered at the address."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def send(
    method: str,
    url: str,
    content: Any = None,
    headers: Mapping[str, str] | None = None,
    timeout_s: float = 30.0,
) -> Answer:
    """
    One request, `content` as JSON; any status is an answer, only silence is an error.
    """
    body = None if content is None else json.dumps(content).encode()
    sent = {"content-type": "application/json", **(headers or {})}
    request = urllib.request.Request(url, data=body, headers=sent, method=method)
    try:
        with _opener.open(request, timeout=timeout_s) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as refusal:
        with refusal:
            return Answer(refusal.code, refusal.headers, refusal.read())
    except (urllib.error.URLError, OSError) as error:
        raise Unreachable(f"{method} {url.split('?')[0]}: {error}") from error
