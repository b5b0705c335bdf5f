"""A row whose batch is decided on as one: what its own journal can tell, and what it cannot."""

from datetime import timedelta

import pytest

from shared.domain.approval_facts import Delegated, Escalated, Reminded, Withdrawn
from shared.domain.facts import FactData
from shared.domain.next_step import next_step
from shared.domain.step import HearBatch
from shared.domain.transitions import State
from shared.domain.values import BatchRef, BatchVerdict, Stage
from shared.errors import IllegalMove
from tests.fakes import START
from tests.unit.histories import ACCEPTED, completed, decided, intended, journal_of, opened

WAITING = Stage(name="brand", scope="batch", deadline_s=3600)
OF_BATCH = ACCEPTED.model_copy(
    update={
        "stages": (WAITING,),
        "batch": BatchRef(id="01JD3Q5B3A0000000000000001", row=0, rows=1),
    }
)
STANDING = (OF_BATCH, intended(), completed(), opened())
TAKEN = decided(True, False).model_copy(
    update={"via": "batch", "batch": BatchVerdict(seq=9, root="f" * 64)}
)
PLACE = {"stage": "brand", "round": 1, "reviewer": "anyone"}


def test_asked_by_nobody() -> None:
    """It stands at its stage, nobody is told of it, and it waits for its batch alone."""
    journal = journal_of(*STANDING)

    assert journal.request.state is State.REVIEWING
    assert [one.type for one in journal.events] == [
        "darkroom.request.accepted",
        "darkroom.images.generated",
    ]
    for hours in (0, 0.5, 30):
        assert isinstance(next_step(journal.request, START + timedelta(hours=hours)), HearBatch)


def test_taken_over() -> None:
    """A verdict that names its batch's settles the stage, like any other."""
    request = journal_of(*STANDING, TAKEN).request

    assert request.standing.images == (0,)


@pytest.mark.parametrize(
    "data",
    [
        decided(True, True),
        TAKEN.model_copy(update={"batch": None}),
        Withdrawn(**PLACE, via="caller"),
        Delegated(**PLACE, to="p:b", via="caller"),
        Reminded(stage="brand"),
        Escalated(stage="brand", reviewers=("p:b",), deadline=START),
    ],
)
def test_what_its_journal_cannot_tell(data: FactData) -> None:
    """Of people who were asked, or who decided, about this row alone."""
    with pytest.raises(IllegalMove, match="batch"):
        journal_of(*STANDING, data)


def test_no_batch_verdict_elsewhere() -> None:
    """Where people are asked about the request itself, no batch can decide for them."""
    with pytest.raises(IllegalMove, match="batch"):
        journal_of(ACCEPTED, intended(), completed(), opened(), TAKEN)


def test_no_such_stage_without_a_batch() -> None:
    """Nobody would ever decide on it."""
    with pytest.raises(IllegalMove, match="batch"):
        journal_of(OF_BATCH.model_copy(update={"batch": None}))
