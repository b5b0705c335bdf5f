"""
A message that fails half way, is given up, and is put back when its key is long gone.

Others may give it up while a slow worker still has it in hand: that is the rival here.
"""

import json
from contextlib import suppress
from functools import partial

import pytest
from azure.functions import QueueMessage

from shared.chain.redrive import Wanted, redrive
from shared.chain.runner import InvocationFailed
from shared.domain import names
from shared.domain.lifecycle import KEYS_DAYS
from shared.domain.transitions import State
from shared.errors import StorageError
from shared.web.queues import take
from tests.crash import promises
from tests.crash.faults import KINDS, Died, Fault
from tests.crash.scenarios import A_DAY_S, decided, finish, retire
from tests.crash.world import CALLER, World

PAUSES = (1, 2, 3, 4)
TAKEN, GIVEN_UP = "request_message", "request_poison"


def handled(world: World, function: str) -> None:
    body = json.dumps({**world.order(), "caller": CALLER.name}).encode()
    message = QueueMessage(id="m-1", body=body)
    try:
        take(function, message, world.s)
    except InvocationFailed:
        raise StorageError from None


def told(fault: Fault | None = None) -> tuple[World, list[int]]:
    """Also the numbers of the port calls that are about the message."""
    world = World(fault)
    given_up = partial(handled, world, GIVEN_UP)
    world.rival = given_up
    with suppress(StorageError, Died):
        world.invoke(partial(handled, world, TAKEN))
    if world.rival is not None:
        world.rival = None
        world.insist(given_up)
    first = range(1, world.gate.count + 1)
    for request_id in requests(world):
        decided(world, request_id, approved=True)
    a_month_later(world)
    before = world.gate.count
    put_back(world)
    if not requests(world):
        put_back(world)
    calls = [*first, *range(before + 1, world.gate.count + 1)]
    decided(world, requests(world)[0], approved=True)
    finish(world)
    retire(world)
    return world, calls


def put_back(world: World) -> None:
    world.insist(lambda: redrive(names.REQUEST_QUEUE, Wanted(again=True), 10, None, world.s))
    world.run_for(3600)


def a_month_later(world: World) -> None:
    """Storage deletes keys by their age."""
    world.run_for((KEYS_DAYS + 1) * A_DAY_S)
    for name in world.store.names(names.STATE, "keys/"):
        del world.store.blobs[names.STATE, name]


def requests(world: World) -> list[str]:
    found = [name for name in world.store.names(names.REQUESTS) if "/" not in name]
    return [one for one in found if world.store.blobs[names.REQUESTS, one].data]


def broken_by(faults: list[Fault]) -> list[str]:
    broken = []
    for fault in faults:
        try:
            check(told(fault)[0])
        except Exception as error:
            broken.append(f"{fault}: {type(error).__name__}: {error}")
    return broken


def check(world: World) -> None:
    found = requests(world)
    assert len(found) == 1, f"{len(found)} requests of one message"
    assert promises.check(world, found[0]).request.state is State.APPROVED
    assert len(world.model.calls) == 1, "bought twice"
    assert world.store.names(names.REVIEW) == [], "the request was not retired"


@pytest.mark.parametrize("kind", KINDS)
def test_one_fault_anywhere(kind: str) -> None:
    """However far the message had come, and however others gave it up, it is one request."""
    assert broken_by([Fault(kind, at) for at in told()[1]]) == []


def test_given_up_while_it_is_taken() -> None:
    """Each of the two begun and paused anywhere: what is buried is known, or cannot be put back."""
    faults = [Fault("interleaved", at, at2) for at in told()[1] for at2 in PAUSES]

    assert broken_by(faults) == []


def test_explorer_visits_the_doors() -> None:
    """The explorer would notice if acceptance, burial or putting back were no port calls."""
    world, calls = told()
    log = [world.gate.log[at - 1] for at in calls]

    assert {"blobs.put", "appends.append", "queue.send", "blobs.delete"} <= set(log)
    assert len(log) > 20
