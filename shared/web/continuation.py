"""Where a page of a list ends, told to the caller and signed."""

import json
import re
from dataclasses import dataclass

from shared.chain.services import Services
from shared.errors import Fault, InvalidRequest
from shared.security.base64url import from_base64url, to_base64url
from shared.security.keys import mac
from shared.web.exchange import Call

DEFAULT_LIMIT, MAX_LIMIT = 20, 100
_PURPOSE = "continuation"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ends: storage's mark of its own page, and the last name taken from it."""

    mark: str | None = None
    after: str = ""


def limit_of(call: Call) -> int:
    """
    Raises:
        InvalidRequest: it is no number from 1 to the most.
    """
    text = call.query.get("limit", str(DEFAULT_LIMIT))
    limit = int(text) if re.fullmatch(r"[0-9]{1,3}", text) else 0
    if not 1 <= limit <= MAX_LIMIT:
        raise InvalidRequest([Fault("#/query/limit", f"A whole number from 1 to {MAX_LIMIT}.")])
    return limit


def written_place(place: Place, folder: str, s: Services) -> str:
    payload = json.dumps([place.mark, place.after]).encode()
    return to_base64url(mac(_PURPOSE, folder.encode() + payload, s.terms.ring.first.key) + payload)


def read_place(call: Call, folder: str, s: Services) -> Place:
    """
    Raises:
        InvalidRequest: it is no continuation of the list in this folder.
    """
    text = call.query.get("continuation")
    return Place() if text is None else checked_place(text, folder, "#/query/continuation", s)


def checked_place(text: str, folder: str, pointer: str, s: Services) -> Place:
    """
    Signed, so that storage is never asked with a mark that is not its own.

    Raises:
        InvalidRequest: it is no continuation of the list in this folder; `pointer` is its place.
    """
    try:
        data = from_base64url(text)
    except ValueError:
        data = b""
    signature, payload = to_base64url(data[:32]), data[32:]
    keys = s.terms.ring.keys
    message = folder.encode() + payload
    if not any(s.terms.ring.signs(key.kid, _PURPOSE, message, signature) for key in keys):
        raise InvalidRequest([Fault(pointer, "Not a continuation of this list.")])
    return Place(*json.loads(payload))
