"""
Which waits a request has had: for people, or for an operator.

A wait is named by the fact that begins it, so no two waits ever have the same name.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.domain import names
from shared.domain.approval_facts import StageOpened
from shared.domain.facts import AttentionRaised, Fact, FactData
from shared.domain.request import Request
from shared.domain.transitions import State

PEOPLE, OPERATOR = "awaitingApproval", "needsAttention"
STATUSES = (PEOPLE, OPERATOR)


@dataclass(frozen=True, slots=True)
class Wait:
    """`seq` is that of the fact by which it began."""

    status: str
    request_id: str
    seq: int
    caller: str

    @property
    def name(self) -> str:
        """Of its marker; listed by status, the newest request first."""
        return f"{prefix_of(self.status, self.request_id)}{self.seq:06d}-{self.caller}"


def folder_of(status: str) -> str:
    return f"{names.BY_STATUS}{status}/"


def prefix_of(status: str, request_id: str) -> str:
    """What the names of a request's waits begin with."""
    return f"{folder_of(status)}{names.newest_first(request_id)}-"


def wait_named(name: str) -> Wait | None:
    """None for a name that is none of ours."""
    parts = name.removeprefix(names.BY_STATUS).partition("/")
    status, (inverted, *rest) = parts[0], parts[2].split("-", 2)
    request_id = names.newest_first(inverted)
    if status not in STATUSES or len(rest) != 2 or not names.is_ulid(request_id):
        return None
    seq, caller = rest
    return Wait(status, request_id, int(seq), caller) if seq.isdecimal() else None


def wait_of(request: Request) -> Wait | None:
    """The wait that the request is in now."""
    if request.under_review and request.opening is not None:
        return Wait(PEOPLE, request.id, request.opening.seq, request.terms.caller)
    if request.state is State.ATTENTION and request.attention is not None:
        return Wait(OPERATOR, request.id, request.attention.seq, request.terms.caller)
    return None


def begun_by(request: Request, data: Iterable[FactData]) -> list[Wait]:
    """The waits that begin when these facts are added to the request."""
    numbered = enumerate(data, start=request.seq + 1)
    return [wait for seq, one in numbered if (wait := _begun(request, seq, one))]


def over(request: Request, facts: Iterable[Fact], before: Request) -> list[Wait]:
    """The waits that ended since `before`."""
    begun = (_begun(request, fact.seq, fact.data) for fact in facts if fact.seq > before.seq)
    known = [wait_of(before) if before.accepted else None, *begun]
    return [wait for wait in known if wait and wait != wait_of(request)]


def _begun(request: Request, seq: int, data: FactData) -> Wait | None:
    match data:
        case StageOpened():
            return Wait(PEOPLE, request.id, seq, request.terms.caller)
        case AttentionRaised():
            return Wait(OPERATOR, request.id, seq, request.terms.caller)
        case _:
            return None
