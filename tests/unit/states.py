"""One short history for each state of a request."""

from shared.domain import facts
from shared.domain.facts import FactData
from shared.domain.transitions import State
from tests.unit.histories import (
    ACCEPTED,
    APPROVED,
    BARE,
    GATED,
    RELEASING,
    REVIEWED,
    completed,
    decided,
    intended,
    not_sent,
    opened_before,
    raised,
    refused,
    resolved,
    unknown,
)

HISTORIES: dict[State, tuple[FactData, ...]] = {
    State.NEW: (),
    State.ACCEPTED: (ACCEPTED,),
    State.ASKING: (GATED, opened_before()),
    State.QUEUED: (ACCEPTED, intended(), not_sent()),
    State.GENERATING: (ACCEPTED, intended()),
    State.CANCELLING: (ACCEPTED, intended(), facts.CancelRequested()),
    State.UNSETTLED: (ACCEPTED, intended(), unknown(inferred=True)),
    State.SALVAGING: (
        *(ACCEPTED, intended(), unknown(inferred=True), raised(), resolved(4, "stored")),
    ),
    State.GENERATED: (BARE, intended(), completed()),
    State.REVIEWING: REVIEWED,
    State.RELEASING: (*REVIEWED, decided(True, True), RELEASING),
    State.ATTENTION: (ACCEPTED, intended(), unknown(inferred=True), raised()),
    State.APPROVED: (*REVIEWED, decided(True, True), RELEASING, APPROVED),
    State.REJECTED: (*REVIEWED, decided(False, False), facts.Rejected()),
    State.EXPIRED: (*REVIEWED, facts.Expired()),
    State.FAILED: (ACCEPTED, intended(), refused()),
    State.CANCELLED: (ACCEPTED, facts.Cancelled()),
}
