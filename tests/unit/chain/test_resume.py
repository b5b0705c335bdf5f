"""An operator's answers: each permits one thing, once."""

from typing import Any

import pytest

from shared.chain.decide import decide
from shared.chain.doors import Action, resume
from shared.chain.resource import resource_of
from shared.domain.transitions import State
from shared.errors import Conflict, ModelUnknown, StorageError
from tests.crash.world import CALLER, PRICES, World
from tests.fakes import Plays, ScriptedModel, small_png
from tests.unit.histories import (
    approved,
    brought_to,
    by_caller,
    look,
    submitted,
)

HALF = Plays(images=[small_png(1)], error=ModelUnknown(), billed=True)


def waiting(*script: Plays, **fields: Any) -> tuple[World, str, int]:
    world = World(model=ScriptedModel(*(script or (HALF,))))
    request_id = brought_to(world, "attention", n=2, **fields)
    attention = world.request(request_id).attention
    assert attention is not None and attention.code == "outcome_unknown"
    return world, request_id, attention.seq


def answer(world: World, request_id: str, action: Action, seq: int) -> None:
    resume(request_id, action, seq, CALLER, world.s)
    world.run_for(30)


def offered_by(world: World, request_id: str) -> int:
    """How many stored images an operator is told of."""
    shown = resource_of(world.request(request_id), None, world.s.links, world.clock.now()).attention
    assert shown is not None
    return shown.stored


def test_retry() -> None:
    """A retry is one new intent, and a new call."""
    world, request_id, seq = waiting()
    answer(world, request_id, "retry", seq)

    assert world.request(request_id).state is State.REVIEWING
    assert len(world.model.calls) == 2


def test_use_stored() -> None:
    """The images that are there are taken; what they cost stays an estimate, nothing is paid."""
    world, request_id, seq = waiting()
    offered = offered_by(world, request_id)
    answer(world, request_id, "useStored", seq)

    request = world.request(request_id)
    assert offered == len(request.images)
    completed = request.attempts[0].completed
    assert (request.state, len(request.images)) == (State.REVIEWING, 1)
    assert completed is not None and completed.salvaged and completed.cost.estimated
    assert len(world.model.calls) == 1


def test_what_stored_images_cost() -> None:
    """Their prompt was read, however long it is."""
    words = ("a lighthouse " * 1000).strip()
    world, request_id, seq = waiting(prompt=words)
    options = world.request(request_id).options
    answer(world, request_id, "useStored", seq)

    completed = world.request(request_id).attempts[0].completed
    assert completed is not None
    assert completed.cost == PRICES.estimate(options, len(words))


def test_abandon() -> None:
    """An abandoned request fails with the code of its attention."""
    world, request_id, seq = waiting()
    answer(world, request_id, "abandon", seq)

    assert (world.request(request_id).state, world.request(request_id).error) == (
        *(State.FAILED, "outcome_unknown"),
    )


def test_a_repeated_answer() -> None:
    """The same attention answered again permits nothing new; another answer hears so."""
    world, request_id, seq = waiting(HALF, HALF)
    answer(world, request_id, "retry", seq)
    before = world.request(request_id)
    assert before.state is State.ATTENTION

    answer(world, request_id, "retry", seq)
    with pytest.raises(Conflict) as refused:
        answer(world, request_id, "abandon", seq)

    assert refused.value.code == "stale_attention"
    assert world.request(request_id) == before
    assert len(world.model.calls) == 2


def test_answers_that_do_not_fit() -> None:
    """Another attention, none at all, or nothing stored to use: nothing is changed."""
    world, request_id, seq = waiting(Plays(error=ModelUnknown()))
    codes = []
    for action, number in (("retry", seq - 1), ("useStored", seq)):
        with pytest.raises(Conflict) as caught:
            resume(request_id, action, number, CALLER, world.s)  # type: ignore[arg-type]
        codes.append(caught.value.code)
    answer(world, request_id, "retry", seq)
    with pytest.raises(Conflict) as none:
        resume(request_id, "retry", 99, CALLER, world.s)

    assert [*codes, none.value.code] == ["stale_attention", "nothing_stored", "not_in_attention"]


