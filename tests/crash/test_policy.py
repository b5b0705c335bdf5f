"""A policy that changes while a request is on its way: asked by one, and by one only."""

import json
from contextlib import suppress
from dataclasses import replace
from functools import partial

import pytest

from shared.domain.document_place import DocumentBlob
from shared.domain.names import REQUESTS
from shared.errors import DarkroomError, PolicyRejected
from tests.crash.faults import KINDS, Died, Fault
from tests.crash.world import World
from tests.fakes import MemoryBlobs

PLACE = DocumentBlob("rules", "policy.json")
ASKS = {
    "id": "asks",
    "reason": "Legal looks first.",
    "when": {},
    "then": "review",
    "phase": "before",
    "stage": {"name": "legal"},
}
REFUSES = {"id": "refuses", "reason": "Not any more.", "when": {}, "then": "reject"}


def put(world: World, version: str, rule: object) -> None:
    """Not through the ports of the app: faults are for what the app does."""
    data = json.dumps({"version": version, "rules": [rule]}).encode()
    MemoryBlobs(world.store).put(PLACE.container, PLACE.name, data)


def ruled(fault: Fault | None) -> World:
    world = World(fault)
    world.s = replace(world.s, terms=replace(world.s.terms, policy=PLACE))
    put(world, "1", ASKS)
    return world


def submitted(world: World) -> object:
    """A caller that comes again until it is answered; by then another policy holds."""
    answer = world.insist(partial(world.submit_once, "k1"))
    put(world, "2", REFUSES)
    return answer


@pytest.mark.parametrize("kind", KINDS)
def test_accepted_once_and_kept(kind: str) -> None:
    """
    Whatever happens at one call: an answer is a request with the stage of the policy that let it
    in, every repeat is answered the same, and who is refused has no request.
    """
    calls = ruled(None)
    submitted(calls)
    for at in range(1, len(calls.gate.log) + 1):
        world = ruled(Fault(kind, at))
        answer = submitted(world)
        world.run_for(120)
        again = world.insist(partial(world.submit_once, "k1"))
        other = world.insist(partial(world.submit_once, "k2"))

        assert again == answer and isinstance(other, PolicyRejected), (at, answer, again, other)
        terms = world.request(str(answer)).terms
        assert [stage.name for stage in terms.stages] == ["brand", "legal"]
        assert terms.policy is not None and terms.policy.version == "1"


def journals(world: World) -> list[str]:
    """Those with a fact in them."""
    return [name for name in world.store.names(REQUESTS) if world.s.journals.load(name)]


@pytest.mark.parametrize("kind", ["die_before", "die_after", "lost_answer", "unavailable"])
def test_refused_by_the_next_policy(kind: str) -> None:
    """Begun under one policy, it is there when its fact is; else the next policy has its say."""
    calls = ruled(None)
    calls.invoke(partial(calls.submit_once, "k1"))
    found = set()
    for at in range(1, len(calls.gate.log) + 1):
        world = ruled(Fault(kind, at))
        with suppress(Died, DarkroomError):
            world.invoke(partial(world.submit_once, "k1"))
        put(world, "2", REFUSES)
        world.run_for(120)
        there = journals(world)
        answer = world.insist(partial(world.submit_once, "k1"))

        assert isinstance(answer, PolicyRejected) if not there else there == [answer], at
        assert journals(world) == there, at
        found.add(bool(there))
    assert found == {True, False}
