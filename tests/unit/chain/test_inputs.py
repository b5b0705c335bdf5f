"""Input images: looked at before a request is accepted, stored before anything else."""

import base64
import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.chain.accept import accept
from shared.chain.input_store import Incoming
from shared.chain.request_keys import Origin
from shared.chain.rerun import rerun
from shared.domain import names
from shared.domain.inputs import NO_MASK, NO_PICTURE, OTHER_SIZE, TOO_LARGE
from shared.errors import Conflict, InvalidRequest, KeyReused, StorageError
from tests.crash.world import CALLER, World
from tests.fakes import MemoryBlobs, MemoryStore, small_png
from tests.fakes_of_inputs import ScriptedFetcher
from tests.unit.histories import JPEG, approved, brought_to, failing, look, order, submitted

PNG, OTHER_PNG, MASK = small_png(1), small_png(2), small_png(1, alpha=True)
URL = "https://pictures.example/a.png"
OWN = "uploads/marketing/a.png"
WIDE_MASK = MASK[:16] + bytes((0, 0, 0, 2)) + MASK[20:]


def text(data: bytes) -> dict[str, str]:
    return {"base64": base64.b64encode(data).decode()}


def uploaded(world: World, data: bytes = PNG, name: str = "marketing/a.png") -> None:
    world.s.blobs.put(names.UPLOADS, name, data)


def inputs(world: World) -> dict[str, bytes]:
    held = world.store.names(names.INPUTS)
    return {name: world.store.blobs[names.INPUTS, name].data for name in held}


def faults(world: World, **fields: Any) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        order(world, **fields)
    assert inputs(world) == {}
    return {fault.pointer: fault.detail for fault in caught.value.faults}


def test_bytes_and_uploads_are_stored_first() -> None:
    """They lie in the request's folder by number and type, the mask last, before any look."""
    world = World()
    uploaded(world, JPEG)
    request_id = submitted(world, inputImages=[text(PNG), {"blob": OWN}], mask=text(MASK))

    assert inputs(world) == {
        f"{request_id}/0.png": PNG,
        f"{request_id}/1.jpg": JPEG,
        f"{request_id}/2.png": MASK,
    }
    refs = world.request(request_id).terms.inputs
    assert [(one.role, one.source, one.width) for one in refs] == [
        *(("image", "base64", 1), ("image", "blob", 640), ("mask", "base64", 1))
    ]
    assert refs[1].sha256 == hashlib.sha256(JPEG).hexdigest()


@pytest.mark.parametrize("size_bytes", [9, 1024 * 1024 + 1, 9_000_000])
def test_of_any_size(size_bytes: int) -> None:
    """What is stored is all of it, in whatever pieces it came."""
    data = PNG.ljust(size_bytes, b"x")
    world = World()
    uploaded(world, data)
    world.fetcher = ScriptedFetcher({URL: [data]})
    request_id = submitted(world, inputImages=[text(data), {"blob": OWN}, {"url": URL}])
    look(world.s, request_id)

    assert [one.sha256 for one in world.request(request_id).inputs] == [
        hashlib.sha256(data).hexdigest()
    ] * 3
    assert set(inputs(world).values()) == {data}
    assert world.model.sent == [[data] * 3]


@given(st.lists(st.integers(1, 20), max_size=8))
def test_in_any_pieces(sizes: list[int]) -> None:
    """The first bytes may come one by one."""
    store, at = MemoryStore(), 0
    incoming = Incoming(MemoryBlobs(store), "01J", 0, "image")
    for size in (*sizes, len(PNG)):
        incoming.write(PNG[at : at + size])
        at += size
    image = incoming.commit()

    assert store.blobs[names.INPUTS, "01J/0.png"].data == PNG
    assert image is not None and image.bytes == len(PNG)


def test_every_fault_at_once() -> None:
    """Each input that cannot be used is named at its own place."""
    world = World()
    uploaded(world, b"no picture")
    uploaded(world, PNG, "other/a.png")
    found = faults(
        world,
        n=0,
        inputImages=[
            text(b"GIF89a"),
            {"blob": OWN},
            {"blob": "uploads/marketing/none.png"},
            {"blob": "uploads/other/a.png"},
            {"url": "http://pictures.example/a.png"},
            {"url": "https://127.0.0.1/a.png"},
            text(PNG),
        ],
        mask=text(PNG),
    )

    assert found["#/inputImages/0/base64"] == found["#/inputImages/1/blob"] == NO_PICTURE
    assert found["#/inputImages/2/blob"] == found["#/inputImages/3/blob"]
    assert found["#/mask/base64"] == NO_MASK
    assert set(found) - {"#/n"} == {
        *("#/inputImages/0/base64", "#/inputImages/1/blob", "#/inputImages/2/blob"),
        *("#/inputImages/3/blob", "#/inputImages/4/url", "#/inputImages/5/url"),
        "#/mask/base64",
    }


def test_a_mask_that_does_not_fit() -> None:
    """Its size is compared with the first image's as soon as both are known."""
    assert faults(World(), inputImages=[text(PNG)], mask=text(WIDE_MASK)) == {"#/mask": OTHER_SIZE}


def test_a_mask_without_an_image() -> None:
    """There is nothing that it could belong to."""
    assert set(faults(World(), mask=text(MASK))) == {"#/mask"}


