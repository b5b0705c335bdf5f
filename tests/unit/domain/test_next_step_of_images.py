"""What next, once there are images, an operator is asked, or all is over."""

from datetime import timedelta

from shared.domain import facts
from shared.domain.approval_facts import ReleaseStarted
from shared.domain.facts import FactData
from shared.domain.next_step import next_step
from shared.domain.retention import PHASES
from shared.domain.step import (
    LEASE_S,
    Choose,
    Done,
    GiveUp,
    Next,
    OpenStage,
    RaiseAttention,
    Reject,
    Release,
    Retire,
    Salvage,
    Settle,
    WaitUntil,
)
from tests.unit.histories import (
    ACCEPTED,
    APPROVED,
    BARE,
    RELEASING,
    REVIEWED,
    TWICE,
    completed,
    decided,
    intended,
    raised,
    request_of,
    resolved,
    seconds,
    unknown,
)

MS = timedelta(milliseconds=1)
CALLED = (ACCEPTED, intended())
INFERRED = unknown(inferred=True)


def after(*history: FactData, at_s: float = 60, holder: str | None = None) -> Next:
    return next_step(request_of(*history), seconds(at_s), holder)


def test_salvaging() -> None:
    """The images of the latest unknown call are taken."""
    assert after(*CALLED, unknown(), raised(), resolved(4, "stored")) == Salvage(1)


def test_salvaging_a_spare() -> None:
    """A completed call goes before the images of an incomplete one."""
    history = (TWICE, intended(), INFERRED, intended(2), raised("internal"), resolved(5, "stored"))

    assert after(*history, completed(), unknown(2)) == Choose(facts.Adopted(attempt=1))


def test_salvaging_without_an_unknown_call() -> None:
    """Where there is nothing to take, an operator is asked again."""
    assert after(ACCEPTED, raised(), resolved(2, "stored")) == RaiseAttention("outcome_unknown")


def test_generated() -> None:
    """The stage opens; without any stage everything is released."""
    assert after(*CALLED, completed()) == OpenStage(ACCEPTED.stages[0])
    assert after(BARE, intended(), completed()) == Choose(RELEASING)


def test_reviewing_expires() -> None:
    """A stage nobody answered expires five seconds after its deadline."""
    assert after(*REVIEWED, at_s=3605) == WaitUntil(seconds(3605) + MS)
    assert after(*REVIEWED, at_s=3605.001) == Choose(facts.Expired())


def test_reviewing_with_a_verdict() -> None:
    """What was approved is released, also after the deadline; with nothing approved it ends."""
    assert after(*REVIEWED, decided(True, True), at_s=9999) == Choose(RELEASING)
    assert after(*REVIEWED, decided(False, True)) == Choose(ReleaseStarted(images=(1,)))
    assert after(*REVIEWED, decided(False, False)) == Reject()


def test_releasing() -> None:
    """Copying is the one thing to do."""
    assert after(*REVIEWED, decided(True, True), RELEASING) == Release()


def test_attention_ends() -> None:
    """An attention nobody answered makes the request fail after its deadline, with its code."""
    history = (*CALLED, unknown(), raised("outcome_unknown", deadline_s=1000))

    assert after(*history, at_s=1005) == WaitUntil(seconds(1005) + MS)
    assert after(*history, at_s=1005.001) == GiveUp("outcome_unknown")


def test_attention_takes_a_spare() -> None:
    """Nobody needs to answer when a call completed after all."""
    history = (
        TWICE,
        intended(),
        INFERRED,
        intended(2),
        raised("internal"),
        completed(),
        unknown(2),
    )

    assert after(*history) == Choose(facts.Adopted(attempt=1))


def test_after_the_end_the_phases_follow() -> None:
    """Each retention phase comes at its day, then nothing ever again."""
    history: list[FactData] = [*REVIEWED, decided(True, True), RELEASING, APPROVED]
    end_s = float(len(history))
    for phase, days, _ in PHASES:
        at_s = end_s + days * 86_400
        assert after(*history, at_s=at_s) == WaitUntil(seconds(at_s) + MS)
        assert after(*history, at_s=at_s + 0.001) == Retire(phase)
        history.append(facts.Retired(phase=phase))

    assert after(*history) == Done()


def test_a_cancelled_call_is_settled_after_the_end() -> None:
    """A request that ended during a call still finds out what became of it."""
    history = (*CALLED, raised("internal"), facts.Cancelled())

    assert after(*history, at_s=LEASE_S + 6) == Settle(1)
