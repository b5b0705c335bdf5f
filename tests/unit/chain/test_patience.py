"""How long a request waits for one deployment before it asks another, or the same one again."""

from shared.chain.router import FEW_TRIES
from shared.domain.facts import NotSent
from shared.domain.transitions import State
from shared.errors import ModelNotSent, ModelThrottled
from tests.fakes import Plays, ScriptedModel
from tests.unit.chain.test_router import asked, busy, world_of
from tests.unit.histories import submitted


def test_throttled_for_two_days() -> None:
    """A service that always says one second is asked less and less, and then no more."""
    error = ModelThrottled(retry_after_s=1.0)
    world = world_of(1, model=ScriptedModel(otherwise=Plays(error=error)), requests_per_minute=60)
    submitted(world)
    world.run_for(3600)

    assert len(world.model.calls) < 80


def test_a_full_lane_does_not_hold_up_what_failed_once() -> None:
    """One failure at the first deployment, while the second is closed for a day, costs seconds."""
    world = world_of(1, 2, model=ScriptedModel(Plays(error=ModelNotSent())))
    busy(world, 1, 86_400)
    request_id = submitted(world)
    world.run_for(120)

    assert world.request(request_id).state is State.REVIEWING
    assert asked(world) == ["d0", "d0"]


def test_a_full_lane_is_waited_for_when_nobody_else_works() -> None:
    """After a few failures the request waits for the lane, and no operator is asked."""
    model = ScriptedModel(*[Plays(error=ModelNotSent())] * FEW_TRIES)
    world = world_of(1, 2, model=model)
    busy(world, 1, 7200)
    request_id = submitted(world)
    world.run_for(7300)

    assert world.request(request_id).state is State.REVIEWING
    assert asked(world) == ["d0"] * FEW_TRIES + ["d1"]
    unsent = [one.outcome for one in world.request(request_id).attempts[:-1]]
    assert [isinstance(one, NotSent) and one.elsewhere for one in unsent] == [False, False, True]


def test_a_full_quota_does_not_count_as_a_failure() -> None:
    """After a short 429 the same deployment is asked again, before one that begins later."""
    model = ScriptedModel(Plays(error=ModelThrottled(retry_after_s=2.0)))
    world = world_of(1, 2, model=model)
    busy(world, 1, 60)
    submitted(world)
    world.run_for(30)

    assert asked(world) == ["d0", "d0"]
