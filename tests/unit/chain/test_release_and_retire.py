"""Release of exactly what was approved, rejection, and the broom."""

import hashlib

import pytest

from shared.chain.decide import decide
from shared.domain.transitions import State
from shared.errors import ModelUnknown
from tests.crash.world import CALLER, World
from tests.fakes import Plays, ScriptedModel
from tests.unit.histories import approved, brought_to, by_caller

A_DAY_S = 86_400


def test_released_bytes_are_the_reviewed_ones() -> None:
    """Name, bytes and metadata of a released image."""
    world = World()
    request_id = approved(world, n=2)
    request = world.request(request_id)

    assert dict(request.released) == {0: f"{request_id}/0.png", 1: f"{request_id}/1.png"}
    for image in request.images:
        blob = world.store.blobs["approved", dict(request.released)[image.index]]
        assert hashlib.sha256(blob.data).hexdigest() == image.sha256
        assert blob.content_type == "image/png"
        assert blob.metadata == {
            "requestid": request_id,
            "round": "1",
            "sha256": image.sha256,
            "aigenerated": "true",
            "model": "gpt-image-2",
            "c2pa": "absent",
        }


@pytest.mark.parametrize("change", ["swap", "delete"])
@pytest.mark.parametrize("index", [0, 1])
def test_a_swapped_image(index: int, change: str) -> None:
    """One image that is not what was reviewed stops the release of all of them."""
    world = World()
    request_id = brought_to(world, "reviewing", n=2)
    place = ("review", f"{request_id}/r1a1/{index}.png")
    decide(request_id, by_caller(True), world.s)
    if change == "swap":
        world.store.blobs[place].data = world.store.blobs["review", place[1]].data + b"!"
    else:
        del world.store.blobs[place]
    world.run_for(30)

    request = world.request(request_id)
    assert request.attention is not None and request.attention.code == "digest_mismatch"
    assert world.store.names("approved") == []


def test_nothing_is_asked_without_stages() -> None:
    """A request whose caller needs no approval is released at once."""
    world = World()
    object.__setattr__(world.s.terms, "default_approval", "none")
    request_id = brought_to(world, "approved")

    assert world.store.names("approved") == [f"{request_id}/0.png"]


def test_rejected_images_are_kept_for_an_appeal() -> None:
    """All images go into `rejected`, none into `approved`; a swapped one is not kept."""
    world = World()
    request_id = brought_to(world, "reviewing", n=3)
    world.store.blobs["review", f"{request_id}/r1a1/1.png"].data += b"!"
    del world.store.blobs["review", f"{request_id}/r1a1/2.png"]
    decide(request_id, by_caller(False), world.s)
    world.run_for(30)

    assert world.request(request_id).state is State.REJECTED
    assert world.store.names("rejected") == [f"{request_id}/r1/0.png"]
    assert world.store.names("approved") == []


def test_retirement() -> None:
    """After 7 days the rejected images go, after 30 the reviewed ones and the prompt."""
    world = World()
    request_id = brought_to(world, "reviewing", n=2)
    decide(request_id, by_caller(False), world.s)
    world.store.blobs["previews", f"{request_id}/0.png"] = world.store.blobs[
        "review", f"{request_id}/r1a1/0.png"
    ]
    kept = []
    for days in (0.5, 1, 6, 23):
        world.run_for(days * A_DAY_S + 60)
        kept.append(
            [box for box in ("previews", "rejected", "review", "content") if world.store.names(box)]
        )

    assert kept == [
        ["previews", "rejected", "review", "content"],
        ["rejected", "review", "content"],
        ["review", "content"],
        [],
    ]  # fmt: skip
    assert world.store.names("state", "due/") == []
    assert world.request(request_id).retired == {"previews", "inputs", "content"}


def test_released_images_stay() -> None:
    """The broom takes no released image."""
    world = World()
    request_id = approved(world)
    world.run_for(40 * A_DAY_S)

    assert world.store.names("approved") == [f"{request_id}/0.png"]
    assert world.store.names("review") == []


def test_a_last_look_before_the_images_go() -> None:
    """A call that counts as unknown is looked at once more before its images are deleted."""
    world = World(model=ScriptedModel(Plays(error=ModelUnknown())))
    request_id = brought_to(world, "attention")
    world.run_for(15 * A_DAY_S)
    assert world.request(request_id).state is State.FAILED
    other = World()
    manifest = f"{approved(other)}/r1a1/manifest.json"
    world.store.blobs["review", f"{request_id}/r1a1/manifest.json"] = other.store.blobs[
        "review", manifest
    ]
    world.run_for(31 * A_DAY_S)

    request = world.request(request_id)
    assert request.attempts[0].completed and request.state is State.FAILED
    assert world.store.names("review") == []


def test_caller_is_the_actor() -> None:
    """The record says who decided and who acted."""
    world = World()
    actors = [fact.actor for fact in world.s.journals.load(approved(world)).facts]

    assert actors[0] == f"caller:{CALLER.name}"
    assert actors.count("darkroom") == len(actors) - 2
