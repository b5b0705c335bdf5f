"""What goes back over the wire for a handler's return value."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azure.functions.meta import Datum

_TEXT = "text/plain; charset=utf-8"
_JSON = "application/json; charset=utf-8"
# The server frames the body itself; a handler's own framing headers would contradict it.
_FRAMING = {"content-length", "transfer-encoding", "connection"}

# The web server throws on line breaks and on anything beyond ASCII, so the caller gets a 500.
_HEADER_TEXT = re.compile(r"[\x20-\x7e\t]*")


@dataclass(frozen=True)
class Answer:
    """Status, headers in order (a name may repeat) and body."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


def json_answer(value: object, status: int = 200) -> Answer:
    """An answer of the host itself."""
    return Answer(status, (("Content-Type", _JSON),), json.dumps(value).encode())


def answer_of(value: Datum | None) -> Answer:
    """Turn the returned wire value into an answer; ValueError where it cannot be sent."""
    if value is None:
        return Answer(204)
    if value.type == "http":
        return _from_response(value.value)
    return _from_text(str(value.value))


def _from_response(value: Mapping[str, Any]) -> Answer:
    headers = [(n, v.value) for n, v in value["headers"].items() if n.lower() not in _FRAMING]
    for cookie in value["cookies"] or ():
        headers += [("Set-Cookie", morsel.OutputString()) for morsel in cookie.values()]
    for name, text in headers:
        if not _HEADER_TEXT.fullmatch(name + text):
            raise ValueError(f"header {name!r} holds characters that cannot be sent")
    return Answer(int(value["status_code"].value), tuple(headers), value["body"].value)


def _from_text(text: str) -> Answer:
    """A plain string: the host tries to read it as JSON and may take it for a response."""
    try:
        parsed = json.loads(text)
    except ValueError:
        return Answer(200, (("Content-Type", _TEXT),), text.encode())
    if isinstance(parsed, dict):
        fields = {name.lower(): value for name, value in parsed.items()}
        if "body" in fields:
            return _from_fields(fields)
    return Answer(200, (("Content-Type", _JSON),), _compact(parsed))


def _from_fields(fields: Mapping[str, Any]) -> Answer:
    body = fields["body"]
    given = {str(n): str(v) for n, v in (fields.get("headers") or {}).items()}
    named = {name.lower() for name in given}
    default = _TEXT if isinstance(body, str) else _JSON
    headers = [(n, v) for n, v in given.items() if n.lower() not in _FRAMING]
    if "content-type" not in named:
        headers.append(("Content-Type", default))
    status = int(fields.get("status") or fields.get("statuscode") or 200)
    return Answer(
        status, tuple(headers), body.encode() if isinstance(body, str) else _compact(body)
    )


def _compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
