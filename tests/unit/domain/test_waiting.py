"""Which entries of inboxes hold, and which never will again."""

from shared.domain import names
from shared.domain.approval_facts import Delegated, StageOpened
from shared.domain.facts import FactData
from shared.domain.values import Stage
from shared.domain.waiting import entries_of, entries_over, waited_for
from tests.unit.histories import (
    ACCEPTED,
    ID,
    completed,
    decided,
    intended,
    journal_of,
    opened,
    raised,
    request_of,
    resolved,
    seconds,
)

ANA, BO, CARO = (f"p:{letter * 32}" for letter in "abc")
STAGES = (
    Stage(name="brand", reviewers=(ANA, BO), deadline_s=3600, delegate=True),
    Stage(name="legal", reviewers=(CARO,), deadline_s=3600),
)
OPEN = (ACCEPTED.model_copy(update={"stages": STAGES}), intended(), completed(), opened())
YES = decided(True, True).model_copy(update={"reviewer": ANA})
PLACE = {"stage": "brand", "round": 1, "via": "caller"}


def legal(deadline_s: float = 7200) -> StageOpened:
    given = {"stage": "legal", "deadline": seconds(deadline_s)}
    return opened().model_copy(update=given)


def over(*history: FactData, since: int = 0) -> set[str]:
    return entries_over(journal_of(*history).folds, since)


def at(deadline_s: float, *people: str) -> set[str]:
    return entries_of(ID, people, seconds(deadline_s))


def test_while_it_is_open() -> None:
    """Nothing is over, whoever has answered or given a place away."""
    given = Delegated(**PLACE, reviewer=BO, to=CARO)

    assert over(*OPEN) == over(*OPEN, given) == over(*OPEN, YES) == set()


def test_the_next_stage() -> None:
    """Over is what the stage before asked, until its time, of whoever it ever asked."""
    given = Delegated(**PLACE, reviewer=BO, to=CARO)

    assert over(*OPEN, given, YES, legal()) == at(3600, ANA, BO, CARO)
    assert waited_for(request_of(*OPEN, given, YES, legal())) == (CARO,)


def test_only_since_then() -> None:
    """What an earlier look has taken away is not taken away at each look."""
    history = (*OPEN, YES, legal())

    assert over(*history, since=5) == at(3600, ANA, BO)
    assert over(*history, since=6) == set()


def test_two_stages_by_themselves() -> None:
    """When the second is over as well, each person is named under their own time."""
    history = (*OPEN, YES, legal(), raised("nobody_asked"))

    assert over(*history) == at(3600, ANA, BO) | at(7200, CARO)


def test_asked_again_until_the_same_time() -> None:
    """An entry that holds now is not taken away for what it was before."""
    again = (*OPEN, raised("nobody_asked"), resolved(5, "review"), opened())

    assert over(*again[:5]) == at(3600, ANA, BO)
    assert over(*again) == set()
    assert waited_for(request_of(*again)) == (ANA, BO)


def test_settled_and_not_yet_in_effect() -> None:
    """Whose answer would not count any more is not waited for."""
    assert waited_for(request_of(*OPEN, YES)) == ()


def test_only_people_have_inboxes() -> None:
    """A caller's own name, or anybody's, makes no entry."""
    assert entries_of(ID, ("marketing", "anyone"), seconds(0)) == set()
    assert names.waiting_of(ANA, seconds(0), ID).startswith(f"waiting/{ANA}/20261120T12")
