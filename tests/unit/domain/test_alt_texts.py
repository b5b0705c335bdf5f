"""Drafts of alt texts: which are asked for, what a journal may tell of them, what is usable."""

import unicodedata
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import facts
from shared.domain.alt_texts import (
    DRAFT_LEASE_S,
    DRAFTING_S,
    MOST_CHARS,
    OF_ONE_IMAGE,
    AltTextDrafted,
    AltTextFailed,
    AltTextIntended,
    AltTextSkipped,
    cleaned,
)
from shared.domain.approval_facts import ReleaseStarted
from shared.domain.erasure_facts import ErasureDone, ErasureRequested
from shared.domain.facts import FactData
from shared.domain.next_step import next_step
from shared.domain.step import (
    GRACE,
    Choose,
    DraftAltText,
    Erase,
    IntendAltText,
    Next,
    OpenStage,
    SettleAltText,
    WaitUntil,
)
from shared.domain.transitions import TABLE, State
from shared.errors import IllegalMove
from tests.unit.histories import (
    ACCEPTED,
    BARE,
    COST,
    ID,
    completed,
    image,
    intended,
    opened,
    request_of,
    seconds,
)

AGREED = ACCEPTED.model_copy(update={"draft_alt_texts": True})
MADE = (AGREED, intended(), completed())
ERASED = ErasureRequested(erasure=ID)
DUE_S = 3 + DRAFT_LEASE_S


def asked(draft: int = 1, index: int = 0, attempt: int = 1, sha256: str = "") -> AltTextIntended:
    return AltTextIntended(
        draft=draft,
        attempt=attempt,
        index=index,
        sha256=sha256 or image(index, attempt).sha256,
        model="gpt-5-mini",
        deployment="chat-prod",
        lease_until=seconds(DUE_S),
    )


def drafted(draft: int = 1) -> AltTextDrafted:
    return AltTextDrafted(draft=draft, text_sha256="e" * 64, cost=COST)


def failed(draft: int = 1, code: str = "throttled", *, inferred: bool = False) -> AltTextFailed:
    billed = COST if inferred else None
    return AltTextFailed(draft=draft, code=code, inferred=inferred, maybe_billed=billed)


def after(*history: FactData, at_s: float = 10, holder: str | None = None) -> Next:
    return next_step(request_of(*history), seconds(at_s), holder)


def test_each_image_before_the_stage() -> None:
    """One after the other, and then people are asked."""
    once, twice = (*MADE, asked(), drafted()), (asked(2, 1), drafted(2))

    assert after(*MADE) == IntendAltText(0)
    assert after(*once) == IntendAltText(1)
    assert after(*once, *twice) == OpenStage(ACCEPTED.stages[0])


def test_before_the_release() -> None:
    """Where nobody is asked, the release waits for it."""
    bare = BARE.model_copy(update={"draft_alt_texts": True})
    history = (bare, intended(), completed())

    assert after(*history) == IntendAltText(0)
    assert after(*history, AltTextSkipped(attempt=1, code="budget_exhausted")) == Choose(
        ReleaseStarted(images=(0, 1))
    )


def test_only_where_it_was_agreed() -> None:
    """Else nothing is asked, and no journal can tell of it."""
    made = (ACCEPTED, intended(), completed())

    assert after(*made) == OpenStage(ACCEPTED.stages[0])
    for fact in (asked(), AltTextSkipped(attempt=1, code="x")):
        with pytest.raises(IllegalMove):
            request_of(*made, fact)


def test_who_holds_the_intent() -> None:
    """Only its worker makes the call; others wait for the lease, and say then that it is over."""
    history = (*MADE, asked())

    assert after(*history, holder="by4") == DraftAltText(1)
    assert after(*history, holder="by3") == WaitUntil(
        seconds(DUE_S) + GRACE + timedelta(milliseconds=1)
    )
    late_s = DUE_S + GRACE.total_seconds()
    assert isinstance(after(*history, at_s=late_s), WaitUntil)
    assert after(*history, at_s=late_s + 1) == SettleAltText(1)


def test_cancelled_meanwhile() -> None:
    """The call may have cost something: that is settled, and only then is it over."""
    history = (*MADE, asked(), facts.Cancelled())

    assert isinstance(after(*history, holder="by4"), WaitUntil)
    assert after(*history, at_s=DUE_S + 6) == SettleAltText(1)
    ended = request_of(*history, drafted())
    assert (ended.state, ended.drafts.open) == (State.CANCELLED, None)


def test_erased_meanwhile() -> None:
    """Nothing is done with before the call has its outcome, and then it is."""
    history = (*MADE, asked(), facts.Cancelled(), ERASED)

    assert isinstance(after(*history), WaitUntil)
    assert after(*history, failed()) == Erase()
    assert request_of(*history, failed(), ErasureDone()).erasure is not None


@pytest.mark.parametrize("code", sorted(OF_ONE_IMAGE))
def test_a_failure_of_one_image(code: str) -> None:
    """The next image is asked about all the same."""
    assert after(*MADE, asked(), failed(code=code)) == IntendAltText(1)


@pytest.mark.parametrize("code", ["throttled", "timed_out", "upstream_unauthorized", "unreachable"])
def test_a_failure_of_all(code: str) -> None:
    """What would meet, or cost, every image the same ends it for this round."""
    assert after(*MADE, asked(), failed(code=code)) == OpenStage(ACCEPTED.stages[0])


