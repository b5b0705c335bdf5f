"""The list of requests, newest first, in pages."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import get_args

from shared.chain.journal import Journal
from shared.chain.listed import marked_names
from shared.chain.request_keys import Origin, key_name, read_key
from shared.chain.services import Services
from shared.domain import names
from shared.domain.resource import Status
from shared.domain.waits import STATUSES as WAITING
from shared.domain.waits import folder_of, wait_named
from shared.errors import Fault, Forbidden, InvalidRequest
from shared.security.callers import Role
from shared.web.continuation import Place, limit_of, read_place, written_place
from shared.web.exchange import Answer, Call, all_read, answer
from shared.web.reading import seen

# Journals one call may read: with a rare status the next page goes on from there.
MAX_SCANNED = 200
PAGE_NAMES = 200
# Names one call may pass over, where they tell that they are another caller's.
MAX_NAMES = 5000
STATUSES = get_args(Status)

CALLER = r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}"


@dataclass(frozen=True, slots=True)
class Shelf:
    """
    Where requests are named, newest first. `found`: the journal that a name leads to, if it is
    one that is asked for; `mine`: what can be told by the name alone. `label` is the list's own.
    """

    folder: str
    label: str
    mine: Callable[[str], bool]
    found: Callable[[str], Journal | None]


def list_requests(call: Call, s: Services) -> Answer:
    readers = (
        lambda: _caller(call),
        lambda: call.chosen("status", STATUSES),
        lambda: limit_of(call),
    )
    caller, status, limit = all_read(readers)
    shelf = _waiting(status, caller, s) if status in WAITING else _index(status, caller, s)
    place = read_place(call, shelf.label, s)
    if (key := call.query.get("idempotencyKey")) is not None:
        found, rest = _by_key(caller or call.known_caller.name, key, s), None
        found = [one for one in found if status in (None, one.request.status)]
    else:
        found, rest = _page(shelf, place, limit, s)
    look = cache(s.pacer.look)
    items = [seen(journal, s, look).wire() for journal in found]
    continuation = written_place(rest, shelf.label, s) if rest else None
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


def _index(status: str | None, caller: str | None, s: Services) -> Shelf:
    """Every request; a status is looked for in the journals."""
    folder = f"index-of/{caller}/" if caller else "index/"

    def found(name: str) -> Journal | None:
        journal = s.journals.load(names.newest_first(name.removeprefix(folder)))
        return journal if journal and status in (None, journal.request.status) else None

    def mine(name: str) -> bool:
        return names.is_ulid(names.newest_first(name.removeprefix(folder)))

    return Shelf(folder, folder, mine, found)


def _waiting(status: str, caller: str | None, s: Services) -> Shelf:
    """Only what waits for people, or for an operator, however much else there is."""

    def found(name: str) -> Journal | None:
        wait = wait_named(name)
        return s.waits.waiting(wait) if wait else None

    def mine(name: str) -> bool:
        wait = wait_named(name)
        return wait is not None and caller in (None, wait.caller)

    return Shelf(folder_of(status), f"{folder_of(status)}{caller}", mine, found)


def _page(
    shelf: Shelf, start: Place, limit: int, s: Services
) -> tuple[list[Journal], Place | None]:
    entries = _entries(shelf.folder, start, s)
    found: list[Journal] = []
    scanned = 0
    for count, (name, place) in enumerate(entries, start=1):
        if shelf.mine(name):
            scanned += 1
            found += [journal] if (journal := shelf.found(name)) else []
        if len(found) == limit or scanned == MAX_SCANNED or count == MAX_NAMES:
            return found, place if next(entries, None) else None
    return found, None


def _entries(folder: str, place: Place, s: Services) -> Iterator[tuple[str, Place]]:
    """Names with the place behind each. What came since only moves names to later pages."""
    for name, mark in marked_names(s.blobs, names.STATE, folder, PAGE_NAMES, place.mark):
        if name > place.after:
            yield name, Place(mark, name)


def _by_key(caller: str, key: str, s: Services) -> list[Journal]:
    name = key_name(caller, Origin(key=key), "")
    if name is None or s.blobs.read(names.STATE, name) is None:
        return []
    record, _ = read_key(name, s)
    journal = s.journals.load(record.id)
    return [journal] if journal else []
