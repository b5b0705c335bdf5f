"""
HTTP as the engine speaks it: which headers go out, and what a workflow sees of an answer.
"""

import base64
import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Any
from urllib.parse import urlencode

from dev.engine.errors import EngineError

# A synchronous call of a consumption workflow may take as long.
CALL_TIMEOUT_S = 120.0
# Taken out of what a definition says, without a word.
_REMOVED = frozenset(
    {"allow", "cookie", "expires", "host", "last-modified", "origin"}
    | {"set-cookie", "transfer-encoding"}
)
_KEPT_CONTENT = frozenset({"content-disposition", "content-encoding", "content-type"})


class NoAnswer(EngineError):
    """Nobody answered: refused, cut off or too slow."""

    code = "BadGateway"


@dataclass(frozen=True)
class Ask:
    """
    One request, ready to go; its address and headers can hold credentials.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: Any = field(repr=False)

    def header(self, name: str) -> str | None:
        return next((v for k, v in self.headers.items() if k.lower() == name.lower()), None)

    def outputs(self) -> dict[str, Any]:
        return {"statusCode": self.status, "headers": dict(self.headers), "body": self.body}


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Whether the engine follows one is not documented: the workflow sees it."""

    def redirect_request(self, *_: Any) -> None:
        return None


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())


def send(ask: Ask) -> Reply:
    """
    Any status is an answer.
    """
    request = urllib.request.Request(
        ask.url, data=ask.body, headers=dict(ask.headers), method=ask.method
    )
    try:
        with _opener.open(request, timeout=CALL_TIMEOUT_S) as answer:
            return _reply(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as refusal:
        with refusal:
            return _reply(refusal.code, refusal.headers, refusal.read())
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise NoAnswer(f"Nobody answered ({type(error).__name__}).") from None


def ask_of(inputs: Mapping[str, Any], own: Mapping[str, str]) -> Ask:
    """
    What an action's evaluated inputs ask for; `own` are the engine's headers.
    """
    if "authentication" in inputs:
        raise EngineError("The stand-in has no identity, so `authentication` is not for it.")
    queries = inputs.get("queries") or {}
    url = str(inputs["uri"]) + (f"?{urlencode(queries)}" if queries else "")
    headers = {name: str(v) for name, v in (inputs.get("headers") or {}).items() if _sent(name)}
    body = inputs.get("body")
    if isinstance(body, dict | list) and not any(k.lower() == "content-type" for k in headers):
        headers["Content-Type"] = "application/json"
    data = None if body is None else body if isinstance(body, str) else json.dumps(body)
    return Ask(
        str(inputs["method"]), url, {**headers, **own}, None if data is None else data.encode()
    )


def own_headers(run_id: str, workflow: str, action: str, tracking_id: str) -> dict[str, str]:
    """
    What the engine adds to every call of an action.
    """
    call_id = str(uuid.uuid4())
    return {
        "User-Agent": f"azure-logic-apps/1.0,(workflow {workflow}; version 1)",
        "x-ms-workflow-name": workflow,
        "x-ms-workflow-run-id": run_id,
        "x-ms-workflow-operation-name": action,
        "x-ms-client-tracking-id": tracking_id,
        **{f"x-ms-{name}-id": call_id for name in ("tracking", "correlation", "client-request")},
    }


def content_of(kind: str, data: bytes) -> Any:
    """
    JSON becomes values, text becomes text; everything else is kept as base64 with its type.
    """
    media = kind.partition(";")[0].strip().lower()
    if not data:
        return None
    if media == "application/json":
        return json.loads(data)
    if media.startswith("text/"):
        return data.decode(errors="replace")
    return {"$content-type": kind, "$content": base64.b64encode(data).decode()}


def _reply(status: int, headers: Message, data: bytes) -> Reply:
    try:
        body = content_of(headers.get("content-type") or "", data)
    except ValueError:
        raise NoAnswer("The answer says it is JSON, and is none.") from None
    return Reply(status, dict(headers.items()), body)


def _sent(name: str) -> bool:
    lower = name.lower()
    if lower.startswith("accept") or lower in _REMOVED:
        return False
    return not lower.startswith("content-") or lower in _KEPT_CONTENT
