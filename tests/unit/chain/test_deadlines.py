"""Time in an approval: reminders, deadlines, escalation, and whether anybody heard."""

import json
from typing import Any

import pytest

from shared.chain.doors import resume
from shared.errors import SinkError
from tests.crash.world import CALLER, World
from tests.fakes import ScriptedWebhooks
from tests.unit.chain.staged import ANA, BO, CARO, DAY_S, Told, stage

HOUR_S = 3600.0


def test_longer_than_any_flow() -> None:
    """State is ours: an answer after half a year counts as one after a minute."""
    told = Told(stage(deadline="P180D"))
    told.wait(179 * DAY_S)
    assert told.state == "reviewing"
    told.says(ANA, "approve")

    assert told.state == "approved"


def test_reminders() -> None:
    """They come at their times, with the links to decide by, until somebody answers."""
    told = Told(stage(deadline="PT72H", remindEvery="PT24H"))
    told.wait(25 * HOUR_S)
    assert told.events()[-1] == "approval.reminded"
    last = json.loads(told.world.webhooks.posted[-1].body)
    assert "token=" in last["decisionUrl"] and last["approval"]["reminders"] == 1
    told.wait(24 * HOUR_S)
    told.says(ANA, "approve")
    told.wait(60 * DAY_S)

    assert told.events().count("approval.reminded") == 2


def test_no_reminder_of_what_is_over() -> None:
    """At the deadline itself, and after it, nobody is reminded."""
    told = Told(stage(deadline="PT48H", remindEvery="PT24H"))
    told.wait(5 * DAY_S)

    assert told.events()[-2:] == ["approval.reminded", "request.expired"]


def test_reminders_are_not_made_up_for() -> None:
    """After days in which nobody looked there is one reminder, not one for each day."""
    told = Told(stage(deadline="P30D", remindEvery="P1D"))
    told.world.clock.advance(9.5 * DAY_S)
    told.wait(60)

    assert told.events().count("approval.reminded") == 1


def test_reminders_are_bounded() -> None:
    """A wait of months with one a minute would fill the journal; there are a hundred at most."""
    told = Told(stage(deadline="P1D", remindEvery="PT1M"))
    told.wait(2 * DAY_S)

    assert told.events().count("approval.reminded") == 100
    assert told.state == "expired"


def test_a_late_answer() -> None:
    """After the deadline it is refused, before and after the sweep has seen it."""
    told = Told(stage(deadline="PT1H"))
    told.world.clock.advance(HOUR_S)
    assert told.refused(ANA, "approve") == "review_closed"
    told.wait(600)

    assert told.state == "expired"
    assert told.refused(ANA, "approve") == "review_closed"
    assert told.released() == []


def escalating(**fields: Any) -> Told:
    over = {"deadline": "PT24H", "onDeadline": "escalate", "escalateTo": [CARO]}
    return Told(stage(ANA, BO, **over | fields))


def test_escalation() -> None:
    """Others are asked, for as long again; those who were asked first have had their time."""
    told = escalating()
    told.wait(25 * HOUR_S)
    assert (told.state, told.events()[-1]) == ("reviewing", "approval.escalated")
    last = json.loads(told.world.webhooks.posted[-1].body)
    assert "token=" in last["decisionUrl"] and last["approval"]["reviewers"] == [CARO]
    assert told.refused(ANA, "approve") == "not_a_reviewer"
    told.wait(20 * HOUR_S)
    told.says(CARO, "approve")

    assert told.state == "approved"


def test_nobody_answers_the_escalation() -> None:
    """It is escalated once, then it expires."""
    told = escalating()
    told.wait(10 * DAY_S)

    assert told.state == "expired"
    assert told.events().count("approval.escalated") == 1
    assert told.events()[-1] == "request.expired"


def test_who_has_answered_keeps_their_voice() -> None:
    """Only the silent are replaced: `all` still needs each of the answers."""
    told = escalating(rule="all")
    told.says(ANA, "approve", 0)
    told.wait(25 * HOUR_S)
    assert told.request.opening is not None
    assert told.request.opening.reviewers == (told.known(ANA), told.known(CARO))
    told.says(CARO, "approve")

    assert (told.state, told.released()) == ("approved", ["0.png"])


def test_fewer_are_asked_than_were_to_agree() -> None:
    """Where one person is asked in place of two, that one is enough."""
    told = escalating(rule={"atLeast": 2})
    told.wait(25 * HOUR_S)
    told.says(CARO, "approve")

    assert told.state == "approved"


def test_escalated_before_generation() -> None:
    """Also the prompt has its deadline, and its other people."""
    over = {"deadline": "PT24H", "onDeadline": "escalate", "escalateTo": [CARO]}
    told = Told(stage(), before=(stage(ANA, name="idea", **over),))
    told.wait(25 * HOUR_S)
    told.says(CARO, "approve")
    told.wait(60)

    assert (told.state, told.stage) == ("reviewing", "brand")


def deaf(failures: int = 1000) -> World:
    return World(webhooks=ScriptedWebhooks(*[SinkError() for _ in range(failures)]))


def test_nobody_was_asked() -> None:
    """A question that reached nobody in a quarter of its time goes to an operator."""
    told = Told(stage(deadline="P4D"), world=deaf())
    told.wait(DAY_S - HOUR_S)
    assert told.state == "reviewing"
    told.wait(2 * HOUR_S)

    attention = told.request.attention
    assert told.state == "attention" and attention is not None
    assert attention.code == "nobody_asked"
    told.wait(15 * DAY_S)
    assert (told.state, told.request.error) == ("failed", "nobody_asked")


@pytest.mark.parametrize("before", [False, True])
def test_asked_again(before: bool) -> None:
    """An operator's `retry` asks the same stage once more, not those that have answered."""
    asked = stage(deadline="P4D")
    gates = (stage(name="first"), stage(name="second", deadline="P4D"))
    stages = (stage(name="first"), asked)
    told = Told(asked, before=gates) if before else Told(*stages)
    told.world.webhooks = deaf().webhooks
    told.says(ANA, "approve", *(() if before else (1,)))
    assert told.stage == ("second" if before else "brand")
    told.wait(DAY_S + HOUR_S)
    attention = told.request.attention
    assert attention is not None and attention.code == "nobody_asked"
    told.world.webhooks = ScriptedWebhooks()
    resume(told.id, "retry", attention.seq, CALLER, told.world.s)
    told.wait(60)

    assert told.stage == ("second" if before else "brand")
    told.says(BO, "approve")
    told.wait(60)
    if before:
        assert (told.state, told.stage) == ("reviewing", "brand")
    else:
        assert (told.state, told.released()) == ("approved", ["1.png"])


def test_somebody_heard() -> None:
    """What arrived late, but in time, is fine; so is an answer to what never arrived."""
    told = Told(stage(deadline="P4D"), world=deaf(6))
    told.wait(3 * DAY_S)
    assert told.state == "reviewing"
    answered = Told(stage(ANA, BO, deadline="P4D", rule="all"), world=deaf())
    answered.says(ANA, "approve")
    answered.wait(3 * DAY_S)
    assert answered.state == "reviewing"


def test_nobody_wanted_to_hear() -> None:
    """Who asked for no such event polls, or tells the reviewers in another way."""
    for fields in ({"callbackEvents": ["final"]}, {"callbackUrl": ...}):
        told = Told(stage(deadline="P4D"), **fields)
        told.wait(3 * DAY_S)
        assert told.state == "reviewing"
