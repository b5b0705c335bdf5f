"""
A draft of an alt text, with one fault anywhere between the images and the people who see them.

Everything before and after is a plain request, which the explorer follows everywhere.
"""

from functools import cache

import pytest

from shared.domain.alt_texts import AltTextDrafted, AltTextFailed
from shared.domain.facts import Unknown
from shared.domain.transitions import State
from tests.crash import promises, scenarios
from tests.crash.faults import KINDS, Fault
from tests.crash.test_money import ESTIMATE, frugal
from tests.crash.world import World

# Where a second worker pauses, and where one that comes back late dies.
PAUSES, DEATHS = (1, 3, 6, 10), (1, 3, 6)
CALL = "describer.describe"


def lived(fault: Fault | None) -> World:
    """One image of a caller with a budget: described, reviewed, released, and swept up."""
    world = World(fault, caller=frugal(5 * ESTIMATE))
    request_id = scenarios.described(world)
    scenarios.finish(world)
    scenarios.put_right(world)
    journal = promises.check(world, request_id)
    promises.check_money(world)

    describer = world.describer
    assert describer is not None
    drafts = {f"{request_id}-alt{one.number}": one for one in journal.request.drafts.each}
    called = [call.client_request_id for call in describer.calls]
    assert len(called) == len(set(called)) and set(called) <= set(drafts)
    assert len(drafts) <= 1, "asked about one image twice"
    for paid in describer.billed:
        outcome = drafts[paid].outcome
        in_doubt = isinstance(outcome, AltTextFailed) and outcome.maybe_billed
        assert isinstance(outcome, AltTextDrafted) or in_doubt, "paid for, and not in the books"
    lost_call = any(isinstance(fact.data, Unknown) for fact in journal.facts)
    assert lost_call or journal.request.state is State.APPROVED, "a draft has held it up"
    scenarios.retire(world)
    promises.check_retired(world, request_id)
    return world


@cache
def places() -> range:
    """The calls between the image's and the opening of the stage, some before and after it."""
    log = lived(None).gate.log
    called = log.index(CALL)
    return range(called - 10, called + 12)


@pytest.mark.parametrize("kind", KINDS)
def test_one_fault_around_the_draft(kind: str) -> None:
    """It is asked for at most once, in the books either way, and holds nobody up."""
    for at in places():
        lived(Fault(kind, at))


def test_two_workers_around_the_draft() -> None:
    """A second worker makes no second call."""
    for at in places():
        for pause in PAUSES:
            lived(Fault("interleaved", at, pause))


def test_frozen_around_the_draft() -> None:
    """Whoever wakes up after the lease, says what it knows and dies, leaves books that fit."""
    for at in places():
        for death in DEATHS:
            lived(Fault("freeze_then_die", at, death))


def test_around_the_draft() -> None:
    """What the tests above go through is the draft, from its intent to the opened stage."""
    log = lived(None).gate.log
    visited = [log[at - 1] for at in places()]

    assert CALL in visited
    assert visited.count("appends.append") >= 3
