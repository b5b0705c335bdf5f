"""A person in a batch whose rows are no requests yet: mentioned, found, and taken out of it."""

import json
from collections.abc import Collection
from typing import Any

from shared.chain import subjects
from shared.chain.batch_order import BatchOrder
from shared.chain.ports import Stored
from shared.chain.services import Services
from shared.domain import names
from shared.domain.notices import batch_stream
from shared.errors import Changed
from shared.security.people import pseudonym, pseudonyms


def mention_rows(batch_id: str, order: BatchOrder, s: Services) -> None:
    """Everybody for whom a row is asked for, before the rows are stored."""
    people = {str(row["requestedBy"]) for row in order.rows if row.get("requestedBy")}
    for who in sorted(pseudonym(s.terms.ring, address) for address in people):
        subjects.mention_one(who, names.BATCH_ROWS + batch_id, s)


def is_taken(batch_id: str, s: Services) -> bool:
    """Whether there is such a batch; else its door has died, or is still on its way."""
    return bool(s.streams.load(batch_stream(batch_id)).facts)


def take_out(batch_id: str, people: Collection[str], s: Services) -> int:
    """
    How many rows of these people will never be requests.

    A row's place stays, empty: it ends refused, since what it asks for is not kept.
    """
    name = names.batch_rows_of(batch_id)
    while (found := s.blobs.read(names.CONTENT, name)) is not None:
        rows, taken = _without(found, people, s)
        if not taken:
            return 0
        try:
            s.blobs.put(names.CONTENT, name, json.dumps(rows).encode(), if_match=found.etag)
            return taken
        except Changed:
            continue
    return 0


def _without(found: Stored, people: Collection[str], s: Services) -> tuple[list[Any], int]:
    rows: list[Any] = json.loads(found.data)
    theirs = {k for k, row in enumerate(rows) if row and _is_of(row, people, s)}
    return [None if k in theirs else row for k, row in enumerate(rows)], len(theirs)


def _is_of(row: dict[str, Any], people: Collection[str], s: Services) -> bool:
    address = str(row.get("requestedBy") or "")
    return bool(address) and not set(pseudonyms(s.terms.ring, address)).isdisjoint(people)
