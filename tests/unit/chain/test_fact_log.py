"""The log lines of a request: what happened to it, and why."""

import logging

import pytest

from shared.chain.doors import cancel
from shared.domain.notices import BudgetThreshold
from shared.errors import ModelNotSent
from tests.crash.world import World
from tests.fakes import Plays, ScriptedModel
from tests.unit.hero import put
from tests.unit.histories import look, submitted


def test_why_and_where(caplog: pytest.LogCaptureFixture) -> None:
    """A call's line names the deployment, that of its outcome the code."""
    caplog.set_level(logging.INFO, "darkroom")
    error = ModelNotSent("x", code="upstream_unauthorized")
    world = World(model=ScriptedModel(Plays(error=error)))
    request_id = submitted(world)
    look(world.s, request_id)
    lines = [record.getMessage() for record in caplog.records]
    deployment = world.request(request_id).attempts[0].deployment

    head = f"request_id={request_id} seq="
    assert f"generation.intended {head}2 deployment={deployment}" in lines
    assert f"generation.not_sent {head}3 code=upstream_unauthorized" in lines


def test_how_much(caplog: pytest.LogCaptureFixture) -> None:
    """A threshold's line says which one it was."""
    caplog.set_level(logging.INFO, "darkroom")
    world = World()
    notice = BudgetThreshold(percent=80, spent=8.0, limit=10.0, currency="USD")
    world.s.streams.tell("budgets/2026-11/a", "darkroom", notice, lambda facts: False)

    line = caplog.records[-1].getMessage()
    assert line == f"{notice.TYPE} stream=budgets/2026-11/a seq=1 percent=80"


def test_nothing_to_tell(caplog: pytest.LogCaptureFixture) -> None:
    """A fact without a code says what happened, and to what."""
    caplog.set_level(logging.INFO, "darkroom")
    world = World()
    request_id = submitted(world)
    cancel(request_id, world.caller, world.s)

    assert caplog.records[-1].getMessage() == f"request.cancelled request_id={request_id} seq=2"


def test_by_which_template(caplog: pytest.LogCaptureFixture) -> None:
    """Lines about paid calls name the template, as a report of costs adds them up."""
    caplog.set_level(logging.INFO, "darkroom")
    world = World()
    put(world.s)
    by_template = {"prompt": ..., "template": {"name": "hero", "variables": {"product": "canary"}}}
    request_id = submitted(world, **by_template)
    look(world.s, request_id)
    about = [r.getMessage() for r in caplog.records if request_id in r.getMessage()]

    told = [line.partition(" ")[0] for line in about if " template=hero" in line]
    assert told == ["request.accepted", "generation.intended", "generation.completed"]
    assert "canary" not in caplog.text
