"""A request as the fold of its journal: `Request.apply` is the only way it changes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain import facts
from shared.domain.changes import CHANGES
from shared.domain.facts import Fact
from shared.domain.inputs import InputRef
from shared.domain.parts import Attempt, Attention, Decision, Opening
from shared.domain.transitions import FINAL, PUBLIC_STATUS, State, move
from shared.domain.values import Image
from shared.errors import IllegalMove


@dataclass(frozen=True, slots=True)
class Request:
    """
    Everything the kernel knows of a request.

    `seq` is the number of facts folded in; `round` counts generations asked for by people;
    `chosen` is the attempt whose images are being reviewed or released; attempts before
    `patience_from` no longer count when it is asked whether to give up.
    """

    id: str
    state: State = State.NEW
    seq: int = 0
    created_at: datetime | None = None
    updated_at: datetime | None = None
    accepted: facts.Accepted | None = None
    inputs: tuple[InputRef, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    round: int = 1
    chosen: int | None = None
    stages_opened: int = 0
    opening: Opening | None = None
    decisions: tuple[Decision, ...] = ()
    release: tuple[int, ...] = ()
    released: tuple[tuple[int, str], ...] = ()
    cancel_requested: bool = False
    attention: Attention | None = None
    error: str | None = None
    final_at: datetime | None = None
    retired: frozenset[str] = frozenset()
    patience_from: int = 0

    @property
    def terms(self) -> facts.Accepted:
        """What was accepted; there from the first fact on."""
        assert self.accepted is not None
        return self.accepted

    @property
    def final(self) -> bool:
        return self.state in FINAL

    @property
    def status(self) -> str:
        return PUBLIC_STATUS.get(self.state, self.state.value)

    @property
    def open_attempt(self) -> Attempt | None:
        """The call that may be under way now; there is never more than one."""
        return next((a for a in self.attempts if a.outcome is None), None)

    @property
    def images(self) -> tuple[Image, ...]:
        """The chosen images of this round, in order of index."""
        completed = self.attempt(self.chosen).completed if self.chosen else None
        return completed.images if completed else ()

    @property
    def spare(self) -> Attempt | None:
        """A paid attempt of this round that completed and was not taken."""
        if self.chosen is not None:
            return None
        ready = (a for a in self.attempts if a.round == self.round and a.completed)
        return next(ready, None)

    def attempt(self, number: int) -> Attempt:
        """
        Raises:
            IllegalMove: there was no such intent.
        """
        if not 1 <= number <= len(self.attempts):
            raise IllegalMove(f"There is no attempt {number}.")
        return self.attempts[number - 1]

    def verdicts(self) -> tuple[Decision, ...]:
        """The decisions made on the stage that was opened last."""
        opening = self.opening.seq if self.opening else None
        return tuple(d for d in self.decisions if d.opening == opening)

    def kind_of(self, fact: Fact) -> str:
        """The key of the fact in the transition table."""
        match fact.data:
            case facts.Outcome(attempt=number) if self._is_late(number):
                return f"{fact.type}~late"
            case facts.AttentionResolved(to=to):
                return f"{fact.type}:{to}"
            case _:
                return fact.type

    def _is_late(self, number: int) -> bool:
        other_call = self.open_attempt is not None and self.open_attempt.number != number
        return self.final or self.chosen is not None or other_call

    def apply(self, fact: Fact) -> "Request":
        """
        The request after the fact.

        Raises:
            IllegalMove: the fact does not fit; this request is unchanged.
        """
        if fact.seq != self.seq + 1:
            raise IllegalMove(f"Fact {fact.seq} does not follow fact {self.seq}.")
        kind = self.kind_of(fact)
        to = move(self.state, kind).to
        change = CHANGES.get(type(fact.data))
        details = change(self, fact) if change else {}
        if to in FINAL and not self.final:
            details = {"final_at": fact.at, "attention": None, **details}
        return replace(self, state=to, seq=fact.seq, updated_at=fact.at, **details)


def fold(request_id: str, journal: Iterable[Fact]) -> Request:
    request = Request(request_id)
    for fact in journal:
        request = request.apply(fact)
    return request
