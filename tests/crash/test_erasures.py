"""Faults anywhere while requests are erased: nothing of them is left, and money is settled."""

import itertools

import pytest

from tests.crash import erasures
from tests.crash.faults import KINDS, Fault
from tests.crash.world import World

# The longest history goes through the same steps for each of its requests: every so many calls,
# and each kind of fault at others. All of it would take 95 s of one core, instead of 19.
STRIDES = {"during_the_call": 1, "while_people_decide": 1, "of_a_person": 5}
# Where two workers meet, and where one wakes up late.
PAIRED = {"during_the_call": 2, "while_people_decide": 2, "of_a_person": 10}
PAUSES = (1, 4, 9)
DEATHS = (2, 7, 12)
WRITES = ("model.generate", "blobs.writer.commit", "blobs.put")


def told(scenario: str, fault: Fault | None = None) -> World:
    world = World(fault)
    erasures.SCENARIOS[scenario](world)
    erasures.finish(world)
    erasures.check(world)
    return world


def calls_of(scenario: str) -> list[str]:
    return told(scenario).gate.log


def broken_by(scenario: str, faults: list[Fault]) -> list[str]:
    broken = []
    for fault in faults:
        try:
            told(scenario, fault)
        except Exception as error:
            broken.append(f"{fault}: {type(error).__name__}: {error}")
    return broken


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scenario", erasures.SCENARIOS)
def test_one_fault_anywhere(scenario: str, kind: str) -> None:
    """Whatever happens at one port call, every place lists empty at the end."""
    stride = STRIDES[scenario]
    places = range(1 + KINDS.index(kind) % stride, len(calls_of(scenario)) + 1, stride)
    faults = [Fault(kind, at) for at in places]

    assert broken_by(scenario, faults) == []


@pytest.mark.parametrize("scenario", ["during_the_call", "of_a_person"])
def test_a_second_worker_interleaved(scenario: str) -> None:
    """Two that erase the same leave as little as one."""
    stride = PAIRED[scenario]
    places = itertools.product(range(1, len(calls_of(scenario)) + 1, stride), PAUSES)

    assert broken_by(scenario, [Fault("interleaved", at, at2) for at, at2 in places]) == []


@pytest.mark.parametrize("scenario", erasures.SCENARIOS)
def test_frozen_and_then_dead(scenario: str) -> None:
    """Whoever wakes up after the erasure, stores what they have and dies, is swept up after."""
    frozen_at = [at for at, what in enumerate(calls_of(scenario), start=1) if what in WRITES]
    some = frozen_at[:: max(1, PAIRED[scenario] // 3)]
    places = itertools.product(some, DEATHS)

    assert broken_by(scenario, [Fault("freeze_then_die", at, at2) for at, at2 in places]) == []


def test_the_receipt_of_a_person_counts() -> None:
    """Both requests are counted once, and all their blobs."""
    [record] = erasures.records_of(told("of_a_person"))

    assert (record.requests, record.redacted, record.confirmed) == (2, 0, True)
    assert record.blobs >= 2
