"""
The crash-point explorer: every fault at every port call of every scenario.

Deterministic: a failure names scenario, kind and call, and happens again when those are given.
"""

import itertools

import pytest

from shared.domain.facts import Unknown
from shared.domain.transitions import State
from shared.errors import SinkError
from tests.crash import promises, scenarios
from tests.crash.faults import KINDS, Fault
from tests.crash.world import World
from tests.fakes import ScriptedWebhooks

# Where a second worker pauses, or a late one dies. All of these with the plain request; some with
# the rest, which go the same way for long: of the few pauses each call meets every other one.
PAUSES, FEW_PAUSES = (1, 2, 3, 4, 5, 7, 9, 12, 16, 20), (1, 4, 9, 16)
DEATHS, FEW_DEATHS = range(1, 15), range(1, 15, 3)
# Where nobody answers the operator's question, or asks the people again once it is answered.
AFTER_A_LOST_CALL = (State.FAILED, State.CANCELLED, State.EXPIRED)


def calls_of(scenario: str) -> list[str]:
    world = World()
    _live(world, scenario)
    return world.gate.log


def _live(world: World, scenario: str) -> str:
    tell, _ = scenarios.SCENARIOS[scenario]
    request_id = tell(world)
    scenarios.finish(world)
    return request_id


def explore(scenario: str, fault: Fault | None, on_unknown: str = "hold", failing: int = 0) -> None:
    """One history, told to its end, and held against every promise."""
    receiver = ScriptedWebhooks(*[SinkError() for _ in range(failing)])
    world = World(fault, on_unknown=on_unknown, webhooks=receiver)
    request_id = _live(world, scenario)
    journal = promises.check(world, request_id)
    expected = scenarios.SCENARIOS[scenario][1]
    if journal.request.state is not expected:
        assert not harmless(fault, world.gate.log)
        lost_call = any(isinstance(fact.data, Unknown) for fact in journal.facts)
        assert lost_call and journal.request.state in AFTER_A_LOST_CALL
    scenarios.retire(world)
    promises.check(world, request_id)
    promises.check_retired(world, request_id)


def harmless(fault: Fault | None, log: list[str]) -> bool:
    """Nobody but the kernel may notice these: the request ends as if nothing had happened."""
    if fault is None or fault.kind in ("lost_message", "twice_before", "twice_after"):
        return True
    if fault.at > len(log):
        return True
    noticed = ("model.generate", "blobs.writer", "blobs.writer.write", "blobs.writer.commit")
    return fault.kind in ("lost_answer", "unavailable") and log[fault.at - 1] not in noticed


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


@pytest.mark.parametrize("kind", ["die_after", "lost_message", "twice_after"])
@pytest.mark.parametrize("failing", [1, 3])
def test_one_fault_anywhere_while_the_receiver_fails(kind: str, failing: int) -> None:
    """Events that did not arrive at first arrive in the end, whatever else happens."""
    calls = len(calls_of("plain"))
    for at in range(1, calls + 20):
        explore("plain", Fault(kind, at), failing=failing)


@pytest.mark.parametrize("scenario", scenarios.SCENARIOS)
def test_two_workers_interleaved(scenario: str) -> None:
    """A second worker on the same message, begun and paused anywhere, changes nothing."""
    broken = []
    for at in range(1, len(calls_of(scenario)) + 1):
        for at2 in PAUSES if scenario == "plain" else FEW_PAUSES[at % 2 :: 2]:
            try:
                explore(scenario, Fault("interleaved", at, at2))
            except Exception as error:
                broken.append((at, at2, f"{type(error).__name__}: {error}"))

    assert broken == []


@pytest.mark.parametrize("scenario", scenarios.SCENARIOS)
def test_frozen_past_the_lease_and_then_dead(scenario: str) -> None:
    """A worker that comes back late, adds what it knows and dies, leaves nothing uncovered."""
    writes = ("model.generate", "appends.append", "blobs.writer.commit", "blobs.put")
    frozen_at = [at for at, what in enumerate(calls_of(scenario), start=1) if what in writes]
    deaths = DEATHS if scenario == "plain" else FEW_DEATHS
    for at, at2 in itertools.product(frozen_at, deaths):
        explore(scenario, Fault("freeze_then_die", at, at2))


def test_explorer_visits_the_paid_call() -> None:
    """The explorer would notice if the call, the claim or the release were no port calls."""
    calls = calls_of("plain")

    assert {"model.generate", "webhooks.post", "queue.send", "blobs.writer.commit"} <= set(calls)
    assert len(calls) > 60