def test_no_time_for_more() -> None:
    """A slow model keeps nobody waiting for long: the others go without."""
    once = (*MADE, asked(), drafted())

    assert after(*once, at_s=4 + DRAFTING_S) == IntendAltText(1)
    assert after(*once, at_s=4 + DRAFTING_S + 0.001) == OpenStage(ACCEPTED.stages[0])


def test_what_a_later_outcome_may_replace() -> None:
    """Only what was inferred gives way; what was known stays."""
    inferred = (*MADE, asked(), failed(inferred=True, code="outcome_unknown"))

    assert request_of(*inferred, drafted()).drafts.each[0].done == drafted()
    assert request_of(*inferred, failed()).drafts.maybe_billed == ()
    for known in ((drafted(), failed()), (failed(), drafted()), (failed(), failed())):
        with pytest.raises(IllegalMove):
            request_of(*MADE, asked(), *known)
    with pytest.raises(IllegalMove):
        request_of(*inferred, failed(inferred=True))


@pytest.mark.parametrize(
    "history",
    [
        (*MADE, asked(draft=2)),
        (*MADE, asked(draft=0)),
        (*MADE, asked(index=7, sha256="f" * 64)),
        (*MADE, asked(sha256="f" * 64)),
        (*MADE, asked(attempt=2)),
        (*MADE, asked(), asked(2, 1)),
        (*MADE, asked(), drafted(), asked(2, 0)),
        (*MADE, drafted()),
        (*MADE, asked(), drafted(2)),
        (*MADE, asked(), drafted(0)),
        (*MADE, AltTextSkipped(attempt=1, code="x"), asked()),
        (*MADE, AltTextSkipped(attempt=1, code="x"), AltTextSkipped(attempt=1, code="x")),
        (*MADE, AltTextSkipped(attempt=2, code="x")),
        (*MADE, opened(), asked()),
        (AGREED, intended(), asked()),
        (*MADE, asked(), facts.Cancelled(), ERASED, ErasureDone()),
    ],
)
def test_no_journal_can_tell_of_it(history: tuple[FactData, ...]) -> None:
    """One intent at a time, about an image that is there and has none, before people see it."""
    with pytest.raises(IllegalMove):
        request_of(*history)


def test_where_each_fact_may_stand() -> None:
    """Intents where images wait to be shown; outcomes wherever the request has gone since."""
    where = {
        kind: {state for state, moves in TABLE.items() if kind in moves}
        for kind in ("altText.intended", "altText.skipped", "altText.drafted", "altText.failed")
    }
    anywhere = set(State) - {State.NEW}

    assert where["altText.intended"] == where["altText.skipped"] == {State.GENERATED}
    assert where["altText.drafted"] == where["altText.failed"] == anywhere
    for state, moves in TABLE.items():
        for kind in where:
            assert kind not in moves or (moves[kind].to, moves[kind].event) == (state, None)


def test_about_these_bytes() -> None:
    """A draft is found by its image's digest, and only once there is one."""
    request = request_of(*MADE, asked(), failed(code="no_text"), asked(2, 1), drafted(2))

    found = request.drafts.about(image(1).sha256)
    assert found is not None and found.number == 2
    assert request.drafts.about(image(0).sha256) is None


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("A heron stands on a jetty.", "A heron stands on a jetty."),
        ("  A heron\n\nstands \t on\r a jetty. ", "A heron stands on a jetty."),
        ('"A heron."', "A heron."),
        ("\N{LEFT DOUBLE QUOTATION MARK}A heron.\N{RIGHT DOUBLE QUOTATION MARK}", "A heron."),
        ("Alt text: A heron.", "A heron."),
        ("Alternative text : a heron", "a heron"),
        ("e\N{COMBINING ACUTE ACCENT}t\N{LATIN SMALL LETTER E WITH ACUTE}", "été"),
        ("A\x00heron\x1b[31m", None),
        ("A\x00heron", "A heron"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}A heron\N{ZERO WIDTH SPACE}", "A heron"),
        ("half \ud800 of it", "half of it"),
        ("鷺が桟橋に立っている。", "鷺が桟橋に立っている。"),
        *((text, None) for text in ("", " \n", '""', "...", "\N{ZERO WIDTH SPACE}", "Alt text:")),
        *(
            (text, None)
            for text in (
                "See https://evil.example for more",
                "See www.evil.example",
                "mailto:a@b",
                "Write to ana@contoso.com",
                "<img src=x onerror=alert(1)>",
                "[A heron](x)",
                "`A heron`",
                "{{secret}}",
            )
        ),
    ],
)
def test_cleaned(said: str, kept: str | None) -> None:
    """One plain line; what no description needs is no description."""
    assert cleaned(said) == kept


def test_too_long() -> None:
    """It ends at a word; where there is none, at the limit."""
    words = "heron " * 100
    text = cleaned(words)

    assert text is not None and len(text) <= MOST_CHARS
    assert text.endswith("heron\N{HORIZONTAL ELLIPSIS}")
    assert cleaned("x" * 1000) == "x" * (MOST_CHARS - 1) + "\N{HORIZONTAL ELLIPSIS}"
    assert cleaned("x" * MOST_CHARS) == "x" * MOST_CHARS


@given(st.text(max_size=600))
def test_whatever_a_model_says(said: str) -> None:
    """Nothing that is not seen, that breaks a line or makes a tag, and never too much of it."""
    text = cleaned(said)
    if text is None:
        return
    assert 0 < len(text) <= MOST_CHARS and text == text.strip()
    assert not {unicodedata.category(char) for char in text} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert not set("<>{}[]`") & set(text)
    assert cleaned(text) is not None
