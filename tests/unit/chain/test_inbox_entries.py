"""The entries of inboxes: put before anybody is asked, gone when they can never hold again."""

from typing import Any

import pytest

from shared.chain import inbox
from shared.chain.decide import decide
from shared.chain.doors import cancel
from shared.chain.verdict import Verdict, Word
from shared.domain import names
from shared.domain.waiting import entries_of, waited_for
from shared.errors import StorageError
from tests.crash.world import CALLER, World
from tests.unit.chain.staged import ANA, BO, CARO, DAY_S, Told, stage
from tests.unit.histories import failing, look, submitted

KEPT_DAYS = 2 * DAY_S


def entries(world: World) -> list[str]:
    return world.store.names(names.STATE, names.WAITING)


def owed(told: Told) -> list[str]:
    """Those that the journal asks for."""
    opening = told.request.opening
    assert opening is not None
    return sorted(entries_of(told.id, waited_for(told.request), opening.deadline))


def test_put_before_anybody_is_asked() -> None:
    """Where the entry cannot be put, the stage does not open."""
    world = World()
    broken = failing(world.s, "blobs.put", StorageError(), name=names.WAITING)
    request_id = submitted(world, approval={"after": [stage(ANA)]})

    with pytest.raises(StorageError):
        look(broken, request_id)

    assert world.request(request_id).opening is None
    world.run_for(600)
    assert world.request(request_id).opening is not None and len(entries(world)) == 1


@pytest.mark.parametrize("word", ["delegate", "withdraw"])
def test_put_before_a_place_changes(word: Word) -> None:
    """Nobody is given a place, or asked again, without finding it."""
    told = Told(stage(ANA, delegate=True, releaseDelay="PT1H"))
    if word == "withdraw":
        told.says(ANA, "approve")
    broken = failing(told.world.s, "blobs.put", StorageError(), name=names.WAITING)
    verdict = Verdict(word, reviewer=ANA, to=CARO, caller=CALLER)
    before = told.request

    with pytest.raises(StorageError):
        decide(told.id, verdict, broken)

    assert told.request == before
    decide(told.id, verdict, told.world.s)
    assert set(owed(told)) <= set(entries(told.world)) and owed(told)


def test_stages_follow_each_other() -> None:
    """When the next one is open, what was put for the one before is gone."""
    told = Told(stage(ANA, BO), {"name": "legal", "reviewers": [CARO]})
    assert entries(told.world) == owed(told) and len(owed(told)) == 2

    told.says(ANA, "approve")

    assert told.stage == "legal"
    assert entries(told.world) == owed(told) and len(owed(told)) == 1


def test_escalation_replaces_them() -> None:
    """Others find it, until another time; those who did not answer do not any more."""
    told = Told(stage(ANA, BO, rule="all", onDeadline="escalate", escalateTo=[CARO]))
    told.says(BO, "approve")
    told.wait(3 * DAY_S + 60)

    assert told.request.opening is not None and told.request.opening.escalated
    assert entries(told.world) == owed(told) and len(owed(told)) == 1
    told.says(BO, "withdraw")
    assert set(owed(told)) == set(entries(told.world)) and len(owed(told)) == 2


@pytest.mark.parametrize("end", ["approve", "reject", "revise", "cancel", "expire"])
def test_nothing_is_left_of_what_is_over(end: Any) -> None:
    """However a stage ends, its entries are taken away at once."""
    told = Told(stage(ANA, BO, delegate=True))
    told.says(BO, "delegate", to=CARO)
    if end == "cancel":
        cancel(told.id, CALLER, told.world.s)
    elif end != "expire":
        told.says(ANA, end, comment="warmer")
    told.wait(3 * DAY_S + 60 if end == "expire" else 60)

    assert entries(told.world) == (owed(told) if end == "revise" else [])


def test_an_answer_alone_takes_nothing_away() -> None:
    """It may be withdrawn, and then there must be an entry, whoever is late with what."""
    told = Told(stage(ANA, BO, rule="all"))
    told.says(ANA, "approve")

    assert len(entries(told.world)) == 2
    told.says(ANA, "withdraw")
    early = told.world.s.journals.load(told.id)
    inbox.forget(early, 0, told.world.s)
    assert entries(told.world) == owed(told)


def test_a_lost_removal_is_made_up_for() -> None:
    """The look that could not take entries away comes again."""
    told = Told(stage(ANA, BO))
    broken = failing(told.world.s, "blobs.delete", StorageError(), name=names.WAITING)
    cancel(told.id, CALLER, told.world.s)

    with pytest.raises(StorageError):
        look(broken, told.id, since=told.request.seq - 1)

    assert entries(told.world)
    told.wait(600)
    assert entries(told.world) == []


def test_what_was_put_for_nothing() -> None:
    """An entry whose fact never followed goes with the request, and no other goes with it."""
    told = Told(stage(ANA, delegate=True))
    told.says(ANA, "delegate", to=CARO)
    other = Told(stage(CARO), world=told.world)
    lost = names.waiting_of(told.known(CARO), told.world.clock.now(), told.id)
    told.world.s.blobs.put(names.STATE, lost, b"{}")
    told.says(CARO, "reject")
    assert entries(told.world) == sorted([lost, *owed(other)])

    told.wait(KEPT_DAYS)

    assert told.state == "rejected"
    assert entries(told.world) == owed(other) and owed(other)


def test_nobody_by_name() -> None:
    """Where anybody may decide, nobody's inbox has it."""
    told = Told({"name": "brand", "deadline": "PT72H"})

    assert told.stage == "brand" and entries(told.world) == []
