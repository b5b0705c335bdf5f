"""Where images come from: seen as they pass by, judged once, and kept with the record."""

from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.chain.doors import resume
from shared.chain.sighting import Sighting
from shared.domain.transitions import State
from shared.domain.values import Provenance
from shared.errors import ModelUnknown
from tests.crash.world import CALLER, World
from tests.fakes import Plays, ScriptedModel
from tests.fakes_of_images import CARRYING, PLAIN, SIGNED, ScriptedJudge, with_manifest
from tests.unit.histories import approved, submitted

ABSENT, PRESENT = Provenance(c2pa="absent"), Provenance(c2pa="present")
INVALID = Provenance(c2pa="invalid")


def seen(picture: bytes, judge: ScriptedJudge | None, step: int = 7) -> Provenance:
    with closing(Sighting(judge)) as sighting:
        for start in range(0, len(picture), step):
            sighting.write(picture[start : start + step])
        return sighting.provenance("image/png")


@pytest.mark.parametrize(
    ("picture", "judge", "found"),
    [
        (PLAIN, None, ABSENT),
        (CARRYING, None, PRESENT),
        (CARRYING, ScriptedJudge(), PRESENT),
        (CARRYING, ScriptedJudge({CARRYING: SIGNED}), SIGNED),
        (CARRYING, ScriptedJudge({CARRYING: INVALID}), INVALID),
        (PLAIN, ScriptedJudge({PLAIN: SIGNED}), ABSENT),
    ],
)
def test_what_is_found(picture: bytes, judge: ScriptedJudge | None, found: Provenance) -> None:
    """Without a judge, or where it cannot say, a manifest is present; without one, absent."""
    assert seen(picture, judge) == found


def test_a_judge_is_asked_only_about_manifests() -> None:
    """What has none is not kept aside until the end, and nobody is asked."""
    judge = ScriptedJudge()
    with closing(Sighting(judge)) as sighting:
        sighting.write(PLAIN)
        assert judge.copies[0].closed
        sighting.write(b"more")
        sighting.provenance("image/png")

    assert not judge.copies[0].asked


@given(st.integers(1, 200))
def test_the_judge_gets_every_byte(step: int) -> None:
    """However the picture comes, what is judged is all of it; then nothing is kept."""
    judge = ScriptedJudge({CARRYING: SIGNED})

    assert seen(CARRYING, judge, step) == SIGNED
    assert judge.copies[0].closed


def judged_world(*images: bytes, error: ModelUnknown | None = None) -> World:
    world = World(model=ScriptedModel(Plays(images=images, error=error)))
    world.s = replace(world.s, judge=ScriptedJudge({CARRYING: SIGNED}))
    return world


def test_with_the_record() -> None:
    """Fact, reviewed blob and released blob say the same of each image."""
    world = judged_world(CARRYING, PLAIN)
    request_id = approved(world, n=2)
    request = world.request(request_id)

    assert [image.provenance for image in request.images] == [SIGNED, ABSENT]
    for container, folder in (("review", f"{request_id}/r1a1"), ("approved", request_id)):
        labels = [
            world.store.blobs[container, f"{folder}/{index}.png"].metadata["c2pa"]
            for index in (0, 1)
        ]
        assert labels == ["valid", "absent"]


def test_of_images_that_were_salvaged() -> None:
    """What an answer that broke off left behind is judged when it is taken."""
    unjudged = with_manifest(PLAIN, b"another")
    world = judged_world(CARRYING, unjudged, error=ModelUnknown())
    request_id = submitted(world, n=2)
    world.run_for(30)
    attention = world.request(request_id).attention
    assert attention is not None
    resume(request_id, "useStored", attention.seq, CALLER, world.s)
    world.run_for(30)

    request = world.request(request_id)
    assert request.state is State.REVIEWING
    assert [image.provenance for image in request.images] == [SIGNED, PRESENT]


def test_a_call_that_broke_off() -> None:
    """Nothing of an image that did not come whole is kept aside."""
    judge = ScriptedJudge()
    world = World(model=ScriptedModel(Plays(images=[b"no picture at all"])))
    world.s = replace(world.s, judge=judge)
    request_id = submitted(world)
    world.run_for(30)

    assert world.request(request_id).state is State.ATTENTION
    assert judge.copies and all(copy.closed for copy in judge.copies)
