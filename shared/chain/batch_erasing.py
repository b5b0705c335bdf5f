"""What a batch has of a person, or of a row: mentioned, found, and taken out of it."""

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from shared.chain import subjects
from shared.chain.batch_order import BatchOrder
from shared.chain.redacting import without
from shared.chain.services import Services
from shared.domain import names
from shared.domain.content import Content
from shared.domain.notices import batch_stream
from shared.domain.request import Request
from shared.domain.values import BatchRef
from shared.errors import Changed
from shared.security.people import pseudonym, pseudonyms


def mention_rows(batch_id: str, order: BatchOrder, s: Services) -> None:
    """Everybody for whom a row is asked for, or who is asked about all, before they are named."""
    people = {str(row["requestedBy"]) for row in order.rows if row.get("requestedBy")}
    called = {pseudonym(s.terms.ring, address) for address in people} | set(order.content.people)
    for who in sorted(called):
        mention(batch_id, who, s)


def mention(batch_id: str, who: str, s: Services) -> None:
    """Before the name is stored with the batch; a caller's name is nobody's."""
    if who.startswith("p:"):
        subjects.mention_one(who, names.BATCH_ROWS + batch_id, s)


def is_taken(batch_id: str, s: Services) -> bool:
    """Whether there is such a batch; else its door has died, or is still on its way."""
    return bool(s.streams.load(batch_stream(batch_id)).facts)


def take_out(batch_id: str, people: Collection[str], s: Services) -> int:
    """
    How many rows of these people will never be requests, and whether they were named beside.

    A row's place stays, empty: it ends refused, since what it asks for is not kept.
    """
    rows = _emptied(batch_id, lambda _, row: _is_of(row, people, s), s)
    return rows + redact_batch(batch_id, people, s)


def redact_batch(batch_id: str, people: Collection[str], s: Services) -> int:
    """Who decides about the whole batch: name, address and words; 1 where there were any."""
    content = s.contents.read(batch_id)
    if content is None:
        return 0
    if without(content, people) == content:
        return 0
    s.contents.update(batch_id, lambda found: without(found, people))
    return 1


def forget_row(request: Request, s: Services) -> int:
    """
    How much of one row lay with its batch, when that row is erased: what it asked for, while others
    are no requests yet, and what was said of it. Words on the whole batch are not about it.
    """
    of_batch = request.terms.batch
    if of_batch is None:
        return 0
    bodies = _emptied(of_batch.id, lambda row, _: row == of_batch.row, s)
    whole = any(one.scope == "batch" for one in request.terms.stages)
    return bodies + (_unsaid(of_batch, s) if whole else 0)


def _unsaid(of_batch: BatchRef, s: Services) -> int:
    def theirs(note: str) -> bool:
        return note.partition("/")[2] == str(of_batch.row)

    def rest(found: Content) -> Content:
        kept = {note: words for note, words in found.comments.items() if not theirs(note)}
        return found.model_copy(update={"comments": kept})

    content = s.contents.read(of_batch.id)
    if content is None or not any(map(theirs, content.comments)):
        return 0
    s.contents.update(of_batch.id, rest)
    return 1


def _emptied(batch_id: str, goes: Callable[[int, Mapping[str, Any]], bool], s: Services) -> int:
    """How many rows went of those that are kept to be made into requests; their places stay."""
    name = names.batch_rows_of(batch_id)
    while (found := s.blobs.read(names.CONTENT, name)) is not None:
        rows: list[Any] = json.loads(found.data)
        gone = {number for number, row in enumerate(rows) if row and goes(number, row)}
        if not gone:
            return 0
        kept = [None if number in gone else row for number, row in enumerate(rows)]
        try:
            s.blobs.put(names.CONTENT, name, json.dumps(kept).encode(), if_match=found.etag)
            return len(gone)
        except Changed:
            continue
    return 0


def _is_of(row: Mapping[str, Any], people: Collection[str], s: Services) -> bool:
    address = str(row.get("requestedBy") or "")
    return bool(address) and not set(pseudonyms(s.terms.ring, address)).isdisjoint(people)
