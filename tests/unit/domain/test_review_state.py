"""What a link is still good for, beyond what the web's tests tell: between stages, and in doubt."""

from dataclasses import replace

import pytest

from shared.domain import facts
from shared.domain.approval_facts import RoundOpened
from shared.domain.facts import FactData
from shared.domain.review_state import Question, state_of
from tests.unit.histories import (
    BARE,
    GATED,
    REVIEWED,
    completed,
    decided,
    image,
    intended,
    opened,
    opened_before,
    raised,
    request_of,
    resolved,
    seconds,
    unknown,
)

IDEA = Question("before", "idea", 1, "0" * 64)
BRAND = Question("after", "brand", 1, "d" * 64)
GATE_PASSED = decided().model_copy(update={"stage": "idea", "decision": "approve"})
WISH = decided(False, False).model_copy(update={"decision": "revise", "revise": 0})


def parent(attempt: int) -> RoundOpened:
    sha256 = image(0, attempt).sha256
    return RoundOpened(round=2, parent=0, parent_sha256=sha256, edit=False, feedback=())


@pytest.mark.parametrize(
    ("question", "history", "state"),
    [
        (IDEA, (GATED, opened_before(), GATE_PASSED, facts.Queued()), "decided"),
        (IDEA, (GATED, opened_before(), GATE_PASSED, facts.Queued(), intended()), "decided"),
        (BRAND, (*REVIEWED, WISH, parent(1)), "decided"),
        (BRAND, (*REVIEWED, raised("nobody_asked")), "notOpen"),
        (BRAND, (*REVIEWED, raised("nobody_asked"), resolved(5, "review")), "notOpen"),
        (BRAND, (*REVIEWED, raised("nobody_asked"), resolved(5, "review"), opened()), "open"),
        (BRAND, (BARE, intended()), "notOpen"),
        (BRAND, (*REVIEWED, facts.Failed(code="x"))[:4], "open"),
    ],
)
def test_between_stages(question: Question, history: tuple[FactData, ...], state: str) -> None:
    """A stage that has its outcome is decided; one that will be asked again is not open."""
    assert state_of(request_of(*history), question, None, seconds(60)) == state


@pytest.mark.parametrize(
    "question",
    [
        replace(BRAND, phase="before"),
        replace(BRAND, stage="legal"),
        replace(BRAND, round=2),
        replace(BRAND, manifest="e" * 64),
    ],
)
def test_another_question(question: Question) -> None:
    """Every part of what a link names counts."""
    assert state_of(request_of(*REVIEWED), question, None, seconds(9)) == "superseded"


def test_what_was_seen_in_a_round() -> None:
    """Of two attempts that completed, it is the one whose image was to be changed."""
    doubt = (unknown(inferred=True), raised(), resolved(4, "generation"))
    history = (REVIEWED[0], intended(), *doubt, intended(2), completed(2))
    asked = opened().model_copy(update={"images": (0, 1)})
    wished = WISH.model_copy(
        update={
            "images": tuple(
                one.model_copy(update={"sha256": image(one.index, 2).sha256}) for one in WISH.images
            )
        }
    )
    request = request_of(*history, asked, wished, parent(2), completed(1))

    shown = request.reviewed(1)
    assert isinstance(shown, facts.Completed) and shown.attempt == 2
    assert request.reviewed(2) is None and request.reviewed(3) is None
