"""What the fold keeps of outcomes, late ones, spare attempts and an operator's answers."""

from itertools import product

import pytest

from shared.domain import facts
from shared.domain.facts import FactData, Outcome
from shared.domain.request import Request, fold
from shared.domain.transitions import State
from shared.errors import IllegalMove
from tests.unit.histories import (
    ACCEPTED,
    APPROVED,
    RELEASING,
    REVIEWED,
    added,
    completed,
    decided,
    intended,
    journal_of,
    not_sent,
    opened,
    raised,
    refused,
    request_of,
    resolved,
    unknown,
)

CALLED = (ACCEPTED, intended())
INFERRED = unknown(inferred=True)
ALL: tuple[Outcome, ...] = (completed(), refused(), not_sent(), unknown(), INFERRED)
STRENGTH: dict[Outcome, set[Outcome]] = {
    completed(): set(),
    refused(): set(),
    not_sent(): set(),
    unknown(): {completed()},
    INFERRED: {completed(), refused(), not_sent(), unknown()},
}


@pytest.mark.parametrize(("first", "second"), [*product(ALL, ALL)])
def test_strength_of_outcomes(first: Outcome, second: Outcome) -> None:
    """Inferred unknown gives way to all but itself, an own one to completed, the rest to none."""
    history = journal_of(*CALLED, facts.CancelRequested(), first)
    if second in STRENGTH[first]:
        assert added(history, second)[0].request.attempts[0].outcome == second
    else:
        with pytest.raises(IllegalMove):
            added(history, second)


def test_a_call_reports_first_whatever_it_is() -> None:
    """An attempt without an outcome takes any."""
    for outcome in ALL:
        assert request_of(*CALLED, outcome).attempts[0].outcome == outcome


@pytest.mark.parametrize(
    ("before", "state"),
    [
        ((), State.UNSETTLED),
        ((raised(),), State.ATTENTION),
        ((raised(), resolved(4, "generation")), State.QUEUED),
        ((raised(), resolved(4, "stored", "useStored")), State.SALVAGING),
    ],
)
def test_a_late_completed_after_unknown_goes_on(before: tuple[FactData, ...], state: State) -> None:
    """What was paid for after all is taken, wherever the request waits meanwhile."""
    history = (*CALLED, unknown(), *before)
    assert request_of(*history).state is state

    request = request_of(*history, completed())

    assert (request.state, request.chosen, request.attention) == (State.GENERATED, 1, None)


def test_late_outcomes_after_the_end_settle_the_money_only() -> None:
    """A completed call of a cancelled request stays cancelled, and its attempt is known."""
    ended = (ACCEPTED, intended(), facts.CancelRequested(), unknown())

    request = request_of(*ended, completed())

    assert (request.state, request.chosen) == (State.CANCELLED, None)
    assert request.attempts[0].completed == completed()
    assert request.final_at == request_of(*ended).final_at


def test_outcome_of_another_call_is_late() -> None:
    """While a second call is under way, the first one's outcome moves nothing."""
    history = (ACCEPTED, intended(), unknown(inferred=True), intended(2))

    request = request_of(*history, completed())

    assert (request.state, request.spare) == (State.GENERATING, request.attempts[0])


@pytest.mark.parametrize("to", ["generation", "stored"])
def test_outcome_of_another_call_after_an_operator_answered(to: str) -> None:
    """Late outcomes are taken also while a call is open that an operator gave no answer for."""
    history = (ACCEPTED, intended(), INFERRED, intended(2), raised("internal"), resolved(5, to))

    request = request_of(*history, completed())

    assert request.spare is not None and request.spare.number == 1


def test_adopting_a_spare_attempt() -> None:
    """A call that completed late is chosen instead of paying again."""
    history = (ACCEPTED, intended(), INFERRED, intended(2), completed(), not_sent(2))

    request = request_of(*history, facts.Adopted(attempt=1))

    assert (request.state, request.chosen, request.spare) == (State.GENERATED, 1, None)
    assert request.images == completed().images


@pytest.mark.parametrize("number", [0, 2, 3])
def test_only_what_completed_can_be_adopted(number: int) -> None:
    """An attempt without images, or one that never was, cannot be chosen."""
    history = journal_of(ACCEPTED, intended(), INFERRED, intended(2), completed(), not_sent(2))
    with pytest.raises(IllegalMove):
        added(history, facts.Adopted(attempt=number))


def test_one_call_at_a_time() -> None:
    """A second intent needs an outcome of the first, and its number has to be the next."""
    open_call = (ACCEPTED, intended(), raised("internal"), resolved(3, "generation"))
    for history, number in ((open_call, 2), ((ACCEPTED, intended(), not_sent()), 3)):
        with pytest.raises(IllegalMove):
            added(journal_of(*history), intended(number))


def test_attention_is_answered_by_its_seq() -> None:
    """An answer that names another attention than the open one is refused."""
    history = journal_of(*CALLED, unknown(), raised())
    assert history.request.attention is not None and history.request.attention.seq == 4
    with pytest.raises(IllegalMove):
        added(history, resolved(3, "generation"))

    request = added(history, resolved(4, "generation"))[0].request

    assert (request.attention, request.patience_from) == (None, 1)


def test_an_answer_says_nothing_of_a_call_under_way() -> None:
    """The outcome of a call that was open when the operator answered still needs an answer."""
    request = request_of(*CALLED, raised("internal"), resolved(3, "generation"))

    assert request.patience_from == 0


def test_abandoned() -> None:
    """An abandoned request fails with the code of its attention."""
    request = request_of(*CALLED, unknown(), raised(), resolved(4, "abandon", "abandon"))

    assert (request.state, request.error, request.attention) == ("failed", "outcome_unknown", None)


def test_a_review_is_opened_again() -> None:
    """After an answer that leads back to people the stages begin anew; decisions stay on record."""
    history = (*REVIEWED, decided(True, True), RELEASING, raised(), resolved(7, "review"))

    request = request_of(*history, opened(9000))

    assert (request.stages_opened, request.verdicts(), len(request.decisions)) == (1, (), 1)


def test_refused_names_the_error() -> None:
    """A refusal ends the request with upstream's reason."""
    assert request_of(*CALLED, refused()).error == "content_filtered"


def test_released_blobs_are_kept() -> None:
    """What was released is there by index and name."""
    request = request_of(*REVIEWED, decided(True, True), RELEASING, APPROVED)

    assert request.released == tuple(sorted(APPROVED.blobs.items()))
    assert (request.final, request.final_at) == (True, request.updated_at)


def test_facts_follow_without_a_gap() -> None:
    """A fact whose seq is not the next one is refused."""
    journal = journal_of(*CALLED)
    assert fold(journal.id, journal.facts) == journal.request
    with pytest.raises(IllegalMove):
        Request(journal.id).apply(journal.facts[1])


def test_images_before_any_are_chosen() -> None:
    """A request without chosen images shows none."""
    assert request_of(ACCEPTED).images == ()
