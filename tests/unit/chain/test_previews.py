"""Partial images on their way to whoever waits, and what may go wrong with them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from shared.chain.attempt_store import AttemptStore
from shared.chain.ports import BlobWriter
from shared.domain import facts, names
from shared.domain.parts import Attempt
from shared.domain.transitions import State
from shared.errors import Changed, StorageError
from tests.crash.world import World
from tests.fakes import MemoryBlobs, MemoryStore, Plays, ScriptedModel, small_png
from tests.unit.histories import ACCEPTED, ID, JPEG, intended, look, request_of, submitted

OLD, NEW = small_png(1), small_png(2)


def attempt() -> Attempt:
    return request_of(ACCEPTED, intended()).attempts[0]


def shown(*pictures: bytes, blobs: MemoryBlobs | None = None) -> MemoryStore:
    blobs = blobs or MemoryBlobs()
    store = AttemptStore(blobs, ID, attempt(), "gpt-image-2")
    for picture in pictures:
        with store.preview(0) as writer:
            writer.write(picture[:5])
            writer.write(picture[5:])
    return blobs.store


def test_the_latest_replaces_the_one_before() -> None:
    """One blob for each index, with its true format, marked as made by a model."""
    store = shown(OLD, NEW)
    blob = store.blobs[names.PREVIEWS, f"{ID}/0.png"]
    assert (blob.data, blob.content_type) == (NEW, "image/png")
    assert blob.metadata == {"requestid": ID, "aigenerated": "true"}
    assert shown(JPEG).names(names.PREVIEWS) == [f"{ID}/0.jpg"]


class FailingWriter:
    """
    Fails where it is told to.
    """

    def __init__(self, writer: BlobWriter, at: str, error: StorageError) -> None:
        self._writer, self._at, self._error = writer, at, error

    def write(self, piece: bytes) -> None:
        if self._at == "write":
            raise self._error
        self._writer.write(piece)

    def commit(self, metadata: Mapping[str, str]) -> None:
        if self._at == "commit":
            raise self._error
        self._writer.commit(metadata)


class NoPreviews(MemoryBlobs):
    """
    Takes everything but previews; counts how often it was asked to.
    """

    def __init__(self, store: MemoryStore, at: str) -> None:
        super().__init__(store)
        self.at, self.asked = at, 0

    def writer(self, container: str, name: str, content_type: str) -> Any:
        writer = super().writer(container, name, content_type)
        if container != names.PREVIEWS:
            return writer
        self.asked += 1
        if self.at == "open":
            raise StorageError
        return FailingWriter(writer, self.at, Changed())


@pytest.mark.parametrize("at", ["open", "write", "commit"])
def test_storage_that_fails_harms_nothing(at: str) -> None:
    """The paid call goes on to its end; after one failure no more previews are tried."""
    world = World(model=ScriptedModel(Plays(previews=(OLD, NEW))))
    blobs = NoPreviews(world.store, at)
    request_id = submitted(world)
    look(replace(world.s, blobs=blobs), request_id)

    request = world.request(request_id)
    assert isinstance(request.attempts[0].outcome, facts.Completed)
    assert request.state is State.REVIEWING
    assert (blobs.asked, world.store.names(names.PREVIEWS)) == (1, [])


@pytest.mark.parametrize(
    "picture", [b"GIF89a and more", b"\x89PNG", b"\x89PNG\r\n\x1a\n no header"]
)
def test_what_is_no_picture_is_not_shown(picture: bytes) -> None:
    """Bytes that are no PNG or JPEG are left, and harm nothing."""
    assert shown(picture).names(names.PREVIEWS) == []


def test_previews_go_a_day_after_the_end() -> None:
    """The usual retention takes them."""
    world = World(model=ScriptedModel(Plays(previews=(OLD,))))
    request_id = submitted(world)
    look(world.s, request_id)
    assert world.store.names(names.PREVIEWS) == [f"{request_id}/0.png"]
    world.run_for(80 * 3600 + 25 * 3600)
    assert world.request(request_id).state is State.EXPIRED
    assert world.store.names(names.PREVIEWS) == []
