"""Giving one's place to somebody else, and taking one's verdict back."""

from datetime import timedelta

from shared.chain.verdict import Verdict
from shared.security.people import pseudonym
from shared.security.tokens import ReviewClaims
from tests.crash.world import CALLER
from tests.unit.chain.staged import ANA, BO, CARO, DAN, Told, stage

DELEGATING = stage(ANA, BO, rule="all", delegate=True)
UNDO = stage(releaseDelay="PT1H")


def test_delegate() -> None:
    """The new reviewer takes the place and is told; the old one has none any more."""
    told = Told(DELEGATING)
    told.says(ANA, "delegate", to=CARO)
    assert told.events().count("approval.requested") == 2
    assert told.refused(ANA, "approve") == "not_a_reviewer"
    told.says(BO, "approve")
    assert told.state == "reviewing"
    told.says(CARO, "approve")

    assert told.state == "approved"


def test_the_token_of_who_gave_the_place_away() -> None:
    """A personal link decides nothing any more; that of the new reviewer does."""
    told = Told(DELEGATING)
    opening = told.request.opening
    assert opening is not None

    def link(who: str) -> dict[str, object]:
        ring = told.world.s.terms.ring
        claims = ReviewClaims(
            *(told.id, "after", "brand", 1, opening.manifest_sha256, pseudonym(ring, who)),
            opening.deadline + timedelta(days=1),
        )
        return {"claims": claims, "caller": None}

    told.says(None, "delegate", to=CARO, **link(ANA))
    assert told.refused(None, "approve", **link(ANA)) == "not_a_reviewer"
    told.says(None, "approve", **link(CARO))

    assert told.request.verdicts()[0].data.reviewer == told.known(CARO)


def test_delegate_again() -> None:
    """The same again changes nothing; who has the place may pass it on."""
    told = Told(DELEGATING)
    told.says(ANA, "delegate", to=CARO)
    before = told.request
    told.says(ANA.upper(), "delegate", to=CARO.upper())
    assert told.request == before
    assert told.refused(ANA, "delegate", to=DAN) == "not_a_reviewer"
    told.says(CARO, "delegate", to=DAN)

    assert told.request.opening is not None
    assert told.request.opening.reviewers == (told.known(DAN), told.known(BO))


def test_places_that_cannot_be_given() -> None:
    """Not where the stage does not allow it, not to a reviewer, not after answering."""
    told = Told(DELEGATING)
    assert told.refused(ANA, "delegate", to=BO) == "invalid_request"
    assert told.refused(DAN, "delegate", to=CARO) == "not_a_reviewer"
    assert told.refused(ANA, "delegate") == "invalid_request"
    told.says(ANA, "approve")
    assert told.refused(ANA, "delegate", to=CARO) == "already_decided"
    assert Told(stage(ANA)).refused(ANA, "delegate", to=BO) == "invalid_request"
    assert told.world.s.contents.read(told.id).people.get(told.known(CARO)) is None  # type: ignore[union-attr]


def test_undo_before_release() -> None:
    """Within the window a verdict can be taken back, and another one given."""
    told = Told(UNDO)
    told.says(ANA, "approve")
    told.wait(1800)
    assert (told.state, told.released()) == ("reviewing", [])
    assert told.refused(BO, "approve") == "already_decided"
    told.says(ANA, "withdraw")
    assert told.request.verdicts() == ()
    told.says(ANA, "reject")
    told.wait(4000)

    assert (told.state, told.released()) == ("rejected", [])
    assert [one.withdrawn for one in told.request.decisions] == [True, False]


def test_release_begins_after_the_window() -> None:
    """And nothing flips after it."""
    told = Told(UNDO)
    told.says(ANA, "approve")
    told.wait(3500)
    assert told.state == "reviewing"
    told.wait(200)

    assert told.state == "approved"
    assert told.refused(ANA, "withdraw") == "already_decided"


def test_a_rejection_can_be_taken_back() -> None:
    """The window is the same for every verdict."""
    told = Told(UNDO)
    told.says(ANA, "reject")
    told.says(ANA, "withdraw")
    told.says(ANA, "approve")
    told.wait(3700)

    assert told.state == "approved"


def test_withdraw_from_an_open_stage() -> None:
    """While others still have to answer, nothing has taken effect."""
    told = Told(stage(ANA, BO, rule="all"))
    told.says(ANA, "reject")
    told.says(ANA, "withdraw")
    before = told.request
    told.says(ANA, "withdraw")
    assert told.request == before
    assert told.refused(BO, "withdraw") == "nothing_to_withdraw"
    told.says(ANA, "approve")
    told.says(BO, "approve")

    assert told.state == "approved"


def test_the_window_outlasts_the_deadline() -> None:
    """Decided in time is decided; taken back after the deadline, it expires."""
    told = Told(stage(deadline="PT1H", releaseDelay="PT2H"))
    told.says(ANA, "approve")
    told.wait(5400)
    assert told.state == "reviewing"
    told.says(ANA, "withdraw")
    told.wait(60)

    assert (told.state, told.released()) == ("expired", [])


def test_nobody_takes_back_anothers_verdict() -> None:
    """Only who gave it."""
    told = Told(stage(ANA, BO, releaseDelay="PT1H"))
    told.says(ANA, "approve")
    assert told.refused(BO, "withdraw") == "nothing_to_withdraw"
    assert told.refused(CARO, "withdraw") == "not_a_reviewer"
    stranger = Verdict("withdraw", caller=CALLER)
    assert told.refused(stranger.reviewer, "withdraw") == "not_a_reviewer"
