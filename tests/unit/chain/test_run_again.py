"""Run again, a request is asked about as a submit of today's caller would have to be."""

from dataclasses import replace
from typing import Any

import pytest

from shared.chain.doors import cancel
from shared.chain.request_keys import Origin
from shared.chain.rerun import rerun
from shared.domain.request import Request
from shared.errors import InvalidRequest
from shared.security.callers import Caller, CallerBook
from tests.crash.world import CALLER, World
from tests.unit.chain.staged import ANA, BO, stage
from tests.unit.chain.whole import Whole
from tests.unit.histories import approved, submitted

FREE = replace(CALLER, approval="none")
OTHER = replace(CALLER, name="others")
MONEY = {"when": {"imagesOver": 3}, "stage": {"name": "money"}, "phase": "before"}
BRAND = {"name": "brand", "reviewers": [ANA]}


def today(world: World, approval: Any, *callers: Caller, max_wait_days: int = 30) -> None:
    """From now on requests of these callers that say nothing have this approval."""
    changed = {
        "default_approval": approval,
        "callers": CallerBook(callers),
        "max_wait_days": max_wait_days,
    }
    world.s = replace(world.s, terms=replace(world.s.terms, **changed))


def unseen(world: World, **fields: Any) -> str:
    """A request that ended without anybody being asked."""
    request_id = world.submit("k1", **fields)
    world.run_for(60)
    assert world.request(request_id).state == "approved"
    return request_id


def again(world: World, request_id: str, caller: Caller = CALLER) -> Request:
    return rerun(request_id, caller, Origin(), world.s).request


def names(request: Request) -> list[tuple[str, str]]:
    return [(one.phase, one.name) for one in request.terms.stages]


@pytest.mark.parametrize("caller", [CALLER, OTHER])
def test_what_nobody_was_asked_about(caller: Caller) -> None:
    """Another caller, or the same one with less leave by now, needs the approval of a submit."""
    world = World(caller=FREE)
    first = unseen(world, n=4)
    today(world, {"after": [BRAND], "routes": [MONEY]}, caller)

    second = again(world, first, caller)

    assert names(second) == [("before", "money"), ("after", "brand")]
    content = world.s.contents.read(second.id)
    [who] = second.terms.stages[1].reviewers
    assert content is not None and content.people == {who: ANA}
    world.run_for(60)
    assert world.request(second.id).state == "asking"


def test_who_need_not_ask_asks_nobody() -> None:
    """A caller whose requests need no approval is not asked for one."""
    world = World(caller=FREE)
    first = unseen(world, n=4)
    today(world, {"after": [BRAND], "routes": [MONEY]}, FREE)

    assert names(again(world, first, FREE)) == []


def test_images_nobody_saw() -> None:
    """Stages about the prompt do not do where images need an approval."""
    world = World(caller=FREE)
    first = world.submit("k1", approval={"before": [{"name": "legal"}, {"name": "Brand"}]})
    cancel(first, FREE, world.s)
    today(world, {"before": [{"name": "text"}], "after": [BRAND]}, CALLER)

    assert names(again(world, first)) == [("before", "legal"), ("after", "brand")]


def test_namesake_of_a_route() -> None:
    """What a submit would be told to rename gives way to the stage of today's route."""
    world = World()
    own = {"before": [{"name": "Money", "reviewers": [BO]}], "after": [{"name": "mine"}]}
    first = submitted(world, n=4, approval=own)
    cancel(first, CALLER, world.s)
    today(world, {"after": [BRAND], "routes": [MONEY]}, CALLER)

    second = again(world, first)

    assert names(second) == [("after", "mine"), ("before", "money")]
    assert second.terms.stages[1].reviewers == ()


def test_stages_of_its_own() -> None:
    """They are kept, and today's routes are asked beside them."""
    world = World()
    first = approved(world, n=4, approval={"after": [{"name": "mine"}]})
    today(world, {"after": [BRAND], "routes": [MONEY]}, CALLER)

    assert names(again(world, first)) == [("after", "mine"), ("before", "money")]


def test_longer_than_there_is_time() -> None:
    """What a submit could not ask for any more is refused."""
    world = World()
    first = approved(world, approval={"after": [{"name": "mine", "deadline": "P9D"}]})
    today(world, "none", CALLER, max_wait_days=9)
    assert names(again(world, first)) == [("after", "mine")]
    today(world, {"after": [BRAND]}, CALLER, max_wait_days=8)

    with pytest.raises(InvalidRequest) as refused:
        again(world, first)

    assert [fault.pointer for fault in refused.value.faults] == ["#/approval"]


def test_settings_that_are_broken() -> None:
    """Nobody is let through for that."""
    world = World(caller=FREE)
    first = unseen(world)
    today(world, {"after": [{"mood": "good"}]}, CALLER)

    with pytest.raises(InvalidRequest):
        again(world, first)


def test_row_of_a_batch() -> None:
    """By itself it is asked about in its batch's stages, and in those that a route adds today."""
    told = Whole(stage(ANA), rows=1)
    told.says(ANA, "reject")
    route = {**MONEY, "when": {"imagesOver": 0}}
    today(told.world, {"after": [BRAND], "routes": [route]}, CALLER)

    second = again(told.world, told.member_id(0))

    assert names(second) == [("after", "brand"), ("before", "money")]
    assert [one.scope for one in second.terms.stages] == ["each", "each"]
