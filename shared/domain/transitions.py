"""
The states of a request and the one table of its moves.

Two rules. Everything that decides which state follows stands in TABLE. A move that is not in
TABLE is illegal: it raises and changes nothing.

A *kind* is a fact's type; three families are told apart more finely by `Request.kind_of`:
an outcome that no longer matters for the state (the request is final, other images are chosen,
another call is in flight, or another round is on) is `…~late`; `attention.resolved` carries where
the work goes on, `approval.opened` whether people are asked before generation, after it, or with
the whole batch, which tells of it.

The diagram in docs/architecture.md is drawn from this table.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from shared.errors import IllegalMove


class State(StrEnum):
    NEW = "new"
    ACCEPTED = "accepted"
    ASKING = "asking"
    QUEUED = "queued"
    GENERATING = "generating"
    CANCELLING = "cancelling"
    UNSETTLED = "unsettled"
    SALVAGING = "salvaging"
    GENERATED = "generated"
    REVIEWING = "reviewing"
    RELEASING = "releasing"
    ATTENTION = "attention"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    FAILED = "failed"
    CANCELLED = "cancelled"


S = State
FINAL = frozenset({S.APPROVED, S.REJECTED, S.EXPIRED, S.FAILED, S.CANCELLED})
REQUESTED = "darkroom.approval.requested"
# A stage is open: before generation, and after it.
UNDER_REVIEW = frozenset({S.ASKING, S.REVIEWING})

# What callers see (API: `status`); a state that is not listed shows its own name.
PUBLIC_STATUS: Mapping[State, str] = {
    S.CANCELLING: "generating",
    S.UNSETTLED: "generating",
    S.SALVAGING: "generating",
    S.GENERATED: "generating",
    S.ASKING: "awaitingApproval",
    S.REVIEWING: "awaitingApproval",
    S.ATTENTION: "needsAttention",
}


class Move(NamedTuple):
    """Where a fact leads, and the event it causes, if any."""

    to: State
    event: str | None = None


_GENERATED = Move(S.GENERATED, "darkroom.images.generated")
_ATTENTION = Move(S.ATTENTION, "darkroom.request.needsAttention")
_APPROVED = Move(S.APPROVED, "darkroom.request.approved")
_REJECTED = Move(S.REJECTED, "darkroom.request.rejected")
_EXPIRED = Move(S.EXPIRED, "darkroom.request.expired")
_FAILED = Move(S.FAILED, "darkroom.request.failed")
_CANCELLED = Move(S.CANCELLED, "darkroom.request.cancelled")

OUTCOMES = (
    "generation.completed",
    "generation.refused",
    "generation.not_sent",
    "generation.unknown",
)


def _late(state: State) -> dict[str, Move]:
    return {f"{outcome}~late": Move(state) for outcome in OUTCOMES}


def _outcomes(completed: Move, refused: Move, not_sent: Move, unknown: Move) -> dict[str, Move]:
    return dict(zip(OUTCOMES, (completed, refused, not_sent, unknown), strict=True))


_OPEN = {"request.cancelled": _CANCELLED, "attention.raised": _ATTENTION}
_INTEND = {"generation.intended": Move(S.GENERATING)}
_FAIL = {"request.failed": _FAILED}


def _prepare(state: State) -> dict[str, Move]:
    """What has to be there, and to have passed, before anybody is asked or anything bought."""
    return dict.fromkeys(("inputs.fetched", "content.screened", "screening.failed"), Move(state))


_ADOPT = {"generation.adopted": _GENERATED}
_GATE = {"approval.opened:before": Move(S.ASKING, REQUESTED)}
_STAGE = {
    "approval.opened:after": Move(S.REVIEWING, REQUESTED),
    "approval.opened:batch": Move(S.REVIEWING),
}


def _reuse(state: State) -> dict[str, Move]:
    """What people approved once is released as it is; where there is none, nothing changes."""
    return {"images.reused": Move(S.RELEASING), "reuse.missed": Move(state)}


def _review(state: State) -> dict[str, Move]:
    """What can be said while people are asked; who takes another's place is asked as well."""
    return {
        "approval.decided": Move(state),
        "approval.withdrawn": Move(state),
        "approval.delegated": Move(state, REQUESTED),
        "approval.reminded": Move(state, "darkroom.approval.reminded"),
        "approval.escalated": Move(state, "darkroom.approval.escalated"),
        "request.rejected": _REJECTED,
        "request.expired": _EXPIRED,
    }


def _swept_up(state: State) -> dict[str, Move]:
    """What is said of content that goes after the end."""
    return dict.fromkeys(("request.retired", "erasure.removed", "erasure.done"), Move(state))


