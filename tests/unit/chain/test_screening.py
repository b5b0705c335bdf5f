"""Screening in the chain: when it is asked, what its failures lead to, what of it is shown."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.chain.audit import verify
from shared.chain.decide import decide
from shared.chain.doors import resume
from shared.chain.evidence import evidence_of
from shared.chain.request_keys import Origin
from shared.chain.rerun import rerun
from shared.chain.resource import resource_of
from shared.domain import names
from shared.domain.resource import ErrorView
from shared.domain.screening import (
    MISCONFIGURED,
    PATIENCE,
    PATIENCE_WITH_SETUP,
    UNANSWERED,
    Finding,
    Screened,
    Thresholds,
    Unscreened,
)
from shared.errors import Missing, ScreeningError, ScreeningMisconfigured
from tests.crash.world import CALLER, World
from tests.fakes_of_screening import ScriptedScreener
from tests.unit.chain.staged import ANA, Told, stage
from tests.unit.histories import approved, brought_to, by_caller, look, submitted

FOR_EVER = [ScreeningError() for _ in range(1000)]
WRONG = [ScreeningMisconfigured(code="unauthorized") for _ in range(1000)]


def screening(*script: ScreeningError, lists: Any = None, **rules: Any) -> World:
    world = World()
    world.screen(ScriptedScreener(*script, lists=lists), **rules)
    return world


def facts_of(world: World, request_id: str) -> list[str]:
    return [fact.type for fact in world.s.journals.load(request_id).facts]


def screened_in(world: World, request_id: str) -> list[Screened]:
    facts = world.s.journals.load(request_id).facts
    return [fact.data for fact in facts if isinstance(fact.data, Screened)]


def error_of(world: World, request_id: str) -> ErrorView:
    journal = world.s.journals.load(request_id)
    error = resource_of(journal.request, None, world.s.links, world.clock.now()).error
    assert error is not None
    return error


def texts(world: World) -> list[str]:
    assert world.screener is not None
    return world.screener.texts


def test_harmless() -> None:
    """It is screened once, right after it was accepted, and goes its way."""
    world = screening()
    request_id = approved(world)

    assert texts(world) == ["a lighthouse"]
    assert facts_of(world, request_id)[:3] == [
        *("request.accepted", "content.screened", "generation.intended")
    ]
    [found] = screened_in(world, request_id)
    content = world.s.contents.read(request_id)
    assert content is not None and found.text_sha256 == content.prompt_sha256


def test_flagged() -> None:
    """Nobody is asked and nothing is bought; the caller learns the categories."""
    world = screening()
    stages = {"before": [{"name": "idea", "deadline": "PT1H"}], "after": [{"name": "brand"}]}
    prompt = "hate-2 and violence-4 and sexual-6"
    request_id = brought_to(world, "failed", prompt=prompt, approval=stages)

    assert facts_of(world, request_id) == [
        *("request.accepted", "content.screened", "request.failed")
    ]
    assert world.model.calls == [] and world.store.names(names.STATE, "limits/") == []
    error = error_of(world, request_id)
    assert (error.code, error.categories) == ("policy_rejected", ("sexual", "violence"))


def test_a_blocklist() -> None:
    """Its name is told, and never what stands in it."""
    world = screening(lists={"rivals": ["contoso"]}, blocklists=("rivals",))
    request_id = brought_to(world, "failed", prompt="a Contoso lamp")

    assert error_of(world, request_id).categories == ("blocklist:rivals",)
    assert b"ontoso" not in world.store.blobs[names.REQUESTS, request_id].data


def test_the_rules_of_its_acceptance() -> None:
    """What is set later holds for later requests."""
    world = screening(ScreeningError(), flag_at=Thresholds(violence=6))
    request_id = submitted(world, prompt="violence-4")
    world.screen(world.screener or ScriptedScreener())
    world.run_for(60)
    later = submitted(world, prompt="violence-4")
    world.run_for(60)

    assert world.request(request_id).state == "reviewing"
    assert world.request(later).error == "policy_rejected"


def test_not_set() -> None:
    """Without the setting nothing is screened, and nothing says so in the journal."""
    world = World()
    request_id = approved(world, prompt="violence-6")

    assert "content.screened" not in facts_of(world, request_id)


def revised(world: World, wish: str) -> str:
    told = Told(stage(), n=1, world=world)
    told.says(ANA, "revise", comment=wish)
    told.wait(60)
    return told.id


def test_what_reviewers_want_changed() -> None:
    """The text of a further round is all that the model will be sent in it."""
    world = screening()
    request_id = revised(world, "warmer light")

    assert texts(world) == [call.prompt for call in world.model.calls]
    assert "warmer light" in texts(world)[1]
    assert [one.round for one in screened_in(world, request_id)] == [1, 2]


def test_reviewers_are_screened_too() -> None:
    """A harmful wish ends the request before the model sees it."""
    world = screening()
    request_id = revised(world, "violence-6")

    assert world.request(request_id).error == "policy_rejected"
    assert error_of(world, request_id).categories == ("violence",)
    assert len(world.model.calls) == 1


def test_away_for_a_while() -> None:
    """It is asked again and again, ever more rarely, and then all goes on."""
    world = screening(*FOR_EVER[:6])
    request_id = submitted(world)
    world.run_for(PATIENCE.total_seconds())

    assert world.request(request_id).state == "reviewing"
    assert "attention.raised" not in facts_of(world, request_id)


def test_pauses_double() -> None:
    """From seconds to ten minutes, until the hour is over."""
    world = screening(*FOR_EVER)
    request_id = submitted(world)
    world.run_for(PATIENCE.total_seconds() + 60)

    facts = world.s.journals.load(request_id).facts
    pauses = [
        round((fact.data.not_before - fact.at).total_seconds())
        for fact in facts
        if isinstance(fact.data, Unscreened)
    ]
    assert pauses == [5, 5, 10, 20, 40, 80, 160, 320, *[600] * 5]


def test_asked_to_wait() -> None:
    """What the service says of the time to wait is kept to."""
    world = screening(ScreeningError(code="throttled", retry_after_s=300))
    request_id = submitted(world)
    world.run_for(299)
    look(world.s, request_id)
    assert (world.request(request_id).state, texts(world)) == ("accepted", [])
    world.run_for(60)

    assert world.request(request_id).state == "reviewing"


@pytest.mark.parametrize(
    ("script", "patience"),
    [
        (FOR_EVER, PATIENCE),
        (WRONG, PATIENCE_WITH_SETUP),
        ([ScreeningError(retry_after_s=86_400)], timedelta()),
    ],
)
def test_an_operator_is_asked(script: list[ScreeningError], patience: timedelta) -> None:
    """When patience is over, or would be by the time that was named; nothing has passed."""
    world = screening(*script)
    request_id = submitted(world)
    world.run_for(patience.total_seconds() / 3)
    early = world.request(request_id).state
    world.run_for(patience.total_seconds() + 60)

    found = world.request(request_id)
    assert early == ("accepted" if patience else early)
    assert found.attention is not None and found.attention.code == "screening_unavailable"
    assert world.model.calls == [] and not found.screenings


def answered(world: World, request_id: str, action: Any) -> None:
    attention = world.request(request_id).attention
    assert attention is not None
    resume(request_id, action, attention.seq, CALLER, world.s)
    world.run_for(60)


def test_retry_screens_again() -> None:
    """An operator's answer has patience of its own, and the same rules."""
    world = screening(*WRONG)
    request_id = submitted(world, prompt="violence-4")
    world.run_for(3600)
    assert world.screener is not None
    world.screener.script[:] = [ScreeningError()]
    answered(world, request_id, "retry")

    assert world.request(request_id).error == "policy_rejected"
    assert texts(world) == ["violence-4"]


