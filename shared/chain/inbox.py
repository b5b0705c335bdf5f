"""What waits for a person: an index that is put before the facts, and read against them."""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from shared.chain.journal import Journal
from shared.chain.links import VIEW_FOR
from shared.chain.listed import names_under
from shared.chain.services import Services
from shared.domain import names
from shared.domain.inbox_views import InboxItem
from shared.domain.parts import Opening
from shared.domain.request import Request
from shared.domain.review_views import AskedStage
from shared.domain.waiting import entries_of, entries_over, holds
from shared.security.people import pseudonyms
from shared.security.tokens import ReviewClaims


def put(request_id: str, people: Iterable[str], deadline: datetime, s: Services) -> None:
    """Before the fact that asks them; one that never follows leaves what does not hold."""
    for name in sorted(entries_of(request_id, people, deadline)):
        s.blobs.put(names.STATE, name, b"{}")


def forget(journal: Journal, since: int, s: Services) -> None:
    """Take away what the facts after `since` have made void; nothing changes by repeating."""
    over = entries_over(journal.folds, since) if journal.seq > since else ()
    for name in sorted(over):
        s.blobs.delete(names.STATE, name)


def forget_all(request_id: str, s: Services) -> None:
    """
    Of a final request: also what was put for facts that never followed.

    Whoever was to be asked is in the content, which has their address, before there is an entry.
    """
    content = s.contents.read(request_id)
    for who in content.people if content else ():
        for name in names_under(s.blobs, names.STATE, names.waiting_for(who)):
            if name.endswith(f"-{request_id}"):
                s.blobs.delete(names.STATE, name)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose inbox it is: everything they are called in the record, under earlier keys too."""

    address: str | None
    called: tuple[str, ...]


def owner_of(claims: ReviewClaims, s: Services) -> Owner:
    """The address stands in the content of the request that the link is for, while it is kept."""
    content = s.contents.read(claims.request_id)
    address = content.people.get(claims.reviewer) if content else None
    others = pseudonyms(s.terms.ring, address) if address else ()
    return Owner(address, tuple(dict.fromkeys((claims.reviewer, *others))))


@dataclass(frozen=True, slots=True)
class Entry:
    """`mark` is the end of its name: they sort as the deadlines do, whoever is named."""

    mark: str
    who: str

    @property
    def request_id(self) -> str:
        return self.mark.rpartition("-")[2]


def entries(owner: Owner, after: str, s: Services) -> Iterator[Entry]:
    """Oldest deadline first; those behind the mark `after`."""
    folders = [names.waiting_for(who) for who in owner.called]
    listed = (names_under(s.blobs, names.STATE, folder) for folder in folders)
    for name in heapq.merge(*listed, key=_mark):
        who, mark = name.removeprefix(names.WAITING).split("/", 1)
        entry = Entry(mark, who)
        if mark > after and names.is_ulid(entry.request_id):
            yield entry


def _mark(name: str) -> str:
    return name.rpartition("/")[2]


def item_of(entry: Entry, s: Services) -> InboxItem | None:
    """What waits there; None when the journal does not say so, or not any more."""
    now, journal = s.clock.now(), s.journals.load(entry.request_id)
    name = names.waiting_for(entry.who) + entry.mark
    request = journal.request
    if request.opening is None or not holds(request, entry.who, name, now):
        return None
    return _item(request, request.opening, entry.who, now, s)


def _item(request: Request, opening: Opening, who: str, now: datetime, s: Services) -> InboxItem:
    assert request.created_at is not None
    content = s.contents.read(request.id)
    shown = opening.images[:1]
    thumbnails = [s.links.content(request, index, now + VIEW_FOR) for index in shown]
    return InboxItem(
        id=request.id,
        stage=AskedStage(phase=opening.phase, name=opening.stage, round=opening.round),
        deadline=opening.deadline,
        created_at=request.created_at,
        requested_by=content.requested_by if content else None,
        caller=request.terms.caller,
        purpose=content.purpose if content else None,
        images=len(opening.images),
        thumbnail_url=thumbnails[0] if thumbnails else None,
        token=s.links.review_token(request, opening, who),
    )
