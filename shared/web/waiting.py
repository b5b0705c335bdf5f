"""The inbox: what waits for the person whose link it is."""

from shared.chain.inbox import Owner, entries, item_of, owner_of
from shared.chain.services import Services
from shared.domain import names
from shared.domain.inbox_views import Inbox, InboxItem
from shared.errors import NotAuthenticated
from shared.security.tokens import ANYONE, ReviewClaims, read_review_token
from shared.web.continuation import Place, limit_of, read_place, written_place
from shared.web.exchange import Answer, Call, all_read, answer

# Journals one call may read: what does not hold any more is taken away soon, but not at once.
MAX_SCANNED = 100


def inbox(call: Call, s: Services) -> Answer:
    claims = _own_link(call, s)
    folder = names.waiting_for(claims.reviewer)
    limit, place = all_read([lambda: limit_of(call), lambda: read_place(call, folder, s)])
    owner = owner_of(claims, s)
    items, rest = _page(owner, place, limit, s)
    continuation = written_place(rest, folder, s) if rest else None
    found = Inbox(reviewer=owner.address, items=tuple(items), continuation=continuation)
    return answer(200, found)


def _own_link(call: Call, s: Services) -> ReviewClaims:
    """
    Raises:
        NotAuthenticated: no good token, or one for whoever holds it.
    """
    claims = read_review_token(s.terms.ring, call.review_token, s.clock.now())
    if claims.reviewer == ANYONE or claims.phase == "view":
        raise NotAuthenticated("The review token is not valid.", code="invalid_token")
    return claims


def _page(
    owner: Owner, start: Place, limit: int, s: Services
) -> tuple[list[InboxItem], Place | None]:
    found: list[InboxItem] = []
    waiting = entries(owner, start.after, s)
    for scanned, entry in enumerate(waiting, start=1):
        if item := item_of(entry, s):
            found.append(item)
        if len(found) == limit or scanned == MAX_SCANNED:
            return found, Place(None, entry.mark) if next(waiting, None) else None
    return found, None
