"""
Who is waited for, and by which names the index of inboxes has it.

An entry is put before the fact that asks, so that nobody who is asked is without one; whether it
holds, the journal says. Once its stage, its round or its time is over it never holds again.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from shared.domain import names
from shared.domain.request import Request


def waited_for(request: Request) -> tuple[str, ...]:
    """Who is asked by name now and has not answered, while an answer would count."""
    opening = request.opening
    if opening is None or not request.under_review or request.standing.settled:
        return ()
    answered = {one.data.reviewer for one in request.verdicts()}
    return tuple(one for one in opening.reviewers if one not in answered)


def entries_of(request_id: str, people: Iterable[str], deadline: datetime) -> set[str]:
    """For those among them who are people: a caller's name has no inbox."""
    return {names.waiting_of(who, deadline, request_id) for who in people if who.startswith("p:")}


def holds(request: Request, who: str, entry: str, now: datetime) -> bool:
    opening = request.opening
    if opening is None or now > opening.deadline or who not in waited_for(request):
        return False
    return entry == names.waiting_of(who, opening.deadline, request.id)


def entries_over(folds: Sequence[Request], since: int) -> set[str]:
    """The entries that facts after `since` have made void for good; `folds`: as of each fact."""
    people, over = set[str](), set[str]()
    for before, request in pairwise(folds):
        asked, asks = _asking(before), _asking(request)
        if asked is not None and asked != asks:
            if request.seq > since:
                over |= entries_of(request.id, people, asked[1])
            people = set()
        if request.opening is not None and asks is not None:
            people |= set(request.opening.reviewers)
    return over - _alive(folds[-1]) if folds else over


def _asking(request: Request) -> tuple[int, datetime] | None:
    """An escalation asks anew, until another time."""
    opening = request.opening
    return (opening.seq, opening.deadline) if opening and request.under_review else None


def _alive(request: Request) -> set[str]:
    if request.opening is None or not request.under_review:
        return set()
    return entries_of(request.id, request.opening.reviewers, request.opening.deadline)
