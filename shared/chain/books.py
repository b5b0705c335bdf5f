"""
The books follow the facts, as events do: at least once, and nothing changes by repeating.

Posted are the facts after the position from which the look is covered, so whoever dies between a
fact and the books leaves a due entry behind from which the next look posts it again.
"""

from contextlib import suppress

from shared.chain.journal import Journal
from shared.chain.services import Services
from shared.domain.alt_texts import AltTextOutcome
from shared.domain.budget import accepted_at, draft_key_of, key_of, month_of
from shared.domain.draft_ledger import draft_line_of
from shared.domain.facts import Fact, Outcome
from shared.domain.ledger import Line, day_of, line_of
from shared.errors import OurError


def post(journal: Journal, since: int, s: Services) -> None:
    """
    Write what the facts after `since` mean for ledger, budget and open requests.

    Raises:
        StorageError: not all of it may be written; post again.
    """
    new = journal.facts[since:]
    for fact in new:
        known = journal.facts[: fact.seq]
        match fact.data:
            case Outcome(attempt=attempt):
                line = line_of(journal.request, known, fact, _cost_center(journal, s))
                _outcome(journal, fact, key_of(journal.id, attempt), line, s)
            case AltTextOutcome(draft=draft):
                line = draft_line_of(journal.request, known, fact, _cost_center(journal, s))
                _outcome(journal, fact, draft_key_of(journal.id, draft), line, s)
    if new and journal.request.final:
        _closed(journal, s)


def _outcome(journal: Journal, fact: Fact, key: str, line: Line | None, s: Services) -> None:
    """The ledger first: a budget that is begun in between takes the line from there."""
    request = journal.request
    accepted = accepted_at(request)
    if line:
        s.ledger.add(day_of(accepted), line)
    if caller := s.terms.callers.by_name(request.terms.caller):
        s.budgets.settle(caller, month_of(accepted), key, fact)


def _cost_center(journal: Journal, s: Services) -> str | None:
    """Only a label: content that nobody can read must not keep the books from being written."""
    with suppress(OurError):
        content = s.contents.read(journal.id)
        return content.cost_center if content else None
    return None


def _closed(journal: Journal, s: Services) -> None:
    request = journal.request
    if caller := s.terms.callers.by_name(request.terms.caller):
        s.budgets.release(caller, month_of(accepted_at(request)), request)
        s.open_requests.leave(journal.id, caller)