def test_abandoned() -> None:
    """The error says that it was never screened."""
    world = screening(*FOR_EVER)
    request_id = submitted(world)
    world.run_for(2 * 3600)
    answered(world, request_id, "abandon")

    error = error_of(world, request_id)
    assert (error.code, error.categories) == ("screening_unavailable", ())


def test_the_setting_was_taken_away() -> None:
    """What was accepted to be screened never goes on without."""
    world = screening()
    request_id = submitted(world)
    world.s = replace(world.s, screener=None, terms=replace(world.s.terms, screening=None))
    world.run_for(3600)

    assert world.request(request_id).state == "attention"
    assert world.model.calls == []


def test_no_text() -> None:
    """Content that is gone is no harmless content."""
    world = screening()
    request_id = submitted(world)
    world.store.blobs.pop((names.CONTENT, names.content_of(request_id)))
    with pytest.raises(Missing):
        look(world.s, request_id)

    assert facts_of(world, request_id) == ["request.accepted"]


class Swapping(ScriptedScreener):
    """Once it has looked, somebody with rights on the account changes the text."""

    def __init__(self, change: Callable[[], None]) -> None:
        super().__init__()
        self._change = change

    def screen(self, text: str, blocklists: Sequence[str], timeout_s: float) -> Finding:
        found = super().screen(text, blocklists, timeout_s)
        self._change()
        return found


