"""What people and callers may do with a request that is there: cancel it, take it up again."""

from collections.abc import Callable
from contextlib import suppress
from typing import Literal

from shared.chain import fact_log
from shared.chain.due import Covers
from shared.chain.journal import Journal, LostRace
from shared.chain.nudges import nudge_quietly
from shared.chain.router import leave
from shared.chain.services import Services
from shared.chain.steps.looks import store_of
from shared.domain.facts import (
    AttentionResolved,
    Cancelled,
    CancelRequested,
    Draft,
    FactData,
)
from shared.domain.request import Request
from shared.domain.transitions import State
from shared.errors import Conflict, NotFound, StorageError
from shared.security.callers import Caller

# Another worker can only be faster as often as there are facts to add.
MAX_RACES = 20

Action = Literal["retry", "useStored", "abandon"]


def load(request_id: str, s: Services) -> Journal:
    """
    Raises:
        NotFound: there is no such request.
    """
    journal = s.journals.load(request_id)
    if not journal:
        raise NotFound
    return journal


def append_choice(
    request_id: str, actor: str, choose: Callable[[Journal], list[FactData]], s: Services
) -> Journal:
    """
    Append what `choose` makes of the newest journal; asked anew after each lost race.

    An empty answer changes nothing. Whatever `choose` raises, nothing was changed either.
    """
    covers = Covers(s.due, request_id)
    for _ in range(MAX_RACES):
        journal = load(request_id, s)
        facts = choose(journal)
        if not facts:
            return journal
        covers.before_append(journal.seq)
        try:
            drafts = [Draft(actor=actor, data=fact) for fact in facts]
            appended = s.journals.append(journal, drafts).journal
        except LostRace:
            continue
        covers.after_append(journal.seq)
        for fact in appended.facts[journal.seq :]:
            fact_log.tell(request_id, fact)
        nudge_quietly(s, request_id, journal.seq, covers.held[-1].name)
        return appended
    raise StorageError("The request is changing too fast.")


def cancel(request_id: str, caller: Caller, s: Services) -> Journal:
    """
    Cancel now, or as soon as the call that is under way has an outcome.

    Raises:
        Conflict: `already_final` or `releasing`.
    """
    return cancel_as(f"caller:{caller.name}", request_id, s)


def cancel_as(actor: str, request_id: str, s: Services) -> Journal:
    """As `cancel`, for whoever acts on another's wish."""
    journal = append_choice(request_id, actor, _cancel, s)
    with suppress(StorageError):  # a turn that is not given back lapses
        leave(journal.request, s)
    return journal


def _cancel(journal: Journal) -> list[FactData]:
    state = journal.request.state
    if state in (State.CANCELLED, State.CANCELLING):
        return []
    if journal.request.final:
        raise Conflict("The request is final.", code="already_final")
    if state is State.RELEASING:
        raise Conflict("What was approved is being released.", code="releasing")
    return [CancelRequested() if state is State.GENERATING else Cancelled()]


def resume(request_id: str, action: Action, attention: int, caller: Caller, s: Services) -> Journal:
    """
    An operator's answer to one attention; a repeated one permits nothing new.

    Raises:
        Conflict: `not_in_attention`, `stale_attention`, or `nothing_stored` for `useStored`.
    """

    def choose(journal: Journal) -> list[FactData]:
        request = journal.request
        if (answered := _answer_to(journal, attention)) is not None:
            if answered == action:
                return []
            raise Conflict("It was answered otherwise by now.", code="stale_attention")
        if request.attention is None:
            raise Conflict("The request does not wait for an operator.", code="not_in_attention")
        if request.attention.seq != attention:
            raise Conflict("Another attention is open by now.", code="stale_attention")
        if action == "useStored" and (request.images or not _stored(journal, s)):
            raise Conflict("No image of an unknown call is stored.", code="nothing_stored")
        to = _target(request, action)
        return [AttentionResolved(attention=attention, action=action, to=to)]

    return append_choice(request_id, f"caller:{caller.name}", choose, s)


def _answer_to(journal: Journal, attention: int) -> Action | None:
    answers = (fact.data for fact in journal.facts if isinstance(fact.data, AttentionResolved))
    return next((one.action for one in answers if one.attention == attention), None)


def _stored(journal: Journal, s: Services) -> bool:
    unknown = [attempt for attempt in journal.request.attempts if attempt.unknown]
    return bool(unknown) and bool(store_of(journal, unknown[-1], s).stored())


def _target(
    request: Request, action: Action
) -> Literal["generation", "review", "release", "stored", "abandon"]:
    """Where the work goes on: with what is there, never further back than needed."""
    if action == "abandon":
        return "abandon"
    if action == "useStored":
        return "stored"
    if not request.images:
        return "generation"
    was_releasing = request.attention and request.attention.raised_in is State.RELEASING
    swapped = request.attention and request.attention.code == "digest_mismatch"
    if was_releasing and not swapped:
        return "release"
    return "generation" if request.reused else "review"
