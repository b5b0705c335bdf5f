"""
Doors of erasures: of one request, and of one person.

The erasure of a request is in its journal and needs no record; its id is the request's own. That
of a person is a record, claimed under their pseudonym, and carried on by `person_erasure.py`.
"""

from collections.abc import Sequence
from contextlib import suppress

from pydantic import ValidationError

from shared import logs
from shared.chain import cells, subjects
from shared.chain.doors import append_choice
from shared.chain.due import Covers
from shared.chain.journal import Journal
from shared.chain.nudges import nudge_quietly
from shared.chain.router import leave
from shared.chain.services import Services
from shared.domain import names
from shared.domain.erasure_facts import ErasureRequested
from shared.domain.facts import Cancelled, CancelRequested, FactData
from shared.domain.request import Request
from shared.domain.transitions import State
from shared.domain.values import Instant, Value
from shared.errors import AlreadyThere, CorruptJournal, StorageError
from shared.security.people import pseudonyms

# Doors that ask for the same person at once.
MAX_RACES = 20
# Mentions that are read to see whether anything came after an erasure that is done.
MAX_LOOKS = 100


class Record(Value):
    """
    A person's erasure. `people` is what they were called when it began, under each key.

    `after` is the mention that the next look goes on from, `clean`: nothing was to do since this
    pass began. `counted` are those that the last look counted: whoever finds one still there does
    not count it again. `confirmed`: everything was looked at once more, an hour later.
    """

    v: int = 1
    id: str
    people: tuple[str, ...]
    caller: str
    at: Instant
    requests: int = 0
    redacted: int = 0
    blobs: int = 0
    after: str = ""
    clean: bool = True
    counted: tuple[str, ...] = ()
    done_at: Instant | None = None
    confirmed: bool = False


class Claim(Value):
    """Which erasure is the last one of a person."""

    id: str


def erase_request(request_id: str, erasure: str, caller: str, s: Services) -> Journal:
    """
    End the request, if it has not ended, and have everything erased that it holds.

    As with a cancel, a paid call that is under way comes to its end, and so does a release.
    """

    def choose(journal: Journal) -> list[FactData]:
        if journal.request.erasure is not None:
            return []
        return [ErasureRequested(erasure=erasure), *_ending(journal.request)]

    journal = append_choice(request_id, f"caller:{caller}", choose, s)
    with suppress(StorageError):  # a turn that is not given back lapses
        leave(journal.request, s)
    return journal


def _ending(request: Request) -> list[FactData]:
    if request.final or request.state in (State.CANCELLING, State.RELEASING):
        return []
    return [CancelRequested() if request.state is State.GENERATING else Cancelled()]


def erase_person(address: str, caller: str, s: Services) -> Record:
    """
    The erasure of everything about this person: a new one, or the one that says it all already.

    Raises:
        StorageError: asking again is safe.
    """
    people = pseudonyms(s.terms.ring, address)
    erasure = cells.raced(lambda: _claimed(people, s), MAX_RACES, "Too many ask at once.")
    if (known := read(erasure, s)) is not None:
        return known
    covers = Covers(s.due, subject_of(erasure))
    covers.before_append(0)
    record = Record(id=erasure, people=people, caller=caller, at=s.clock.now())
    with suppress(AlreadyThere):
        cells.put(s.blobs, name_of(erasure), record, None)
    covers.after_append(0)
    logs.event("erasure.begun", erasure=erasure, caller=caller)
    nudge_quietly(s, subject_of(erasure), 0, covers.held[-1].name)
    return record


def _claimed(people: Sequence[str], s: Services) -> str:
    """Who meets a claim goes on with its id, unless that erasure is done and more has come."""
    found = [s.blobs.read(names.STATE, _claim_of(who)) for who in people]
    claims = [Claim.model_validate_json(one.data).id for one in found if one]
    for erasure in claims:
        if not _outdated(erasure, people, s):
            return erasure
    fresh = names.ulid(s.clock.now(), s.entropy.token_bytes(10))
    etag = found[0].etag if found[0] else None
    cells.put(s.blobs, _claim_of(people[0]), Claim(id=fresh), etag)
    return fresh


def _outdated(erasure: str, people: Sequence[str], s: Services) -> bool:
    record = read(erasure, s)
    if record is None or record.done_at is None:
        return False
    for count, name in enumerate(subjects.mentions(people, s)):
        one = subjects.read(name, s)
        if count >= MAX_LOOKS or (one is not None and one.by != erasure):
            return True
    return False


def read(erasure: str, s: Services) -> Record | None:
    return found[0] if (found := stored(erasure, s)) else None


def stored(erasure: str, s: Services) -> tuple[Record, str] | None:
    """The record and its ETag."""
    found = s.blobs.read(names.STATE, name_of(erasure))
    try:
        return (Record.model_validate_json(found.data), found.etag) if found else None
    except ValidationError:
        raise CorruptJournal("The record of an erasure is not one of ours.") from None


def name_of(erasure: str) -> str:
    return f"{names.ERASURES}{erasure}.json"


def subject_of(erasure: str) -> str:
    """As what nudges and due entries know it."""
    return names.subject_of(names.erasure_stream(erasure))


def _claim_of(who: str) -> str:
    return f"{names.ERASURES}of/{who}.json"
