"""The list of requests, newest first, in pages."""

from functools import cache
from typing import get_args

from shared.chain.journal import Journal
from shared.chain.request_keys import Origin, key_name, read_key
from shared.chain.services import Services
from shared.domain import names
from shared.domain.resource import Status
from shared.domain.waits import STATUSES as WAITING
from shared.domain.waits import folder_of, wait_named
from shared.web.continuation import limit_of, read_place, written_place
from shared.web.exchange import Answer, Call, all_read, answer
from shared.web.reading import seen
from shared.web.shelf import Shelf, page, whose

STATUSES = get_args(Status)


def list_requests(call: Call, s: Services) -> Answer:
    readers = (
        lambda: whose(call),
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
        found, rest = page(shelf, place, limit, s)
    look = cache(s.pacer.look)
    items = [seen(journal, s, look).wire() for journal in found]
    continuation = written_place(rest, shelf.label, s) if rest else None
    return answer(200, {"items": items, "continuation": continuation})


def _index(status: str | None, caller: str | None, s: Services) -> Shelf[Journal]:
    """Every request; a status is looked for in the journals."""
    folder = f"index-of/{caller}/" if caller else "index/"

    def found(name: str) -> Journal | None:
        journal = s.journals.load(names.newest_first(name.removeprefix(folder)))
        return journal if journal and status in (None, journal.request.status) else None

    def mine(name: str) -> bool:
        return names.is_ulid(names.newest_first(name.removeprefix(folder)))

    return Shelf(folder, folder, mine, found)


def _waiting(status: str, caller: str | None, s: Services) -> Shelf[Journal]:
    """Only what waits for people, or for an operator, however much else there is."""

    def found(name: str) -> Journal | None:
        wait = wait_named(name)
        return s.waits.waiting(wait) if wait else None

    def mine(name: str) -> bool:
        wait = wait_named(name)
        return wait is not None and caller in (None, wait.caller)

    return Shelf(folder_of(status), f"{folder_of(status)}{caller}", mine, found)


def _by_key(caller: str, key: str, s: Services) -> list[Journal]:
    name = key_name(caller, Origin(key=key), "")
    if name is None or s.blobs.read(names.STATE, name) is None:
        return []
    record, _ = read_key(name, s)
    journal = s.journals.load(record.id)
    return [journal] if journal else []
