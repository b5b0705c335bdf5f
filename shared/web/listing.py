"""The list of requests, newest first, in pages."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

from shared.chain.accept import key_name, read_key
from shared.chain.journal import Journal
from shared.chain.order import Origin
from shared.chain.services import Services
from shared.domain import names
from shared.domain.resource import Status
from shared.errors import Fault, Forbidden, InvalidRequest
from shared.security.base64url import from_base64url, to_base64url
from shared.security.callers import Role
from shared.security.keys import mac
from shared.web.exchange import Answer, Call, all_read, answer
from shared.web.reading import seen

DEFAULT_LIMIT, MAX_LIMIT = 20, 100
# Journals one call may read: with a rare status the next page goes on from there.
MAX_SCANNED = 200
PAGE_NAMES = 200
STATUSES = get_args(Status)

_PURPOSE = "continuation"
CALLER = r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ends: storage's mark of its own page, and the last name taken from it."""

    mark: str | None = None
    after: str = ""


def list_requests(call: Call, s: Services) -> Answer:
    readers = (lambda: _caller(call), lambda: call.chosen("status", STATUSES), lambda: _limit(call))
    caller, status, limit = all_read(readers)
    folder = f"index-of/{caller}/" if caller else "index/"
    place = _read_place(call, folder, s)
    if (key := call.query.get("idempotencyKey")) is not None:
        found, rest = _by_key(caller or call.known_caller.name, key, s), None
        found = [one for one in found if status in (None, one.request.status)]
    else:
        found, rest = _page(folder, place, status, limit, s)
    items = [seen(journal, s).wire() for journal in found]
    continuation = _written_place(rest, folder, s) if rest else None
    return answer(200, {"items": items, "continuation": continuation})


def _caller(call: Call) -> str | None:
    """Whose requests; None for everybody's."""
    known, wanted = call.known_caller, call.query.get("caller")
    if Role.READ_ALL not in known.roles:
        if wanted not in (None, known.name):
            raise Forbidden("Other callers' requests need the role readAll.")
        return known.name
    if wanted is not None and not re.fullmatch(CALLER, wanted):
        raise InvalidRequest([Fault("#/query/caller", "Not a caller's name.")])
    return wanted


def _limit(call: Call) -> int:
    text = call.query.get("limit", str(DEFAULT_LIMIT))
    limit = int(text) if re.fullmatch(r"[0-9]{1,3}", text) else 0
    if not 1 <= limit <= MAX_LIMIT:
        raise InvalidRequest([Fault("#/query/limit", f"A whole number from 1 to {MAX_LIMIT}.")])
    return limit


def _page(
    folder: str, start: Place, status: str | None, limit: int, s: Services
) -> tuple[list[Journal], Place | None]:
    entries = _entries(folder, start, s)
    found: list[Journal] = []
    for scanned, (request_id, place) in enumerate(entries, start=1):
        journal = s.journals.load(request_id)
        if journal and status in (None, journal.request.status):
            found.append(journal)
        if len(found) == limit or scanned == MAX_SCANNED:
            return found, place if next(entries, None) else None
    return found, None


def _entries(folder: str, place: Place, s: Services) -> Iterator[tuple[str, Place]]:
    """Ids with the place behind each. What came since only moves names to later pages."""
    while True:
        page = s.blobs.page(names.STATE, folder, PAGE_NAMES, place.mark)
        for name in page.names:
            request_id = names.newest_first(name.removeprefix(folder))
            if name > place.after and names.is_ulid(request_id):
                yield request_id, Place(place.mark, name)
        if page.continuation is None:
            return
        place = Place(page.continuation, place.after)


def _by_key(caller: str, key: str, s: Services) -> list[Journal]:
    name = key_name(caller, Origin(key=key), "")
    if name is None or s.blobs.read(names.STATE, name) is None:
        return []
    record, _ = read_key(name, s)
    journal = s.journals.load(record.id)
    return [journal] if journal else []


def _written_place(place: Place, folder: str, s: Services) -> str:
    payload = json.dumps([place.mark, place.after]).encode()
    return to_base64url(mac(_PURPOSE, folder.encode() + payload, s.terms.ring.first.key) + payload)


def _read_place(call: Call, folder: str, s: Services) -> Place:
    """Signed, so that storage is never asked with a mark that is not its own."""
    text = call.query.get("continuation")
    if text is None:
        return Place()
    try:
        data = from_base64url(text)
    except ValueError:
        data = b""
    signature, payload = to_base64url(data[:32]), data[32:]
    keys = s.terms.ring.keys
    message = folder.encode() + payload
    if not any(s.terms.ring.signs(key.kid, _PURPOSE, message, signature) for key in keys):
        raise InvalidRequest([Fault("#/query/continuation", "Not a continuation of this list.")])
    return Place(*json.loads(payload))
