"""What a deployment's stream says: each block, pause and end once, whatever is lost on the way."""

import logging
from datetime import timedelta

import pytest

from shared.domain.breaker import RESOURCE_BLOCKED
from shared.domain.facts import Outcome
from shared.domain.names import STATE, breaker_of
from shared.domain.notices import DeploymentBlocked, deployment_stream
from shared.errors import StorageError
from tests.fakes import START
from tests.unit.chain.breaker_desk import (
    BLOCKED,
    FAILED,
    FILTERED,
    FINE,
    NAME,
    REJECTED,
    UNAUTHORIZED,
    Desk,
)


def test_a_block_is_told_with_what_went_before() -> None:
    """The notice names the reason, the end, and the requests whose refusals went before."""
    desk = Desk()
    for request in ("r1", "r2"):
        desk.met(FILTERED, request)

    desk.met(BLOCKED, "r3")

    (fact,) = desk.streams.load(deployment_stream(NAME)).facts
    until = START + timedelta(hours=1)
    assert fact.data == DeploymentBlocked(
        reason=RESOURCE_BLOCKED, until=until, requests=("r1", "r2")
    )
    assert desk.now.held("flow", desk.clock.now())


def test_other_reasons_name_no_request() -> None:
    """A wrong key has nothing to do with what was refused, be somebody held or not."""
    desk = Desk()
    for outcome in (FILTERED, BLOCKED, FINE, UNAUTHORIZED):
        desk.met(outcome)

    data = desk.streams.load(deployment_stream(NAME)).facts[-1].data
    assert isinstance(data, DeploymentBlocked)
    assert (data.reason, data.requests) == ("upstream_unauthorized", ())


def test_a_block_is_told_once() -> None:
    """Calls from before it, and probes that fail, are no news."""
    desk = Desk()
    for _ in range(3):
        desk.met(BLOCKED)
    desk.clock.advance(3600)
    assert desk.breakers.take_probe(NAME, "p.1")

    desk.met(BLOCKED, "p")

    assert desk.now.openings == 2
    assert desk.told == ["deployment.blocked"]


@pytest.mark.parametrize("outcome", [FINE, FILTERED, REJECTED])
def test_an_answer_restores(outcome: Outcome) -> None:
    """An answer to the probe, be it a refusal, closes the breaker and is told."""
    desk = Desk()
    desk.met(BLOCKED)
    desk.clock.advance(3600)
    assert desk.breakers.take_probe(NAME, "p.1")

    desk.met(outcome, "p")

    assert desk.now.state == "closed"
    assert desk.told == ["deployment.blocked", "deployment.restored"]


def test_a_write_that_lost_its_answer_is_told_all_the_same() -> None:
    """The second look finds the write, and knows that it was news."""
    desk = Desk()
    desk.blobs.lose_answers = True

    desk.met(BLOCKED)

    assert desk.now.state == "open"
    assert desk.told == ["deployment.blocked"]


def test_what_was_lost_is_told_later() -> None:
    """Without its stream the breaker opens and no outcome is lost; the sweep tells it."""
    desk = Desk()
    desk.appends.failing = True
    desk.met(BLOCKED)
    desk.appends.failing = False
    assert (desk.now.state, desk.told) == ("open", [])

    for _ in range(2):
        desk.breakers.tell_again(NAME)

    assert desk.told == ["deployment.blocked"]


def test_a_stale_notice_is_set_right() -> None:
    """What says blocked although it is over is followed by what says so."""
    desk = Desk()
    desk.met(BLOCKED)
    del desk.store.blobs[STATE, breaker_of(NAME)]

    desk.breakers.tell_again(NAME)

    assert desk.told == ["deployment.blocked", "deployment.restored"]


def test_another_reason_is_news() -> None:
    """A block that goes on for another reason is told again."""
    desk = Desk()
    desk.met(FAILED)
    desk.met(UNAUTHORIZED)
    desk.clock.advance(60)
    assert desk.breakers.take_probe(NAME, "p.1")

    desk.met(BLOCKED, "p")

    assert desk.now.reason == RESOURCE_BLOCKED
    assert desk.told == ["deployment.blocked"] * 2


def test_openings_are_logged_for_alerts(caplog: pytest.LogCaptureFixture) -> None:
    """An error where a person has to mend it, a warning where it may pass; both with the reason."""
    with caplog.at_level(logging.WARNING, logger="darkroom"):
        Desk().met(BLOCKED)
        failing = Desk()
        for _ in range(5):
            failing.met(FAILED)

    found = [(record.levelname, record.__dict__["fields"]["reason"]) for record in caplog.records]
    assert found == [("ERROR", RESOURCE_BLOCKED), ("WARNING", "upstream_failed")]
    assert {record.__dict__["event"] for record in caplog.records} == {"deployment.blocked"}


def test_pause_and_resume_are_recorded() -> None:
    """With who and when, once each, whoever repeats them."""
    desk = Desk()
    for caller in ("ops", "other"):
        desk.breakers.pause(NAME, caller)
    paused = desk.now
    desk.clock.advance(60)
    for caller in ("ops", "other"):
        desk.breakers.resume(NAME, caller)

    facts = desk.streams.load(deployment_stream(NAME)).facts
    assert paused.paused and (paused.paused.by, paused.paused.at) == ("ops", START)
    assert [(fact.type, fact.actor) for fact in facts] == [
        ("deployment.paused", "caller:ops"),
        ("deployment.resumed", "caller:ops"),
    ]


def test_resuming_a_block_is_recorded_too() -> None:
    """Also twice, when it is blocked again meanwhile."""
    desk = Desk()
    for k in range(2):
        desk.met(BLOCKED, f"b{k}")
        desk.clock.advance(60)
        desk.breakers.resume(NAME, "ops")
        assert desk.breakers.take_probe(NAME, f"b{k + 1}.1")

    assert desk.told == ["deployment.blocked", *["deployment.resumed"] * 2]


def test_a_pause_without_its_stream_is_not_confirmed() -> None:
    """The caller hears of the failure, and a repeat records what is missing."""
    desk = Desk()
    desk.appends.failing = True
    with pytest.raises(StorageError):
        desk.breakers.pause(NAME, "ops")
    desk.appends.failing = False

    desk.breakers.pause(NAME, "ops")

    assert desk.told == ["deployment.paused"]
