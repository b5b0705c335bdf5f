"""A request that fails at every look costs a few looks an hour, and the others nothing."""

import hashlib
import json
from collections.abc import Callable, Sequence

import pytest

from shared.chain import advance
from shared.chain.doors import cancel
from shared.chain.journal import Journal
from shared.chain.services import Services
from shared.chain.steps import perform
from shared.domain import names
from shared.domain.facts import FactData
from shared.domain.step import RaiseAttention, Step, WaitUntil
from shared.domain.transitions import State
from shared.errors import StorageError
from tests.crash.test_waiting import Unhurried, entries
from tests.crash.world import CALLER
from tests.unit.histories import failing

HOURS = 6
# Looks come after 1, 2, 4, 8, 16, 32 minutes and then each hour; each nudge is tried five times.
# With each there is a sweep.
MOST_INVOCATIONS = 90


def newer(world: Unhurried, request_id: str) -> None:
    """A newer version has appended a fact, and the one before it runs again."""
    journal = world.store.blobs[names.REQUESTS, request_id]
    last = journal.data.splitlines()[-1]
    line = json.loads(last)
    line |= {"seq": line["seq"] + 1, "type": "something.newer"}
    line |= {"prev": hashlib.sha256(last).hexdigest()}
    journal.data += json.dumps(line).encode() + b"\n"


def changed(world: Unhurried, request_id: str) -> None:
    """Nobody can read the journal any more."""
    world.store.blobs[names.REQUESTS, request_id].data += b"{}\n"


def never_tidied(world: Unhurried, request_id: str) -> None:
    """It is over, and what has to go with its end does not."""
    cancel(request_id, CALLER, world.s)
    world.s = failing(world.s, "blobs.page", StorageError(), name=names.PREVIEWS)
    world.run_for(23 * 3600)
    world.invocations = 0


@pytest.mark.parametrize("harm", [newer, changed, never_tidied])
def test_entries_do_not_multiply(harm: Callable[[Unhurried, str], None]) -> None:
    """However long it goes on."""
    world = Unhurried()
    request_id = world.submit(callbackEvents=["final"])
    harm(world, request_id)
    world.run_for(HOURS * 3600)

    assert 1 <= entries(world) <= 2
    assert world.invocations <= MOST_INVOCATIONS


def test_an_operator_is_told_in_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    """After eight looks that failed, and there are no others."""
    monkeypatch.setattr(advance, "perform", only_attention)
    world = Unhurried()
    request_id = world.submit(callbackEvents=["final"])
    world.run_for(3 * 3600)

    request = world.request(request_id)
    assert request.state is State.ATTENTION
    assert request.attention is not None and request.attention.code == "internal"
    assert entries(world) <= 2
    assert world.invocations <= MOST_INVOCATIONS


def only_attention(step: Step, journal: Journal, s: Services) -> Sequence[FactData] | WaitUntil:
    if isinstance(step, RaiseAttention):
        return perform(step, journal, s)
    raise StorageError("What this request needs cannot be done.")
