"""The table of moves: what is in it moves, what is not changes nothing."""

from itertools import product
from typing import Any

import pytest

from shared.domain import approval_facts, facts
from shared.domain.erasure_facts import ErasureDone, ErasureRemoved, ErasureRequested
from shared.domain.facts import FactData
from shared.domain.request import Request
from shared.domain.transitions import (
    EVENTS,
    FINAL,
    FINAL_EVENTS,
    OUTCOMES,
    PUBLIC_STATUS,
    TABLE,
    State,
    move,
)
from shared.errors import IllegalMove
from tests.unit.histories import (
    ACCEPTED,
    APPROVED,
    ID,
    MISSED,
    RELEASING,
    added,
    completed,
    decided,
    intended,
    journal_of,
    not_sent,
    opened,
    opened_before,
    raised,
    refused,
    resolved,
    reused,
    seconds,
    unknown,
)
from tests.unit.states import HISTORIES

KINDS = sorted({kind for moves in TABLE.values() for kind in moves})
PLACE: dict[str, Any] = {"stage": "brand", "round": 1, "reviewer": "ana", "via": "caller"}
WITHDRAWN = approval_facts.Withdrawn(**PLACE)
DELEGATED = approval_facts.Delegated(**PLACE, to="bo")
ESCALATED = approval_facts.Escalated(stage="brand", reviewers=("bo",), deadline=seconds(9000))
ROUND = approval_facts.RoundOpened(
    round=2, parent=0, parent_sha256="0" * 64, edit=True, feedback=()
)
EVERY_FACT: tuple[FactData, ...] = (
    *(ACCEPTED, intended(), intended(2), completed(), refused(), not_sent(), unknown()),
    *(unknown(inferred=True), facts.Adopted(attempt=1), opened(), decided(True, True), RELEASING),
    *(APPROVED, facts.Rejected(), facts.Expired(), facts.Failed(code="internal")),
    *(facts.CancelRequested(), facts.Cancelled(), raised(), facts.Retired(phase="previews")),
    *(opened_before(), WITHDRAWN, DELEGATED, ESCALATED, ROUND),
    *(approval_facts.Reminded(stage="brand"), facts.Queued(), facts.CallbackDetached()),
    *(ErasureRequested(erasure=ID), ErasureRemoved(blobs=2), ErasureDone()),
    *(reused(), MISSED),
    *(resolved(4, to) for to in ("generation", "review", "release", "stored", "abandon")),
)


@pytest.mark.parametrize("state", State)
def test_every_state_has_a_row(state: State) -> None:
    """No state is outside the table, and each can be reached by a history."""
    assert state in TABLE
    assert journal_of(*HISTORIES[state]).request.state is state


@pytest.mark.parametrize(("state", "kind"), [*product(State, KINDS)])
def test_every_pair(state: State, kind: str) -> None:
    """A pair in the table moves as it says; any other is an illegal move."""
    if kind in TABLE[state]:
        assert move(state, kind) is TABLE[state][kind]
    else:
        with pytest.raises(IllegalMove):
            move(state, kind)


@pytest.mark.parametrize(("state", "data"), [*product(State, EVERY_FACT)])
def test_a_fact_moves_by_the_table_or_changes_nothing(state: State, data: FactData) -> None:
    """The fold goes where the table says, or raises and leaves the request as it was."""
    before = journal_of(*HISTORIES[state])
    try:
        after, _ = added(before, data)
    except IllegalMove:
        assert before == journal_of(*HISTORIES[state])
    else:
        kind = before.request.kind_of(after.facts[-1])
        assert after.request.state is TABLE[state][kind].to
        assert after.seq == before.seq + 1


@pytest.mark.parametrize("state", [State.APPROVED, State.QUEUED, State.SALVAGING])
def test_an_illegal_kind_never_reaches_the_fold(state: State) -> None:
    """What the table does not have in a state raises there, whatever the fact holds."""
    journal = journal_of(*HISTORIES[state])
    with pytest.raises(IllegalMove):
        added(journal, ACCEPTED)


AFTER_AN_INTENT = sorted(set(State) - {State.NEW, State.ACCEPTED})
CHOSEN = {State.GENERATED, State.REVIEWING, State.RELEASING, *FINAL}


@pytest.mark.parametrize(("state", "outcome"), [*product(AFTER_AN_INTENT, OUTCOMES)])
def test_outcomes_have_a_row_wherever_they_can_arrive(state: State, outcome: str) -> None:
    """A report of what happened outside is never refused after its intent, not even at the end."""
    assert f"{outcome}~late" in TABLE[state] if state in CHOSEN else outcome in TABLE[state]


@pytest.mark.parametrize("state", sorted(set(State) - FINAL))
def test_every_state_has_a_way_to_an_end(state: State) -> None:
    """From each state that is not final some moves lead to a final one."""
    seen = {state}
    for _ in State:
        seen |= {to.to for one in seen for to in TABLE[one].values()}

    assert seen & FINAL


@pytest.mark.parametrize("state", sorted(FINAL))
def test_a_final_state_is_never_left(state: State) -> None:
    """After the end every move stays where it is and tells nobody."""
    assert {to for to in TABLE[state].values()} == {TABLE[state]["request.retired"]}
    assert TABLE[state]["request.retired"] == (state, None)


def test_events() -> None:
    """The request events of the public contract, each caused by some move."""
    assert EVENTS == (
        "darkroom.approval.escalated",
        "darkroom.approval.reminded",
        "darkroom.approval.requested",
        "darkroom.images.generated",
        "darkroom.request.accepted",
        "darkroom.request.approved",
        "darkroom.request.cancelled",
        "darkroom.request.expired",
        "darkroom.request.failed",
        "darkroom.request.needsAttention",
        "darkroom.request.rejected",
    )
    assert set(FINAL_EVENTS) == {f"darkroom.request.{state}" for state in FINAL}


@pytest.mark.parametrize("state", sorted(set(State) - {State.NEW}))
def test_public_status(state: State) -> None:
    """Callers see one of the eleven statuses, a final one exactly when the request is final."""
    status = Request("x", state).status

    assert status == PUBLIC_STATUS.get(state, state.value)
    assert (status in {one.value for one in FINAL}) == (state in FINAL)
