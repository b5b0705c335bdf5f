"""A caller over its budget: people are asked before anything is bought."""

import json

import pytest

from shared.chain.decide import decide
from shared.chain.doors import resume
from shared.chain.review_view import Looker, review_of
from shared.chain.verdict import Verdict
from shared.domain.transitions import State
from shared.errors import Forbidden, ModelThrottled, ModelUnknown
from shared.security.tokens import read_review_token
from tests.crash.test_money import ESTIMATE
from tests.crash.world import CALLER, World
from tests.fakes import Plays, ScriptedModel
from tests.unit.chain.test_budgets import budget, poor, settled_of, submit
from tests.unit.histories import by_caller


def asked_to_spend(world: World, request_id: str) -> None:
    request = world.request(request_id)
    assert request.state is State.ASKING and request.opening is not None
    assert (request.opening.stage, request.opening.phase) == ("spend", "before")


def test_people_let_it_through() -> None:
    """Asked instead of refused, the request waits; a yes lets one call go over the budget."""
    world = poor(0.1, over_budget="ask")
    world.model = ScriptedModel(Plays(error=ModelThrottled(retry_after_s=5)))
    request_id = submit(world)
    world.run_for(60)
    asked_to_spend(world, request_id)
    assert world.model.calls == []
    decide(request_id, by_caller(True), world.s)
    world.run_for(60)

    assert world.request(request_id).state is State.REVIEWING
    assert len(world.model.calls) == 2
    assert budget(world).spent == settled_of(world, request_id) > ESTIMATE / 10


def test_people_do_not_let_it_through() -> None:
    """A no ends the request before anything is bought; so does no answer, after its time."""
    world = poor(0.5, over_budget="ask")
    refused, ignored = submit(world), submit(world, "k2")
    world.run_for(60)
    decide(refused, by_caller(False), world.s)
    world.run_for(15 * 86_400)

    assert world.request(refused).state is State.REJECTED
    assert world.request(ignored).state is State.EXPIRED
    assert world.model.calls == []


def test_the_link_does_not_let_it_through() -> None:
    """The caller whose money has run out gets the event, but its link decides nothing."""
    world = poor(0.5, over_budget="ask")
    request_id = world.submit()
    world.run_for(60)
    asked = json.loads(world.webhooks.posted[-1].body)
    opening = world.request(request_id).opening
    assert opening is not None and asked["approval"]["stage"] == "spend"
    token = world.s.links.review_token(world.request(request_id), opening)
    claims = read_review_token(world.s.terms.ring, token, world.clock.now())
    with pytest.raises(Forbidden):
        decide(request_id, Verdict("approve", claims=claims), world.s)

    assert "token" not in asked["decisionUrl"]
    assert asked["reviewUrl"] == world.s.links.review_page(request_id)


def test_leave_to_spend_is_for_one_call() -> None:
    """What is asked for after a call that was sent needs leave of its own."""
    world = poor(0.5, over_budget="ask")
    world.model = ScriptedModel(Plays(error=ModelUnknown()))
    request_id = submit(world)
    world.run_for(60)
    decide(request_id, by_caller(True), world.s)
    world.run_for(60)
    attention = world.request(request_id).attention
    assert attention is not None and attention.code == "outcome_unknown"
    resume(request_id, "retry", attention.seq, CALLER, world.s)
    world.run_for(60)

    asked_to_spend(world, request_id)
    assert len(world.model.calls) == 1


def test_who_is_shown_the_question() -> None:
    """A caller with the role is asked; whoever holds a link is not. The prompt is beside it."""
    world = poor(0.5, over_budget="ask")
    request_id = submit(world)
    world.run_for(60)
    request, content = world.request(request_id), world.s.contents.read(request_id)
    assert request.opening is not None
    token = world.s.links.review_token(request, request.opening)
    claims = read_review_token(world.s.terms.ring, token, world.clock.now())

    by_link = review_of(request, content, Looker(claims), world.s)
    by_caller = review_of(request, content, Looker(None, "judge"), world.s)

    assert (by_link.state, by_caller.state) == ("notOpen", "open")
    assert by_caller.stage is not None and by_caller.stage.name == "spend"
    assert by_link.prompt is None and by_caller.prompt is None
