"""What each fact changes about a request, beside its state; `Request.apply` is who asks."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shared.domain import facts
from shared.domain.facts import Fact
from shared.domain.inputs import completed
from shared.domain.parts import Attempt, Attention, Decision, Opening, may_follow
from shared.errors import IllegalMove

if TYPE_CHECKING:
    from shared.domain.request import Request

Details = dict[str, Any]


def _accepted(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    if data.request_id != request.id:
        raise IllegalMove("The journal is another request's.")
    return {"accepted": data, "inputs": data.inputs, "created_at": fact.at}


def _fetched(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    return {"inputs": completed(request.inputs, data.images)}


def _intended(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    if request.open_attempt or data.attempt != len(request.attempts) + 1:
        raise IllegalMove("An intent needs every earlier call to have an outcome.")
    attempt = Attempt(data.attempt, data.round, data.deployment, fact.by, fact.at, data.lease_until)
    return {"attempts": (*request.attempts, attempt), "attention": None}


def _outcome(request: "Request", fact: Fact) -> Details:
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


def _adopted(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    if request.attempt(data.attempt).completed is None or request.open_attempt:
        raise IllegalMove("Only a completed attempt can be adopted, and not during a call.")
    return {"chosen": data.attempt, "attention": None}


def _opened(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    opening = Opening(fact.seq, data.stage, data.round, data.manifest_sha256, data.deadline)
    return {"opening": opening, "stages_opened": request.stages_opened + 1}


def _decided(request: "Request", fact: Fact) -> Details:
    assert request.opening is not None
    decision = Decision(fact.seq, fact.at, request.opening.seq, fact.data)  # type: ignore[arg-type]
    return {"decisions": (*request.decisions, decision)}


def _attention(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    return {"attention": Attention(fact.seq, data.code, fact.at, data.deadline, request.state)}


def _resolved(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    if request.attention is None or request.attention.seq != data.attention:
        raise IllegalMove("This answers another attention than the open one.")
    if data.to == "abandon":
        return {"attention": None, "error": request.attention.code}
    opened = 0 if data.to == "review" else request.stages_opened
    # A call still under way is not answered for: its outcome may need an answer of its own.
    settled = len(request.attempts) - (request.open_attempt is not None)
    return {"attention": None, "stages_opened": opened, "patience_from": settled}


def _cancelling(request: "Request", fact: Fact) -> Details:
    return {"cancel_requested": True}


def _approved(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    return {"released": tuple(sorted(data.blobs.items()))}


def _failed(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    return {"error": data.code}


def _retired(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    return {"retired": request.retired | {data.phase}}


def _release(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    return {"release": data.images}


CHANGES: dict[type[facts.FactData], Callable[["Request", Fact], Details]] = {
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
