"""What each fact changes about a request, beside its state; `Request.apply` is who asks."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shared.domain import (
    alt_text_changes,
    alt_texts,
    approval_changes,
    approval_facts,
    erasure_changes,
    erasure_facts,
    facts,
    reuse_changes,
    reuse_facts,
)
from shared.domain.facts import Fact
from shared.domain.inputs import completed
from shared.domain.parts import Attempt, Attention, may_follow
from shared.domain.screening import Screened, Trouble, Unscreened
from shared.domain.transitions import UNDER_REVIEW
from shared.errors import IllegalMove

if TYPE_CHECKING:
    from shared.domain.request import Request

Details = dict[str, Any]


def _accepted(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    if data.request_id != request.id:
        raise IllegalMove("The journal is another request's.")
    if data.batch is None and any(stage.scope == "batch" for stage in data.stages):
        raise IllegalMove("There is no batch whose verdict this could take over.")
    return {"accepted": data, "inputs": data.inputs, "created_at": fact.at}


def _fetched(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    return {"inputs": completed(request.inputs, data.images)}


def _screened(request: "Request", fact: Fact) -> Details:
    """Held against the agreed rules: no journal can tell of a pass that they do not give."""
    data: Any = fact.data
    rules = request.terms.screening
    if rules is None or data.round != request.round or request.screening is not None:
        raise IllegalMove("A text is screened once in its round, where that was agreed.")
    flagged = rules.flagged(data.finding)
    if data.categories != flagged or data.passed is bool(flagged):
        raise IllegalMove("What was found does not come to this.")
    return {"screenings": (*request.screenings, data), "trouble": None}


def _unscreened(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    if request.cleared or request.screening is not None:
        raise IllegalMove("There is nothing to be screened.")
    since = request.trouble.since if request.trouble else fact.at
    return {"trouble": Trouble(since, data)}


def _intended(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    if request.open_attempt or data.attempt != len(request.attempts) + 1:
        raise IllegalMove("An intent needs every earlier call to have an outcome.")
    if request.upcoming("before") is not None:
        raise IllegalMove("A stage before generation has not been asked yet.")
    if not request.cleared:
        raise IllegalMove("What is to be drawn has not passed its screening.")
    attempt = Attempt(data.attempt, data.round, data.deployment, fact.by, fact.at, data.lease_until)
    return {"attempts": (*request.attempts, attempt), "attention": None}


def _outcome(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    attempt = request.attempt(data.attempt)
    if not may_follow(attempt, data):
        raise IllegalMove("The attempt already has an outcome that this one may not replace.")
    attempts = list(request.attempts)
    attempts[data.attempt - 1] = replace(attempt, outcome=data)
    details: Details = {"attempts": tuple(attempts), **erasure_changes.reopened(request)}
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


def _attention(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    return {"attention": Attention(fact.seq, data.code, fact.at, data.deadline, request.state)}


def _resolved(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    if request.attention is None or request.attention.seq != data.attention:
        raise IllegalMove("This answers another attention than the open one.")
    if data.to == "abandon":
        return {"attention": None, "error": request.attention.code}
    gates, stages = _asked_again(request, data.to)
    # A call still under way is not answered for: its outcome may need an answer of its own.
    settled = len(request.attempts) - (request.open_attempt is not None)
    counts: Details = {"gates_opened": gates, "stages_opened": stages}
    counts |= reuse_changes.resumed(request, data.to)
    return {"attention": None, "trouble": None, "patience_from": settled, **counts}


def _asked_again(request: "Request", to: str) -> tuple[int, int]:
    """Where nobody was asked that stage is opened again; what was swapped, everybody sees anew."""
    assert request.attention is not None
    gates, stages = request.gates_opened, request.stages_opened
    in_review = request.attention.raised_in in UNDER_REVIEW
    if to == "generation" and in_review and gates:
        agreed = request.opening is not None and request.opening.asks in request.terms.stages
        return gates - agreed, stages
    if to == "review":
        unheard = in_review and request.attention.code == "nobody_asked"
        return gates, stages - 1 if unheard else 0
    return gates, stages


def _cancelling(request: "Request", fact: Fact) -> Details:
    return {"cancel_requested": True}


def _approved(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    return {"released": tuple(sorted(data.blobs.items()))}


def _failed(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    return {"error": data.code}


def _detached(request: "Request", fact: Fact) -> Details:
    return {"callback_detached": True}


def _retired(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    return {"retired": request.retired | {data.phase}}


CHANGES: dict[type[facts.FactData], Callable[["Request", Fact], Details]] = {
    facts.Accepted: _accepted,
    facts.InputsFetched: _fetched,
    Screened: _screened,
    Unscreened: _unscreened,
    reuse_facts.ImagesReused: reuse_changes.reused,
    reuse_facts.ReuseMissed: reuse_changes.missed,
    facts.Intended: _intended,
    **dict.fromkeys((facts.Completed, facts.Refused, facts.NotSent, facts.Unknown), _outcome),
    facts.Adopted: _adopted,
    alt_texts.AltTextIntended: alt_text_changes.intended,
    alt_texts.AltTextDrafted: alt_text_changes.outcome,
    alt_texts.AltTextFailed: alt_text_changes.outcome,
    alt_texts.AltTextSkipped: alt_text_changes.skipped,
    facts.Queued: approval_changes.gate_passed,
    approval_facts.StageOpened: approval_changes.opened,
    approval_facts.Decided: approval_changes.decided,
    approval_facts.Withdrawn: approval_changes.withdrawn,
    approval_facts.Delegated: approval_changes.delegated,
    approval_facts.Reminded: approval_changes.reminded,
    approval_facts.Escalated: approval_changes.escalated,
    approval_facts.RoundOpened: approval_changes.round_opened,
    approval_facts.ReleaseStarted: approval_changes.release,
    facts.Approved: _approved,
    **dict.fromkeys((facts.CancelRequested, facts.Cancelled), _cancelling),
    facts.AttentionRaised: _attention,
    facts.AttentionResolved: _resolved,
    facts.Failed: _failed,
    facts.CallbackDetached: _detached,
    facts.Retired: _retired,
    erasure_facts.ErasureRequested: erasure_changes.requested,
    erasure_facts.ErasureRemoved: erasure_changes.removed,
    erasure_facts.ErasureDone: erasure_changes.done,
}