def test_another_text_than_was_screened() -> None:
    """What was changed in storage after it had passed is not sent."""
    world = screening()
    request_id = submitted(world)
    other = {"prompt": "something else"}

    def change() -> None:
        world.s.contents.update(request_id, lambda content: content.model_copy(update=other))

    world.screener = Swapping(change)
    world.run_for(60)

    found = world.request(request_id)
    assert found.attention is not None and found.attention.code == "digest_mismatch"
    assert world.model.calls == []


def test_run_again() -> None:
    """The same content is screened anew, by the rules of today."""
    world = screening(flag_at=Thresholds(violence=6))
    request_id = approved(world, prompt="violence-4")
    world.screen(ScriptedScreener())
    again = rerun(request_id, CALLER, Origin(), world.s).id
    world.run_for(60)

    assert world.request(again).error == "policy_rejected"


@pytest.mark.parametrize("prompt", ["a lighthouse", "violence-4"])
def test_evidence(prompt: str) -> None:
    """The pack shows every screening, and one that was changed does not verify."""
    world = screening()
    request_id = submitted(world, prompt=prompt)
    world.run_for(60)
    if world.request(request_id).under_review:
        decide(request_id, by_caller(True), world.s)
    pack = evidence_of(world.s.journals.load(request_id), world.s)

    assert verify(pack) == []
    [shown] = pack["screenings"]
    shown["finding"]["severities"]["violence"] = 2
    assert verify(pack) == [
        "screenings[0].finding.severities.violence is not what the journal says."
    ]


def test_log_lines(caplog: pytest.LogCaptureFixture) -> None:
    """They say what came of it and why it failed, and hold nothing of the text."""
    caplog.set_level(logging.INFO, logger="darkroom")
    world = screening(ScreeningError(code="throttled"))
    request_id = brought_to(world, "failed", prompt="planted words, violence-4, hate-6")

    lines = [record.getMessage() for record in caplog.records]
    assert f"screening.failed request_id={request_id} seq=2 code=throttled" in lines
    told = next(line for line in lines if line.startswith("content.screened "))
    assert told.endswith(f"request_id={request_id} seq=3 categories=hate,violence passed=false")
    assert not any("planted" in line for line in lines)


def test_each_reason_has_its_sentence() -> None:
    """A reason is either one that passes or one that somebody has to mend."""
    assert not set(UNANSWERED) & set(MISCONFIGURED)
    assert {ScreeningError().code, "unreachable"} <= set(UNANSWERED)
    assert ScreeningMisconfigured().code in MISCONFIGURED
