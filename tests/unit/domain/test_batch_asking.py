"""The question of a batch in its fold, and when there is one: no stream can tell of more."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.domain import names
from shared.domain.batch import Batch, fold
from shared.domain.batch_notices import (
    AskedRow,
    BatchAsked,
    BatchDecided,
    BatchEscalated,
    BatchReminded,
    BatchSettled,
    BatchWithdrawn,
    root_of,
)
from shared.domain.batch_stages import of_row
from shared.domain.facts import Fact
from shared.domain.next_batch_review import (
    Mark,
    is_void,
    latest_marks,
    mark_named,
    next_of,
    next_question,
)
from shared.domain.notice import Notice
from shared.domain.notices import BatchAccepted, BatchCancelled, BatchCompleted
from shared.domain.values import AtLeast, BatchCost, Stage
from shared.errors import IllegalMove
from tests.fakes import START

ID = "01JD3Q5B3A0000000000000000"
DAY_S = 86_400
STAGE = Stage(name="brand look", deadline_s=3 * DAY_S, reviewers=("p:a", "p:b"))
LEGAL = STAGE.model_copy(update={"name": "legal"})
ACCEPTED = BatchAccepted(caller="flow", rows=3, stages=(STAGE, LEGAL))
ROWS = tuple(
    AskedRow(row=row, round=1, opening=5, manifest_sha256=f"{row:064x}") for row in range(3)
)
ROOT = root_of(ID, STAGE.name, ROWS)
ASKED = BatchAsked(
    caller="flow",
    asking=1,
    stage=STAGE.name,
    root=ROOT,
    asked=ROWS,
    deadline=START + timedelta(days=3),
)
ANA = BatchDecided(asking=1, root=ROOT, reviewer="p:a", via="token", decision="approve")
BO = ANA.model_copy(update={"reviewer": "p:b"})
PASSED = BatchSettled(asking=1, root=ROOT, outcome="decided", approved=(0, 1, 2))
DONE = BatchCompleted(
    id=ID,
    caller="flow",
    status="completed",
    rows=3,
    counts={},
    cost=BatchCost(amount=0, currency="USD", maybe_billed_amount=0),
)


def told(*notices: Notice, accepted: BatchAccepted = ACCEPTED) -> Batch:
    """The batch after these, an hour apart."""
    facts = [
        Fact(
            seq=seq,
            at=START + timedelta(hours=seq - 1),
            type=data.TYPE,
            actor="x",
            data=data,
            by="",
            prev="",
        )
        for seq, data in enumerate((accepted, *notices), start=1)
    ]
    batch = fold(ID, facts)
    assert batch is not None
    return batch


def test_root() -> None:
    """Anybody can work it out: a line for each row, in order, and SHA-256 over all of them."""
    member = names.member_of(ID, 7)
    row = AskedRow(row=7, round=2, opening=9, manifest_sha256="ab" * 32)

    assert member == "01JD3Q5B3A003TG701162D14QW"
    assert root_of(ID, "brand", [row]) == (
        "2b323d3cd44e21c62846cb1b9d6bf8b86f312bcc8b5a4e652fac0465f397d517"
    )
    assert root_of(ID, "brand", reversed(ROWS)) == root_of(ID, "brand", ROWS)


@pytest.mark.parametrize(
    "changed", [{"round": 2}, {"opening": 6}, {"manifest_sha256": "f" * 64}, {"row": 9}]
)
def test_root_names_everything(changed: dict[str, Any]) -> None:
    """Another round, opening, manifest or row is another root; so is another stage, or batch."""
    others = (*ROWS[:2], ROWS[2].model_copy(update=changed))

    assert root_of(ID, STAGE.name, others) != ROOT
    assert root_of(ID, LEGAL.name, ROWS) != ROOT != root_of(ID[:-1] + "1", STAGE.name, ROWS)


def test_told() -> None:
    """A history that holds: asked, reminded, answered, taken back, answered, settled."""
    batch = told(
        ASKED,
        BatchReminded(caller="flow", asking=1),
        ANA,
        BatchWithdrawn(asking=1, reviewer="p:a", via="token"),
        BO,
        PASSED,
    )

    asking = batch.asking
    assert asking is not None
    assert (asking.settled_seq, asking.opening.reminders) == (7, 1)
    assert asking.decisive(2).data.reviewer == "p:b"
    assert asking.waiting_for == ()


def asked(**changed: Any) -> BatchAsked:
    rows = changed.get("asked", ROWS)
    root = root_of(ID, changed.get("stage", STAGE.name), rows)
    return ASKED.model_copy(update={"root": root, **changed})


NARROW = PASSED.model_copy(update={"approved": (0,)})
LATE = ANA.model_copy(update={"rejected": (7,)})
BOTH_NEEDED = BatchAccepted(
    caller="flow", rows=3, stages=(STAGE.model_copy(update={"rule": "all"}),)
)
NEVER: dict[str, tuple[Notice, ...]] = {
    "a root of other rows": (asked(root="f" * 64),),
    "a stage that was not agreed": (asked(stage="look"),),
    "a number that does not follow": (asked(asking=2),),
    "no rows": (asked(asked=()),),
    "a row twice": (asked(asked=(ROWS[0], ROWS[0])),),
    "rows out of order": (asked(asked=ROWS[::-1]),),
    "asked while people are asked": (ASKED, asked(asking=2, stage="legal")),
    "asked after the cancel": (BatchCancelled(), ASKED),
    "asked after the end": (DONE, ASKED),
    "the same thing asked again": (ASKED, ANA, PASSED, asked(asking=2)),
    "an answer before the question": (ANA,),
    "an answer to another question": (ASKED, ANA.model_copy(update={"asking": 2})),
    "an answer on other images": (ASKED, ANA.model_copy(update={"root": "f" * 64})),
    "an answer of somebody else": (ASKED, ANA.model_copy(update={"reviewer": "p:c"})),
    "two answers of one person": (ASKED, ANA, ANA),
    "an answer on a row that was not asked about": (ASKED, LATE),
    "an answer after it was settled": (ASKED, ANA, PASSED, BO),
    "taken back what was not said": (
        ASKED,
        BO,
        BatchWithdrawn(asking=1, reviewer="p:a", via="token"),
    ),
    "settled without an answer": (ASKED, PASSED),
    "settled with fewer rows": (ASKED, ANA, NARROW),
    "settled on other images": (ASKED, ANA, PASSED.model_copy(update={"root": "f" * 64})),
    "expired in spite of an answer": (
        ASKED,
        ANA,
        BatchSettled(asking=1, root=ROOT, outcome="expired"),
    ),
    "void, and yet approved": (
        ASKED,
        ANA,
        BatchSettled(asking=1, root=ROOT, outcome="void", approved=(0,)),
    ),
    "expired, and yet approved": (
        ASKED,
        BatchSettled(asking=1, root=ROOT, outcome="expired", approved=(0,)),
    ),
    "escalated twice": (
        ASKED,
        *[BatchEscalated(caller="flow", asking=1, reviewers=("p:c",), deadline=ASKED.deadline)] * 2,
    ),
}


@pytest.mark.parametrize("story", NEVER)
def test_what_no_stream_can_tell(story: str) -> None:
    """Every later fact is held against what was agreed, asked and said."""
    assert told(*NEVER[story][:-1])

    with pytest.raises(IllegalMove):
        told(*NEVER[story])


def test_half_an_answer_settles_nothing() -> None:
    """`all`: while one of two is silent nothing has passed."""
    with pytest.raises(IllegalMove):
        told(ASKED, ANA, PASSED, accepted=BOTH_NEEDED)
    assert told(ASKED, ANA, BO, PASSED, accepted=BOTH_NEEDED)


def marks(*places: tuple[int, int], until_days: float = 90) -> dict[int, Mark]:
    """Row and stage of each."""
    until = START + timedelta(days=until_days)
    return {row: Mark(ROWS[row], stage, until) for row, stage in places}


def question(
    batch: Batch, over: Iterable[int], found: dict[int, Mark]
) -> tuple[str, list[int]] | None:
    one = next_question(batch, frozenset(over), found, START)
    assert one is None or one.root == root_of(ID, one.stage, one.asked)
    return (one.stage, [row.row for row in one.asked]) if one else None


def test_when_people_are_asked() -> None:
    """When every row that is not over stands, about the first stage at which one does."""
    batch = told()

    assert question(batch, (), marks((0, 0), (1, 0), (2, 0))) == ("brand look", [0, 1, 2])
    assert question(batch, (), marks((0, 0), (1, 0))) is None
    assert question(batch, (2,), marks((0, 0), (1, 0))) == ("brand look", [0, 1])
    assert question(batch, (2,), marks((0, 0), (1, 0), (2, 0))) == ("brand look", [0, 1])
    assert question(batch, (), marks((0, 1), (1, 0), (2, 1))) == ("brand look", [1])
    assert question(batch, (0, 1, 2), {}) is None


def test_nobody_is_asked_twice() -> None:
    """A row that has had its answer is on its way; others wait until it is over, or stands anew."""
    batch = told(ASKED, ANA, PASSED)
    anew = ROWS[1].model_copy(update={"opening": 9})
    again = {1: Mark(anew, 0, START + timedelta(days=90))}

    assert question(batch, (), marks((0, 0), (1, 0), (2, 0))) is None
    assert question(batch, (), marks((0, 0), (2, 0)) | again) is None
    assert question(batch, (0, 2), marks((0, 0), (2, 0)) | again) == ("brand look", [1])


def test_a_row_whose_own_time_ends_first_is_left_out() -> None:
    """It would expire while people are asked about it; so it is not asked about."""
    late, others = marks((0, 0), until_days=3), marks((1, 0), (2, 0))

    assert question(told(), (), late | others) == ("brand look", [1, 2])
    assert question(told(), (1, 2), late) is None
    assert question(told(), (1, 2), marks((0, 0), until_days=3.1)) == ("brand look", [0])


def test_void() -> None:
    """A question is over when each of its rows is, or is asked about anew."""
    asking = told(ASKED).asking
    assert asking is not None
    found = marks((0, 0), (1, 0), (2, 0))
    anew = Mark(ROWS[2].model_copy(update={"opening": 9}), 0, START)

    assert not is_void(asking, (0, 1), found)
    assert is_void(asking, (0, 1, 2), found)
    assert is_void(asking, (0, 1), found | {2: anew})


def test_names_of_marks() -> None:
    """A mark is read from its name; of each row the one of its latest opening holds."""
    one = Mark(ROWS[1], 3, START + timedelta(days=90))
    later = replace(one, asked=ROWS[1].model_copy(update={"opening": 11}))

    assert mark_named(one.name(ID)) == one
    assert latest_marks([later.name(ID), one.name(ID), "standing/x/what"]) == {1: later}


def test_each_wait_ends_beyond_its_batch() -> None:
    """A row's own time is at least twice as long as its stage's, and all are within the most."""
    dear = STAGE.model_copy(update={"on_deadline": "escalate", "release_delay_s": DAY_S})
    stages = (STAGE, dear, LEGAL.model_copy(update={"rule": AtLeast(at_least=2)}))

    rows = of_row(stages, 180)

    assert [one.scope for one in rows] == ["batch"] * 3
    assert [one.reviewers for one in rows] == [()] * 3
    assert sum(one.deadline_s for one in rows) <= 180 * DAY_S
    for own, whole in zip(rows, (3, 7, 3), strict=True):
        assert own.deadline_s >= 2 * whole * DAY_S


def test_what_is_next() -> None:
    """A verdict takes effect after its delay; without one the deadline counts, and a grace."""
    slow = BatchAccepted(
        caller="flow", rows=3, stages=(STAGE.model_copy(update={"release_delay_s": 3600}),)
    )
    batch = told(ASKED, ANA, accepted=slow)
    silent = told(ASKED)
    assert batch.asking and silent.asking
    said_at = START + timedelta(hours=2)
    gone = ASKED.deadline + timedelta(seconds=5)

    assert next_of(batch, batch.asking, said_at) == said_at + timedelta(hours=1)
    assert next_of(batch, batch.asking, said_at + timedelta(hours=1)) == PASSED
    assert next_of(silent, silent.asking, gone) == gone + timedelta(milliseconds=1)
    end = next_of(silent, silent.asking, gone + timedelta(milliseconds=1))
    assert end == BatchSettled(asking=1, root=ROOT, outcome="expired")
