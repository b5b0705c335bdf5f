"""A person in a batch whose rows are no requests yet: mentioned, found, and taken out of it."""

import json
from collections.abc import Collection
from typing import Any

from shared.chain import subjects
from shared.chain.batch_order import BatchOrder
from shared.chain.ports import Stored
from shared.chain.redacting import without
from shared.chain.services import Services
from shared.domain import names
from shared.domain.batch import Batch, fold
from shared.domain.notices import batch_stream
from shared.domain.request import Request
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
    return _rows_of(batch_id, people, s) + redact_batch(batch_id, people, s)


def redact_batch(batch_id: str, people: Collection[str], s: Services) -> int:
    """Who decides about the whole batch: name, address and words; 1 where there were any."""
    content = s.contents.read(batch_id)
    if content is None:
        return 0
    batch = fold(batch_id, s.streams.load(batch_stream(batch_id)).facts)
    own = notes_of(batch, people) if batch else frozenset[str]()
    if without(content, people, own) == content:
        return 0
    s.contents.update(batch_id, lambda found: without(found, people, own))
    return 1


def forget_row(request: Request, s: Services) -> None:
    """What was said of one row, when that is erased; words on the whole batch are not about it."""
    of_batch = request.terms.batch
    if of_batch is None or not any(one.scope == "batch" for one in request.terms.stages):
        return

    def theirs(note: str) -> bool:
        return note.partition("/")[2] == str(of_batch.row)

    content = s.contents.read(of_batch.id)
    if content is not None and any(map(theirs, content.comments)):
        s.contents.update(
            of_batch.id,
            lambda found: found.model_copy(
                update={
                    "comments": {k: words for k, words in found.comments.items() if not theirs(k)}
                }
            ),
        )


def notes_of(batch: Batch, people: Collection[str]) -> frozenset[str]:
    """By which names the words of these people are kept."""
    given = (ballot.data for asking in batch.askings for ballot in asking.ballots)
    return frozenset(one.note for one in given if one.note and one.reviewer in people)


def _rows_of(batch_id: str, people: Collection[str], s: Services) -> int:
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