@pytest.mark.parametrize("images", [[], [{}], [text(PNG)] * 17])
def test_inputs_with_faults_are_inputs(images: list[dict[str, str]]) -> None:
    """Nobody who sends some is told that there are none."""
    fields: dict[str, Any] = {"model": "gpt-image-1.5", "inputFidelity": "high"}
    found = faults(World(), inputImages=images, mask=text(MASK), **fields)

    assert {pointer.split("/")[1] for pointer in found} == {"inputImages", "model"}


def test_an_upload_that_is_too_large() -> None:
    """It is read no further than it takes to know."""
    world = World()
    uploaded(world, MASK.ljust(4 * 1024 * 1024, b"\0"))

    found = faults(world, inputImages=[text(PNG)], mask={"blob": OWN})
    assert found == {"#/mask/blob": TOO_LARGE}


def test_a_repeat_overwrites_nothing() -> None:
    """What was stored before the door died counts, though the upload is another by now."""
    world = World()
    uploaded(world)
    fields: dict[str, Any] = {"inputImages": [{"blob": OWN}]}
    dying = failing(world.s, "appends.append", StorageError())
    with pytest.raises(StorageError):
        accept(order(world, Origin(key="k"), **fields), dying)
    uploaded(world, OTHER_PNG)

    request_id = accept(order(world, Origin(key="k"), **fields), world.s).id

    assert inputs(world) == {f"{request_id}/0.png": PNG}
    [ref] = world.request(request_id).terms.inputs
    assert ref.sha256 == hashlib.sha256(PNG).hexdigest()


@pytest.mark.parametrize("later", [OTHER_PNG, b"no picture"])
def test_an_upload_that_changes_while_it_is_read(later: bytes) -> None:
    """What was checked is what is stored, or nothing."""
    world = World()
    uploaded(world)
    placed = order(world, inputImages=[{"blob": OWN}])
    uploaded(world, later)

    with pytest.raises(Conflict):
        accept(placed, world.s)
    assert inputs(world) == {}


def test_other_bytes_are_another_body() -> None:
    """A key that stood for one image does not stand for another."""
    world = World()
    accept(order(world, Origin(key="k"), inputImages=[text(PNG)]), world.s)

    with pytest.raises(KeyReused):
        accept(order(world, Origin(key="k"), inputImages=[text(OTHER_PNG)]), world.s)


def test_the_call() -> None:
    """An edit gets the files and how closely to keep to them, and is streamed."""
    world = World()
    request_id = submitted(world, inputImages=[text(PNG), text(JPEG)], mask=text(MASK))
    look(world.s, request_id)
    [call] = world.model.calls

    assert world.model.sent == [[PNG, JPEG, MASK]]
    assert [(one.content_type, one.size_bytes) for one in call.images] == [
        *(("image/png", len(PNG)), ("image/jpeg", len(JPEG)))
    ]
    assert call.mask is not None and call.mask.size_bytes == len(MASK)
    assert call.partial_images == 1


@pytest.mark.parametrize("swapped", [OTHER_PNG, None])
def test_swapped_inputs_are_never_sent(swapped: bytes | None) -> None:
    """Other bytes, or none, are a matter for an operator; nothing is bought."""
    world = World()
    request_id = submitted(world, inputImages=[text(PNG)])
    name = f"{request_id}/0.png"
    world.s.blobs.delete(names.INPUTS, name)
    if swapped is not None:
        world.s.blobs.put(names.INPUTS, name, swapped)
    look(world.s, request_id)
    request = world.request(request_id)

    assert world.model.calls == []
    assert request.attention and request.attention.code == "digest_mismatch"
    assert request.open_attempt is None


def test_storage_that_does_not_give_the_inputs() -> None:
    """The call is not made, and tried again later."""
    world = World()
    request_id = submitted(world, inputImages=[text(PNG)])
    look(failing(world.s, "blobs.chunks", StorageError(), times=1), request_id)

    assert world.model.calls == []
    assert world.request(request_id).state == "queued"


def finished(world: World, **fields: Any) -> str:
    uploaded(world)
    world.fetcher = ScriptedFetcher({URL: [JPEG, OTHER_PNG]})
    images = [text(PNG), {"blob": OWN}, {"url": URL}]
    return approved(world, inputImages=images, **fields)


def test_rerun_copies_the_inputs() -> None:
    """The new request has its own, from the old one's; nothing is fetched again."""
    world = World()
    old = finished(world)
    world.s.blobs.delete(names.UPLOADS, "marketing/a.png")
    new = rerun(old, CALLER, Origin(), world.s).id
    world.run_for(30)

    assert world.fetcher.fetched == [URL]
    assert [one.sha256 for one in world.request(new).inputs] == [
        one.sha256 for one in world.request(old).inputs
    ]
    assert world.model.sent[1] == world.model.sent[0] == [PNG, PNG, JPEG]


def test_rerun_of_what_was_never_fetched() -> None:
    """The address is asked once more."""
    world = World()
    old = brought_to(world, "failed", inputImages=[{"url": URL}])
    world.fetcher.files[URL] = [PNG]
    new = rerun(old, CALLER, Origin(), world.s).id
    world.run_for(30)

    assert world.request(new).state == "reviewing"


def test_rerun_without_inputs_any_more() -> None:
    """They are deleted after seven days, before the prompt is."""
    world = World()
    old = finished(world)
    world.run_for(8 * 86_400)

    assert inputs(world) == {}
    with pytest.raises(Conflict) as caught:
        rerun(old, CALLER, Origin(), world.s)
    assert caught.value.code == "content_retired"
