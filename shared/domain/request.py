"""A request as the fold of its journal: `Request.apply` is the only way it changes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from shared.domain import facts
from shared.domain.facts import Fact
from shared.domain.inputs import InputRef, completed
from shared.domain.parts import Attempt, Attention, Decision, Opening, may_follow
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
        change = DETAILS.get(type(fact.data))
        details = change(self, fact) if change else {}
        if to in FINAL and not self.final:
            details = {"final_at": fact.at, "attention": None, **details}
        return replace(self, state=to, seq=fact.seq, updated_at=fact.at, **details)


def fold(request_id: str, journal: Iterable[Fact]) -> Request:
    request = Request(request_id)
    for fact in journal:
        request = request.apply(fact)
    return request


Details = dict[str, Any]


def _accepted(request: Request, fact: Fact) -> Details:
    data: Any = fact.data
    if data.request_id != request.id:
        raise IllegalMove("The journal is another request's.")
    return {"accepted": data, "inputs": data.inputs, "created_at": fact.at}


def _fetched(request: Request, fact: Fact) -> Details:
    data: Any = fact.data
    return {"inputs": completed(request.inputs, data.images)}


def _intended(request: Request, fact: Fact) -> Details:
    data: Any = fact.data
    if request.open_attempt or data.attempt != len(request.attempts) + 1:
        raise IllegalMove("An intent needs every earlier call to have an outcome.")
    attempt = Attempt(data.attempt, data.round, data.deployment, fact.by, fact.at, data.lease_until)
    return {"attempts": (*request.attempts, attempt), "attention": None}


def _outcome(request: Request, fact: Fact) -> Details:
    data: Any = fact.data
    attempt = request.attempt(data.attempt)
    if not may_follow(attempt, data):
        raise IllegalMove("The attempt already has an outcome that this one may not replace.")
    attempts = list(request.attempts)
    attempts[data.attempt - 1] = replace(attempt, outcome=data)
    details: Details = {"attempts": tuple(attempts)}
    if not request.kind_of(fact).endswith("~late"):
        details |= {"attention": None} if not isinstance(data, facts.Unknown) else {}
        details |= {"chosen": data.attempt} if isinstance(data, facts.Completed) else {}
        details |= {"error": data.code} if isinstance(data, facts.Refused) else {}
    return details


def _adopted(request: Request, fact: Fact) -> Details:
    data: Any = fact.data
    if request.attempt(data.attempt).completed is None or request.open_attempt:
        raise IllegalMove("Only a completed attempt can be adopted, and not during a call.")
    return {"chosen": data.attempt, "attention": None}


def _opened(request: Request, fact: Fact) -> Details:
    data: Any = fact.data
    opening = Opening(fact.seq, data.stage, data.round, data.manifest_sha256, data.deadline)
    return {"opening": opening, "stages_opened": request.stages_opened + 1}


def _decided(request: Request, fact: Fact) -> Details:
    assert request.opening is not None
    decision = Decision(fact.seq, fact.at, request.opening.seq, fact.data)  # type: ignore[arg-type]
    return {"decisions": (*request.decisions, decision)}


def _attention(request: Request, fact: Fact) -> Details:
    data: Any = fact.data
    return {"attention": Attention(fact.seq, data.code, fact.at, data.deadline, request.state)}


def _resolved(request: Request, fact: Fact) -> Details:
    data: Any = fact.data
    if request.attention is None or request.attention.seq != data.attention:
        raise IllegalMove("This answers another attention than the open one.")
    if data.to == "abandon":
        return {"attention": None, "error": request.attention.code}
    opened = 0 if data.to == "review" else request.stages_opened
    # A call still under way is not answered for: its outcome may need an answer of its own.
    settled = len(request.attempts) - (request.open_attempt is not None)
    return {"attention": None, "stages_opened": opened, "patience_from": settled}


def _cancelling(request: Request, fact: Fact) -> Details:
    return {"cancel_requested": True}


def _approved(request: Request, fact: Fact) -> Details:
    data: Any = fact.data
    return {"released": tuple(sorted(data.blobs.items()))}


def _failed(request: Request, fact: Fact) -> Details:
    data: Any = fact.data
    return {"error": data.code}


def _retired(request: Request, fact: Fact) -> Details:
    data: Any = fact.data
    return {"retired": request.retired | {data.phase}}


def _release(request: Request, fact: Fact) -> Details:
    data: Any = fact.data
    return {"release": data.images}


DETAILS: dict[type[facts.FactData], Callable[[Request, Fact], Details]] = {
    facts.Accepted: _accepted,
    facts.InputsFetched: _fetched,
    facts.Intended: _intended,
    **dict.fromkeys((facts.Completed, facts.Refused, facts.NotSent, facts.Unknown), _outcome),
    facts.Adopted: _adopted,
    facts.StageOpened: _opened,
    facts.Decided: _decided,
    facts.ReleaseStarted: _release,
    facts.Approved: _approved,
    **dict.fromkeys((facts.CancelRequested, facts.Cancelled), _cancelling),
    facts.AttentionRaised: _attention,
    facts.AttentionResolved: _resolved,
    facts.Failed: _failed,
    facts.Retired: _retired,
}
