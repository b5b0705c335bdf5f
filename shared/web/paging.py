"""Pages of lists: how long one is, and where it ends, as callers carry that to the next."""

import json
import re
from typing import Any

from shared.chain.services import Services
from shared.errors import Fault, InvalidRequest
from shared.security.base64url import from_base64url, to_base64url
from shared.security.keys import mac
from shared.web.exchange import Call

DEFAULT_LIMIT, MAX_LIMIT = 20, 100

_PURPOSE = "continuation"
POINTER = "#/query/continuation"


def limit_of(call: Call) -> int:
    """
    Raises:
        InvalidRequest: it is no number of items that a page may have.
    """
    text = call.query.get("limit", str(DEFAULT_LIMIT))
    limit = int(text) if re.fullmatch(r"[0-9]{1,3}", text) else 0
    if not 1 <= limit <= MAX_LIMIT:
        raise InvalidRequest([Fault("#/query/limit", f"A whole number from 1 to {MAX_LIMIT}.")])
    return limit


def written_place(list_name: str, place: Any, s: Services) -> str:
    """`place` is any JSON; what comes of it is good for the list of this name only."""
    payload = json.dumps(place).encode()
    key = s.terms.ring.first.key
    return to_base64url(mac(_PURPOSE, list_name.encode() + payload, key) + payload)


def read_place(list_name: str, text: str, s: Services, pointer: str = POINTER) -> Any:
    """
    Signed, so that storage is never asked with a mark that is not its own.

    Raises:
        InvalidRequest: it is not one of this list; `pointer` says where it stood.
    """
    try:
        data = from_base64url(text)
    except ValueError:
        data = b""
    signature, payload = to_base64url(data[:32]), data[32:]
    message = list_name.encode() + payload
    keys = s.terms.ring.keys
    if not any(s.terms.ring.signs(key.kid, _PURPOSE, message, signature) for key in keys):
        raise InvalidRequest([Fault(pointer, "Not a continuation of this list.")])
    return json.loads(payload)
