"""The list of requests, newest first, in pages."""

import re
from collections.abc import Iterator
from typing import get_args

from shared.chain.accept import key_name, read_key
from shared.chain.journal import Journal
from shared.chain.order import Origin
from shared.chain.services import Services
from shared.domain import names
from shared.domain.resource import Status
from shared.errors import Fault, Forbidden, InvalidRequest
from shared.security.callers import Role
from shared.web.continuation import Place, limit_of, read_place, written_place
from shared.web.exchange import Answer, Call, all_read, answer
from shared.web.reading import seen

# Journals one call may read: with a rare status the next page goes on from there.
MAX_SCANNED = 200
PAGE_NAMES = 200
STATUSES = get_args(Status)

CALLER = r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}"


def list_requests(call: Call, s: Services) -> Answer:
    readers = (
        lambda: _caller(call),
        lambda: call.chosen("status", STATUSES),
        lambda: limit_of(call),
    )
    caller, status, limit = all_read(readers)
    folder = f"index-of/{caller}/" if caller else "index/"
    place = read_place(call, folder, s)
    if (key := call.query.get("idempotencyKey")) is not None:
        found, rest = _by_key(caller or call.known_caller.name, key, s), None
        found = [one for one in found if status in (None, one.request.status)]
    else:
        found, rest = _page(folder, place, status, limit, s)
    items = [seen(journal, s).wire() for journal in found]
    continuation = written_place(rest, folder, s) if rest else None
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