def swapped() -> tuple[World, str, int]:
    world = World()
    request_id = brought_to(world, "reviewing", n=2)
    [*_, blob] = world.store.names("review", request_id)[:2]
    world.store.blobs["review", blob].data += b"x"
    decide(request_id, by_caller(True), world.s)
    world.run_for(30)
    attention = world.request(request_id).attention
    assert attention is not None and attention.code == "digest_mismatch"
    return world, request_id, attention.seq


def test_retry_after_a_swap_asks_people_again() -> None:
    """What was swapped is looked at again, and with the right bytes released."""
    world, request_id, seq = swapped()
    answer(world, request_id, "retry", seq)
    assert world.request(request_id).state is State.REVIEWING
    blob = world.store.names("review", request_id)[1]
    world.store.blobs["review", blob].data = world.store.blobs["review", blob].data[:-1]

    decide(request_id, by_caller(True), world.s)
    world.run_for(30)

    assert world.request(request_id).state is State.APPROVED


def test_stored_images_of_an_older_call_do_not_replace_chosen_ones() -> None:
    """Once images are chosen, there is nothing to salvage: the answer is refused."""
    world = World(model=ScriptedModel(HALF), on_unknown="retry_once")
    request_id = brought_to(world, "reviewing", n=2)
    assert world.request(request_id).chosen == 2
    blob = world.store.names("review", f"{request_id}/r1a2")[0]
    del world.store.blobs["review", blob]
    decide(request_id, by_caller(True), world.s)
    world.run_for(30)
    attention = world.request(request_id).attention
    assert attention is not None
    with pytest.raises(Conflict) as caught:
        resume(request_id, "useStored", attention.seq, CALLER, world.s)

    assert (caught.value.code, offered_by(world, request_id)) == ("nothing_stored", 0)


def test_retry_of_a_release() -> None:
    """A release that failed for another reason goes on where it was."""
    world = World()
    request_id = brought_to(world, "reviewing")
    decide(request_id, by_caller(True), world.s)
    chunks = world.s.blobs.chunks
    world.s.blobs.__dict__["chunks"] = broken
    world.run_for(4 * 3600)
    attention = world.request(request_id).attention
    assert attention is not None and attention.code == "internal"
    world.s.blobs.__dict__["chunks"] = chunks

    answer(world, request_id, "retry", attention.seq)

    assert world.request(request_id).state is State.APPROVED
    assert len(world.request(request_id).decisions) == 1


def broken(*args: object) -> None:
    raise StorageError


def test_salvage_finds_a_manifest() -> None:
    """A call that turns out to be complete is taken as it is."""
    world, request_id, seq = waiting()
    whole = World()
    other = submitted(whole, n=2)
    whole.run_for(30)
    manifest = whole.store.blobs["review", f"{other}/r1a1/manifest.json"]
    resume(request_id, "useStored", seq, CALLER, world.s)
    world.store.blobs["review", f"{request_id}/r1a1/manifest.json"] = manifest
    look(world.s, request_id)

    completed = world.request(request_id).attempts[0].completed
    assert completed is not None and not completed.salvaged and len(completed.images) == 2


def test_salvage_of_nothing() -> None:
    """Where the images are gone by then, an operator is asked again."""
    world, request_id, seq = waiting()
    resume(request_id, "useStored", seq, CALLER, world.s)
    for name in world.store.names("review"):
        del world.store.blobs["review", name]
    look(world.s, request_id)

    assert world.request(request_id).state is State.ATTENTION


def test_an_approved_request_takes_no_answer() -> None:
    """After the end there is no attention to answer."""
    world = World()
    request_id = approved(world)
    with pytest.raises(Conflict) as caught:
        resume(request_id, "retry", 3, CALLER, world.s)

    assert caught.value.code == "not_in_attention"
