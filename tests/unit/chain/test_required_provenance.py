"""`requireProvenance`: no image is released without a C2PA manifest that nothing speaks against."""

from dataclasses import replace
from typing import Any

import pytest

from shared.chain.provenance import provenance_of
from shared.chain.request_keys import Origin
from shared.chain.rerun import rerun
from shared.chain.resource import resource_of
from shared.domain import facts
from shared.domain.approval_facts import ReleaseStarted
from shared.domain.facts import Failed
from shared.domain.next_step import next_step
from shared.domain.step import Choose, OpenStage
from shared.domain.transitions import State
from shared.domain.values import Provenance
from shared.errors import IllegalMove
from tests.crash.world import CALLER, World
from tests.fakes import Plays, ScriptedModel
from tests.fakes_of_images import CARRYING, PLAIN, ScriptedJudge
from tests.unit.histories import (
    ACCEPTED,
    BARE,
    approved,
    completed,
    image,
    intended,
    request_of,
    seconds,
    submitted,
    unknown,
)

NOW = seconds(60)
STRICT = {"require_provenance": True}


def made(*states: str | None) -> facts.Completed:
    images = tuple(
        image(index).model_copy(update={"provenance": Provenance(c2pa=one) if one else None})
        for index, one in enumerate(states)
    )
    return completed().model_copy(update={"images": images})


@pytest.mark.parametrize(
    ("states", "goes_on"),
    [
        (("valid", "present"), True),
        (("present", "present"), True),
        (("valid", "absent"), False),
        (("invalid", "valid"), False),
        (("valid", None), False),
    ],
)
@pytest.mark.parametrize("terms", [ACCEPTED, BARE])
def test_every_image_has_to_carry_one(terms: facts.Accepted, states: Any, goes_on: bool) -> None:
    """One that does not ends the request before anybody is asked, and before any release."""
    strict = request_of(terms.model_copy(update=STRICT), intended(), made(*states))
    easy = request_of(terms, intended(), made(*states))
    fails = Choose(Failed(code="provenance_missing"))

    assert (next_step(strict, NOW) != fails) is goes_on
    assert next_step(easy, NOW) != fails
    if terms is ACCEPTED and goes_on:
        assert isinstance(next_step(strict, NOW), OpenStage)


def test_no_journal_tells_of_such_a_release() -> None:
    """A pack whose facts release what should have failed does not fold."""
    strict, release = BARE.model_copy(update=STRICT), ReleaseStarted(images=(0,))
    assert request_of(strict, intended(), made("valid"), release).state is State.RELEASING
    with pytest.raises(IllegalMove):
        request_of(strict, intended(), made("absent"), release)


def test_it_ends_with_its_reason() -> None:
    """The request fails and says why; nothing is released, the images stay for their time."""
    world = World(model=ScriptedModel(Plays(images=[CARRYING, PLAIN])))
    request_id = submitted(world, n=2, requireProvenance=True)
    world.run_for(30)
    request = world.request(request_id)
    told = resource_of(request, None, world.s.links, world.clock.now())

    assert (request.state, request.error) == (State.FAILED, "provenance_missing")
    assert told.error is not None and told.error.detail.startswith("An image came without C2PA")
    assert told.cost.amount > 0
    assert world.store.names("approved") == []
    assert f"{request_id}/r1a1/1.png" in world.store.names("review")


def test_what_a_judge_finds_invalid() -> None:
    """A manifest that does not hold is none."""
    world = World(model=ScriptedModel(Plays(images=[CARRYING])))
    judge = ScriptedJudge({CARRYING: Provenance(c2pa="invalid")})
    world.s = replace(world.s, judge=judge)
    request_id = submitted(world, requireProvenance=True)
    world.run_for(30)

    assert world.request(request_id).error == "provenance_missing"


def test_released_as_ever() -> None:
    """Images that carry one are reviewed and released; a rerun holds to the same."""
    model = ScriptedModel(Plays(images=[CARRYING]), Plays(images=[PLAIN]))
    world = World(model=model)
    request_id = approved(world, requireProvenance=True)
    again = rerun(request_id, CALLER, Origin(), world.s).id
    world.run_for(30)

    assert world.request(request_id).state is State.APPROVED
    assert world.request(again).error == "provenance_missing"


def test_the_lines_of_a_pack() -> None:
    """Each stored image has its line; of two attempts only the chosen one's were released."""
    twice = BARE.model_copy(update={"on_unknown": "retry_once"})
    history = (twice, intended(), unknown(), intended(2), completed(2), completed(1))
    released = (ReleaseStarted(images=(0, 1)), facts.Approved(blobs={0: "x/0.png", 1: "x/1.png"}))
    lines = provenance_of(request_of(*history, *released))

    assert [(one["attempt"], one["index"], one["released"]) for one in lines] == [
        *((1, 0, None), (1, 1, None)),
        *((2, 0, "approved/x/0.png"), (2, 1, "approved/x/1.png")),
    ]
    assert {one["c2pa"] for one in lines} == {None}
