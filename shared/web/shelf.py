"""Pages of what is named newest first: requests, and batches."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from shared.chain.listed import marked_names
from shared.chain.services import Services
from shared.domain import names
from shared.errors import Fault, Forbidden, InvalidRequest
from shared.security.callers import Role
from shared.web.continuation import Place
from shared.web.exchange import Call

# What one call may read: with a rare status the next page goes on from there.
MAX_SCANNED = 200
PAGE_NAMES = 200
# Names one call may pass over, where they tell that they are another caller's.
MAX_NAMES = 5000

CALLER = r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}"
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Shelf(Generic[Found]):
    """
    Where things are named, newest first. `found`: what a name leads to, if it is one that is
    asked for; `mine`: what can be told by the name alone. `label` is the list's own.
    """

    folder: str
    label: str
    mine: Callable[[str], bool]
    found: Callable[[str], Found | None]


def whose(call: Call) -> str | None:
    """
    Whose the caller asks for; None for everybody's.

    Raises:
        Forbidden: they are another's, and the role `readAll` is missing.
        InvalidRequest: nobody can have that name.
    """
    known, wanted = call.known_caller, call.query.get("caller")
    if Role.READ_ALL not in known.roles:
        if wanted not in (None, known.name):
            raise Forbidden("Other callers' requests need the role readAll.")
        return known.name
    if wanted is not None and not re.fullmatch(CALLER, wanted):
        raise InvalidRequest([Fault("#/query/caller", "Not a caller's name.")])
    return wanted


def page(
    shelf: Shelf[Found], start: Place, limit: int, s: Services
) -> tuple[list[Found], Place | None]:
    entries = _entries(shelf.folder, start, s)
    found: list[Found] = []
    scanned = 0
    for count, (name, place) in enumerate(entries, start=1):
        if shelf.mine(name):
            scanned += 1
            one = shelf.found(name)
            found += [] if one is None else [one]
        if len(found) == limit or scanned == MAX_SCANNED or count == MAX_NAMES:
            return found, place if next(entries, None) else None
    return found, None


def _entries(folder: str, place: Place, s: Services) -> Iterator[tuple[str, Place]]:
    """Names with the place behind each. What came since only moves names to later pages."""
    for name, mark in marked_names(s.blobs, names.STATE, folder, PAGE_NAMES, place.mark):
        if name > place.after:
            yield name, Place(mark, name)
