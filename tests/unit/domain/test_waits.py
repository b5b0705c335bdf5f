"""Waits for people and for an operator: how they begin, are named, and end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import facts, names
from shared.domain.transitions import TABLE, UNDER_REVIEW, State
from shared.domain.waits import STATUSES, Wait, begun_by, over, wait_named, wait_of
from tests.fakes import START
from tests.unit.histories import (
    ACCEPTED,
    ID,
    REVIEWED,
    completed,
    decided,
    intended,
    journal_of,
    opened,
    raised,
    request_of,
    resolved,
    unknown,
)

CALLERS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", fullmatch=True)
IDS = st.binary(min_size=10, max_size=10).map(lambda entropy: names.ulid(START, entropy))
TROUBLED = (ACCEPTED, intended(), unknown(inferred=True), raised())


def waiting(status: str, seq: int) -> Wait:
    return Wait(status, ID, seq, ACCEPTED.caller)


@given(st.sampled_from(STATUSES), IDS, st.integers(1, 2_000_000), CALLERS)
def test_a_name_tells_its_wait(status: str, request_id: str, seq: int, caller: str) -> None:
    """What was made a name of is read from it again, whatever the caller is called."""
    wait = Wait(status, request_id, seq, caller)

    assert wait_named(wait.name) == wait


@given(st.text() | st.text().map(lambda text: f"by-status/needsAttention/{text}"))
def test_other_names(name: str) -> None:
    """A name that is none of ours is no wait, and no failure."""
    found = wait_named(name)

    assert found is None or found.name.rpartition("-")[2] == found.caller


def test_only_these_facts_begin_a_wait() -> None:
    """No move but these leads into a wait, so none can begin without its marker."""
    begins = {
        (kind, move.to in UNDER_REVIEW)
        for state, moves in TABLE.items()
        for kind, move in moves.items()
        if move.to in (*UNDER_REVIEW, State.ATTENTION) and move.to is not state
    }

    assert begins == {
        ("approval.opened:before", True),
        ("approval.opened:after", True),
        ("approval.opened:batch", True),
        ("attention.raised", False),
    }


@pytest.mark.parametrize(
    ("history", "wait"),
    [
        ((ACCEPTED,), None),
        ((ACCEPTED, intended()), None),
        (REVIEWED, waiting("awaitingApproval", 4)),
        ((*REVIEWED, decided(True, True)), waiting("awaitingApproval", 4)),
        (TROUBLED, waiting("needsAttention", 4)),
        ((*TROUBLED, completed(), opened()), waiting("awaitingApproval", 6)),
        ((*REVIEWED, facts.Cancelled()), None),
    ],
)
def test_the_wait_that_is_on(history: tuple[facts.FactData, ...], wait: Wait | None) -> None:
    """A request waits from the fact that begins it to the one that ends it."""
    assert wait_of(request_of(*history)) == wait


def test_begun_is_what_will_be_on() -> None:
    """What is marked before an append is what the request then waits in."""
    before, after = request_of(*REVIEWED[:-1]), request_of(*REVIEWED)

    assert begun_by(before, REVIEWED[-1:]) == [wait_of(after)]
    assert begun_by(after, [decided(True, True)]) == []


def test_over_since() -> None:
    """Every wait that ended past a position, and none that is still on, or ended before."""
    again = (*TROUBLED, resolved(4, "generation"), intended(2), unknown(2, True), raised())
    journal = journal_of(*again)

    def ended(since: int) -> list[Wait]:
        return over(journal.request, journal.facts, journal.as_of(since))

    assert wait_of(journal.request) == waiting("needsAttention", 8)
    assert ended(0) == ended(3) == ended(4) == [waiting("needsAttention", 4)]
    assert ended(5) == ended(8) == []
