"""Manifests: what an attempt stored counts, whatever its answer was."""

from dataclasses import replace
from typing import Any

import pytest

from shared.chain.attempt_store import Manifest
from shared.domain.transitions import State
from shared.errors import (
    ModelUnknown,
    StorageError,
)
from tests.crash.world import World
from tests.fakes import Plays, ScriptedModel
from tests.unit.histories import OPTIONS, failing, look, submitted


@pytest.mark.parametrize("done", [True, False])
def test_a_lost_answer_to_the_manifest(done: bool) -> None:
    """All images are stored: the call is completed, whatever became of its manifest."""
    world = World()
    request_id = submitted(world)
    look(failing(world.s, "blobs.put", StorageError(), name="manifest", done=done), request_id)

    assert world.request(request_id).state is State.REVIEWING


class Breaking:
    """A model whose answer breaks off after everything was stored."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.prepare = world.model.prepare

    def generate(self, call: Any, sink: Any) -> Any:
        answer = self._world.model.generate(call, sink)
        cost = self._world.s.terms.prices.estimate(OPTIONS, 0)
        sink.write_manifest(
            Manifest(request_id="x", attempt=1, images=sink.images, usage=None, cost=cost)
        )
        raise ModelUnknown(upstream_request_id=answer.upstream_request_id)


@pytest.mark.parametrize("on_unknown", ["hold", "retry_once"])
def test_a_second_look(on_unknown: str) -> None:
    """Before anybody pays again or is asked, an unknown call that did work is taken."""
    world = World(on_unknown=on_unknown)
    request_id = submitted(world)
    breaking: Any = Breaking(world)
    look(replace(world.s, model=breaking), request_id)
    request = world.request(request_id)

    assert (request.state, len(request.attempts)) == (State.REVIEWING, 1)
    types = [fact.type for fact in world.s.journals.load(request_id).facts]
    assert types[2:4] == ["generation.unknown", "generation.completed"]


def test_a_manifest_nobody_can_read() -> None:
    """A manifest that is none of ours does not keep the request from going on."""
    world = World(model=ScriptedModel(Plays(error=ModelUnknown())))
    request_id = submitted(world)
    manifest = f"{request_id}/r1a1/manifest.json"
    world.s.blobs.put("review", manifest, b"{}")
    world.run_for(30)
    assert world.request(request_id).state is State.ATTENTION

    world.run_for(15 * 86_400)

    assert world.request(request_id).state is State.FAILED
