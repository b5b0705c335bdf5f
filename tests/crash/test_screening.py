"""
A text that passes its screening, with one fault anywhere until the paid call begins.

From there on it is a plain request, which the explorer follows everywhere; it also has the
scenario in which the screening flags the text.
"""

import pytest

from shared.domain.facts import Unknown
from shared.domain.transitions import State
from tests.crash import promises, scenarios
from tests.crash.faults import KINDS, Fault
from tests.crash.world import World


def lived(fault: Fault | None) -> tuple[World, str]:
    world = World(fault)
    request_id = scenarios.screened(world)
    scenarios.finish(world)
    return world, request_id


@pytest.mark.parametrize("kind", KINDS)
def test_one_fault_before_the_call(kind: str) -> None:
    """Nothing goes past the screening, and nothing is stuck in it."""
    calls = lived(None)[0].gate.log
    for at in range(1, calls.index("model.generate") + 1):
        world, request_id = lived(Fault(kind, at))
        journal = promises.check(world, request_id)

        lost_call = any(isinstance(fact.data, Unknown) for fact in journal.facts)
        assert journal.request.state is State.APPROVED or lost_call, (at, calls[at - 1])
        assert len(journal.request.screenings) == 1
