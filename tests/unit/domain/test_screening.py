"""What is flagged, and what a journal may tell of it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.domain import facts
from shared.domain.approval_facts import RoundOpened
from shared.domain.facts import FactData
from shared.domain.next_step import next_step
from shared.domain.screening import (
    CATEGORIES,
    Finding,
    Screened,
    ScreeningRules,
    Severities,
    Thresholds,
    Unscreened,
    worst,
)
from shared.domain.step import Choose, FetchInputs, Intend, OpenStage, Screen, WaitUntil
from shared.errors import IllegalMove
from tests.unit.histories import (
    ACCEPTED,
    EDIT,
    FETCHED,
    GATED,
    REVIEWED,
    completed,
    decided,
    intended,
    opened,
    opened_before,
    raised,
    request_of,
    resolved,
    seconds,
)

RULES = ScreeningRules(blocklists=("brand-terms",))
AGREED = ACCEPTED.model_copy(update={"screening": RULES})
LEVELS = st.sampled_from((0, 2, 4, 6))
SEVERITIES = st.fixed_dictionaries(dict.fromkeys(CATEGORIES, LEVELS)).map(
    lambda levels: Severities(**levels)
)
LISTS = st.lists(st.sampled_from(("a", "b", "c")), unique=True).map(tuple)
FINDINGS = st.builds(Finding, severities=SEVERITIES, blocklists=LISTS)


def found(*blocklists: str, **levels: int) -> Finding:
    severities = Severities(**(dict.fromkeys(CATEGORIES, 0) | levels))
    return Finding(severities=severities, blocklists=blocklists)


def screened(finding: Finding | None = None, round_: int = 1, **changes: Any) -> Screened:
    finding = finding or found()
    flagged = RULES.flagged(finding)
    fields = {"round": round_, "text_sha256": "0" * 64, "passed": not flagged}
    return Screened(**fields | {"categories": flagged, "finding": finding} | changes)


PASSED, FLAGGED = screened(), screened(found(violence=4))
BUSY = Unscreened(code="throttled", not_before=seconds(60))


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize(("severity", "too_much"), [(0, 0), (2, 0), (3, 0), (4, 1), (6, 1)])
def test_from_four_on(category: str, severity: int, too_much: int) -> None:
    """Unless it is agreed otherwise, a category is too much from severity 4 on."""
    finding = found(**{category: severity})

    assert ScreeningRules().flagged(finding) == (category,) * too_much


def test_thresholds_of_their_own() -> None:
    """Each category has its own threshold, and may have none."""
    rules = ScreeningRules(flag_at=Thresholds(hate=2, sexual=6, violence=None))
    finding = found(hate=2, self_harm=2, sexual=4, violence=6)

    assert rules.flagged(finding) == ("hate",)


@pytest.mark.parametrize("limit", [0, 1, 3, 5, 7, 8, -2, "4", True])
def test_no_such_threshold(limit: object) -> None:
    """There are three: others would look as if they meant something else."""
    with pytest.raises(ValidationError):
        Thresholds.model_validate({"hate": limit})


@pytest.mark.parametrize("name", ["", "a b", "a/b", "x" * 65])
def test_no_name_of_a_blocklist(name: str) -> None:
    """A name that the service would refuse is refused where it is written down."""
    with pytest.raises(ValidationError):
        ScreeningRules(blocklists=(name,))


def test_a_hit_of_a_blocklist() -> None:
    """It flags the text whatever the severities are, and its name is told."""
    assert RULES.flagged(found("brand-terms", hate=6)) == ("hate", "blocklist:brand-terms")


def test_a_missing_category_is_no_answer() -> None:
    """Nothing counts as harmless because nobody spoke of it."""
    with pytest.raises(ValidationError):
        Severities.model_validate({"hate": 0, "selfHarm": 0, "sexual": 0})


@given(st.lists(FINDINGS, min_size=1, max_size=5))
def test_a_text_is_as_bad_as_its_worst_part(parts: list[Finding]) -> None:
    """What flags a part flags the whole, and nothing else does."""
    rules = ScreeningRules(blocklists=("a", "b", "c"))
    of_parts = {name for part in parts for name in rules.flagged(part)}

    assert set(rules.flagged(worst(parts))) == of_parts


def test_screened_before_anything() -> None:
    """After the inputs, before a stage and before an intent; where it was not agreed, never."""
    agreed = {"screening": RULES}
    edit, gated = (one.model_copy(update=agreed) for one in (EDIT, GATED))

    assert next_step(request_of(edit), seconds(9)) == FetchInputs()
    assert next_step(request_of(edit, FETCHED), seconds(9)) == Screen()
    assert next_step(request_of(gated), seconds(9)) == Screen()
    assert isinstance(next_step(request_of(gated, PASSED), seconds(9)), OpenStage)
    assert next_step(request_of(AGREED), seconds(9)) == Screen()
    assert next_step(request_of(AGREED, PASSED), seconds(9)) == Intend(1)
    assert next_step(request_of(ACCEPTED), seconds(9)) == Intend(1)


def test_flagged_ends_it() -> None:
    """The only thing that follows is the end of the request."""
    failed = facts.Failed(code="policy_rejected")

    assert next_step(request_of(AGREED, FLAGGED), seconds(9)) == Choose(failed)
    assert request_of(AGREED, FLAGGED, failed).error == "policy_rejected"


def test_each_round_is_screened() -> None:
    """What passed in one round says nothing of the next."""
    wish = decided(True, True).model_copy(
        update={"decision": "revise", "revise": 0, "images": decided(False, False).images}
    )
    parent = completed().images[0].sha256
    second = RoundOpened(round=2, parent=0, parent_sha256=parent, edit=True, feedback=())
    history = (AGREED, PASSED, *REVIEWED[1:], wish, second)

    assert next_step(request_of(*history), seconds(99)) == Screen()
    with pytest.raises(IllegalMove):
        request_of(*history, intended(2).model_copy(update={"round": 2}))
    with pytest.raises(IllegalMove):
        request_of(*history, PASSED)
    after = request_of(*history, screened(round_=2))
    assert (after.cleared, len(after.screenings)) == (True, 2)


def test_an_operator_has_it_screened_again() -> None:
    """After an attention that stood before the screening, the answer leads back to it."""
    waiting = (AGREED, raised("screening_unavailable"))

    assert next_step(request_of(*waiting, resolved(2, "generation")), seconds(9)) == Screen()


def test_nobody_asks_too_early() -> None:
    """Whoever looks in between waits, and so does whoever lost the race for the failure."""
    assert next_step(request_of(AGREED, BUSY), seconds(59)) == WaitUntil(seconds(60))
    assert next_step(request_of(AGREED, BUSY), seconds(60)) == Screen()


UNSCREENED = AGREED, GATED.model_copy(update={"screening": RULES})


@pytest.mark.parametrize(
    "history",
    [
        (AGREED, intended()),
        (AGREED, FLAGGED, intended()),
        (UNSCREENED[1], opened_before()),
        (UNSCREENED[1], FLAGGED, opened_before()),
        (ACCEPTED, PASSED),
        (AGREED, PASSED, PASSED),
        (AGREED, FLAGGED, PASSED),
        (AGREED, screened(round_=2)),
        (AGREED, screened(found(hate=4), passed=True)),
        (AGREED, screened(found(hate=4), categories=(), passed=True)),
        (AGREED, screened(found("brand-terms"), categories=(), passed=True)),
        (AGREED, screened(passed=False)),
        (AGREED, screened(categories=("hate",))),
        (AGREED, PASSED, intended(), PASSED),
        (ACCEPTED, BUSY),
        (AGREED, PASSED, BUSY),
        (AGREED, FLAGGED, BUSY),
    ],
)
def test_no_journal_tells_otherwise(history: tuple[FactData, ...]) -> None:
    """Nothing is shown or sent without a pass, and a pass is what the rules give."""
    request_of(*history[:-1])
    with pytest.raises(IllegalMove):
        request_of(*history)


def test_a_stage_after_a_pass() -> None:
    """What passed goes its usual way."""
    assert request_of(AGREED, PASSED, intended(), completed(), opened()).state == "reviewing"
