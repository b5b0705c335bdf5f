"""
The crash-point explorer: every fault at every port call of every scenario.

Deterministic: a failure names scenario, kind and call, and happens again when those are given.
"""

import itertools

import pytest

from shared.domain.transitions import State
from tests.crash import promises, scenarios
from tests.crash.world import KINDS, Fault, World


def calls_of(scenario: str) -> list[str]:
    world = World()
    _live(world, scenario)
    return world.gate.log


def _live(world: World, scenario: str) -> str:
    tell, _ = scenarios.SCENARIOS[scenario]
    request_id = tell(world)
    scenarios.finish(world)
    return request_id


def explore(scenario: str, fault: Fault | None, on_unknown: str = "hold") -> None:
    """One history, told to its end, and held against every promise."""
    world = World(fault, on_unknown=on_unknown)
    request_id = _live(world, scenario)
    journal = promises.check(world, request_id)
    expected = scenarios.SCENARIOS[scenario][1]
    if journal.request.state is not expected:
        lost_call = any(attempt.unknown for attempt in journal.request.attempts)
        assert lost_call and journal.request.state in (State.FAILED, State.CANCELLED)
    scenarios.retire(world)
    promises.check(world, request_id)
    promises.check_retired(world, request_id)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scenario", scenarios.SCENARIOS)
def test_one_fault_anywhere(scenario: str, kind: str) -> None:
    """Whatever happens at one port call, every promise holds at the end."""
    broken = []
    for at in range(1, len(calls_of(scenario)) + 1):
        try:
            explore(scenario, Fault(kind, at))
        except Exception as error:
            broken.append((at, calls_of(scenario)[at - 1], f"{type(error).__name__}: {error}"))

    assert broken == []


@pytest.mark.parametrize("kind", KINDS)
def test_one_fault_anywhere_when_unknown_calls_are_repeated(kind: str) -> None:
    """With `retry_once` a second intent may follow, and still each is called at most once."""
    for at in range(1, len(calls_of("plain")) + 1):
        explore("plain", Fault(kind, at), on_unknown="retry_once")


@pytest.mark.parametrize("scenario", scenarios.SCENARIOS)
def test_two_workers_interleaved(scenario: str) -> None:
    """A second worker on the same message, begun and paused anywhere, changes nothing."""
    broken = []
    calls = len(calls_of(scenario))
    for at, at2 in itertools.product(range(1, calls + 1), (1, 2, 3, 4, 5, 7, 9, 12, 16, 20)):
        try:
            explore(scenario, Fault("interleaved", at, at2))
        except Exception as error:
            broken.append((at, at2, f"{type(error).__name__}: {error}"))

    assert broken == []


def test_explorer_visits_the_paid_call() -> None:
    """The explorer would notice if the call, the claim or the release were no port calls."""
    calls = calls_of("plain")

    assert {"model.generate", "webhooks.post", "queue.send", "blobs.writer.commit"} <= set(calls)
    assert len(calls) > 60