_MOVES: Mapping[State, Mapping[str, Move]] = {
    S.NEW: {"request.accepted": Move(S.ACCEPTED, "darkroom.request.accepted")},
    S.ACCEPTED: {
        **(_OPEN | _INTEND | _FAIL | _GATE | _prepare(S.ACCEPTED) | _reuse(S.ACCEPTED)),
        "generation.queued": Move(S.QUEUED),
    },
    S.ASKING: {
        **(_OPEN | _GATE | _review(S.ASKING) | {"generation.queued": Move(S.QUEUED)}),
        **_outcomes(_GENERATED, _FAILED, Move(S.ASKING), Move(S.ASKING)),
        **_late(S.ASKING),
    },
    S.QUEUED: {
        **(_OPEN | _INTEND | _FAIL | _GATE | _prepare(S.QUEUED)),
        **(_ADOPT | _late(S.QUEUED) | _reuse(S.QUEUED)),
        **_outcomes(_GENERATED, _FAILED, Move(S.QUEUED), Move(S.QUEUED)),
    },
    S.GENERATING: {
        **_outcomes(_GENERATED, _FAILED, Move(S.QUEUED), Move(S.UNSETTLED)),
        **_late(S.GENERATING),
        "request.cancelRequested": Move(S.CANCELLING),
        "attention.raised": _ATTENTION,
    },
    S.CANCELLING: {
        **_outcomes(_CANCELLED, _CANCELLED, _CANCELLED, _CANCELLED),
        **_late(S.CANCELLING),
    },
    S.UNSETTLED: {
        **(_OPEN | _INTEND | _ADOPT | _GATE | _late(S.UNSETTLED)),
        **_outcomes(_GENERATED, _FAILED, Move(S.QUEUED), Move(S.UNSETTLED)),
    },
    S.SALVAGING: {
        **(_OPEN | _ADOPT | _late(S.SALVAGING)),
        **_outcomes(_GENERATED, _FAILED, Move(S.QUEUED), Move(S.SALVAGING)),
    },
    S.GENERATED: {
        **(_OPEN | _FAIL | _late(S.GENERATED)),
        **dict.fromkeys(("altText.intended", "altText.skipped"), Move(S.GENERATED)),
        **_STAGE,
        "release.started": Move(S.RELEASING),
    },
    S.REVIEWING: {
        **(_OPEN | _late(S.REVIEWING) | _review(S.REVIEWING)),
        **_STAGE,
        "release.started": Move(S.RELEASING),
        "round.opened": Move(S.QUEUED),
    },
    S.RELEASING: {
        **_late(S.RELEASING),
        "request.approved": _APPROVED,
        "attention.raised": _ATTENTION,
    },
    S.ATTENTION: {
        **(_ADOPT | _late(S.ATTENTION)),
        **_outcomes(_GENERATED, _FAILED, Move(S.QUEUED), Move(S.ATTENTION)),
        "request.cancelled": _CANCELLED,
        "request.failed": _FAILED,
        "attention.resolved:generation": Move(S.QUEUED),
        "attention.resolved:stored": Move(S.SALVAGING),
        "attention.resolved:review": Move(S.GENERATED),
        "attention.resolved:release": Move(S.RELEASING),
        "attention.resolved:abandon": _FAILED,
    },
    **{state: {**_late(state), **_swept_up(state)} for state in sorted(FINAL)},
}
# An engine stops waiting whenever it does, and changes nothing by it. An erasure may be asked for
# at any time, too: what ends the request is a fact of its own. What came of a call for an alt text
# is money, however late, and never a reason to go anywhere else.
_ANYTIME = ("callback.detached", "erasure.requested", "altText.drafted", "altText.failed")
TABLE: Mapping[State, Mapping[str, Move]] = {
    state: moves if state is S.NEW else {**moves, **dict.fromkeys(_ANYTIME, Move(state))}
    for state, moves in _MOVES.items()
}

EVENTS = tuple(
    sorted({move.event for moves in TABLE.values() for move in moves.values() if move.event})
)
_ENDS = (_APPROVED, _REJECTED, _EXPIRED, _FAILED, _CANCELLED)
FINAL_EVENTS = tuple(move.event for move in _ENDS if move.event)


def move(state: State, kind: str) -> Move:
    """
    Raises:
        IllegalMove: the state does not allow it.
    """
    try:
        return TABLE[state][kind]
    except KeyError:
        raise IllegalMove(f"{kind} is not possible in state {state}.") from None
