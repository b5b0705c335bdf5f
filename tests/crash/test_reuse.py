"""
A request that asks for what was approved already, with one fault anywhere on its way.

What was approved was made before, and nothing went wrong with it.
"""

import itertools

import pytest

from shared.chain.erasures import erase_request
from shared.domain import names
from shared.domain.transitions import State
from tests.crash import promises, scenarios
from tests.crash.faults import KINDS, Fault
from tests.crash.world import CALLER, World

PAUSES = (1, 3, 6, 9, 13, 17)


def world_with_source() -> tuple[World, str]:
    """Whoever looks on has seen nothing of the first request."""
    world = World()
    world.gate.open = False
    source = scenarios.plain(world)
    assert world.request(source).state is State.APPROVED
    for seen in (world.model.calls, world.model.billed, world.model.sent, world.called_at):
        seen.clear()
    for told in (world.webhooks.posted, world.arrived, world.arrived_at):
        told.clear()
    world.gate.open = True
    return world, source


def lived(fault: Fault | None, *, erased: bool = False) -> tuple[World, str]:
    """The second request, told to its end; the first is erased in between, where that is said."""
    world, source = world_with_source()
    world.fault = fault

    def erase() -> None:
        erase_request(source, source, CALLER.name, world.s)

    if erased:
        world.rival = erase
    request_id = world.submit("k2", reuse="allow")
    scenarios.decided(world, request_id, approved=True)
    scenarios.finish(world)
    return world, request_id


def calls_of() -> list[str]:
    """Until it is over; what comes after an end, the explorer has with other requests."""
    world, _ = world_with_source()
    world.submit("k2", reuse="allow")
    world.run_for(60)
    return world.gate.log


@pytest.mark.parametrize("kind", KINDS)
def test_one_fault_anywhere(kind: str) -> None:
    """It is approved by what people have said, buys nothing, and asks nobody, whatever dies."""
    broken = []
    for at, what in enumerate(calls_of(), start=1):
        try:
            world, request_id = lived(Fault(kind, at))
            request = promises.check(world, request_id).request
            assert request.reused is not None and request.state is State.APPROVED
            assert (world.model.calls, request.attempts, request.decisions) == ([], (), ())
            scenarios.retire(world)
            promises.check(world, request_id)
            promises.check_retired(world, request_id)
        except Exception as error:
            broken.append((at, what, f"{type(error).__name__}: {error}"))

    assert broken == []


def test_two_workers_interleaved() -> None:
    """A second worker on the same message, begun and paused anywhere, changes nothing."""
    for at, at2 in itertools.product(range(1, len(calls_of()) + 1), PAUSES):
        world, request_id = lived(Fault("interleaved", at, at2))
        request = promises.check(world, request_id).request

        assert request.reused is not None and request.state is State.APPROVED, (at, at2)
        assert world.model.calls == [], (at, at2)


@pytest.mark.parametrize("at2", [None, 1, 2, 3])
def test_erased_while_it_is_reused(at2: int | None) -> None:
    """It has its own copies from before, or goes the usual way and keeps none."""
    ways = set()
    for at in range(1, len(calls_of()) + 1):
        fault = Fault("twice_before", at) if at2 is None else Fault("interleaved", at, at2)
        world, request_id = lived(fault, erased=True)
        request = world.request(request_id)
        copies = world.store.names(names.REVIEW, names.reused_folder(request_id))
        ways.add(request.reused is not None)

        assert request.state is State.APPROVED, (at, at2)
        assert bool(copies) is (request.reused is not None), (at, at2, copies)
        assert bool(request.attempts) is (request.reused is None), (at, at2)
        assert world.store.names(names.STATE, names.REUSE + "by/") == (
            [names.reuse_note_of(request_id)] if request.reused is None else []
        )

    assert ways == {True, False}


def test_erased_right_after_it_was_copied() -> None:
    """The source is looked at once more: whoever erases it finds that it is used no more."""
    calls = calls_of()
    at_the_record = len(calls) - calls[::-1].index("appends.create")
    world, request_id = lived(Fault("twice_before", at_the_record), erased=True)

    assert world.request(request_id).reused is None


def test_explorer_visits_the_copies() -> None:
    """The explorer would notice if reading, copying and the record were no port calls."""
    calls = calls_of()

    assert {"blobs.chunks", "blobs.writer.commit", "appends.create"} <= set(calls)
    assert "model.generate" not in calls
