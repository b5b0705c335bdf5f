"""Breakers as stored: what a call met is kept, whoever else writes at the same time."""

import pytest

from shared.domain.breaker import Breaker
from shared.domain.names import REQUESTS, STATE, breaker_of
from shared.domain.notices import deployment_stream
from shared.errors import NewerFact, StorageError
from tests.unit.chain.breaker_desk import (
    BLOCKED,
    FAILED,
    FILTERED,
    FINE,
    NAME,
    Desk,
    Raced,
    Restless,
)


def test_one_read_when_all_is_well() -> None:
    """A call that worked costs one read, and no write."""
    desk = Desk()

    desk.met(FINE)

    assert desk.blobs.asked == ["read"]
    assert desk.store.blobs == {}


def test_one_probe_of_many() -> None:
    """Of those who ask, one gets the probe, as often as it asks; before its time nobody does."""
    desk = Desk()
    desk.met(BLOCKED)
    early = desk.breakers.take_probe(NAME, "a.1")
    desk.clock.advance(3600)

    got = [desk.breakers.take_probe(NAME, key) for key in ("a.1", "b.1", "a.1")]

    assert (early, got) == (False, [True, False, True])


def test_closed_needs_no_probe() -> None:
    """Whoever asks for one meanwhile may call, and nothing is written."""
    desk = Desk()

    assert desk.breakers.take_probe(NAME, "a.1")
    assert desk.blobs.asked == ["read"]


def test_five_failures_of_five_requests() -> None:
    """A row of failures opens it; the answer between begins a new row."""
    desk = Desk()
    for outcome in (FAILED, FAILED, FAILED, FAILED, FINE, FAILED):
        desk.met(outcome)
    closed = desk.now.state
    for _ in range(4):
        desk.met(FAILED)

    assert (closed, desk.now.reason) == ("closed", "upstream_failed")


@pytest.mark.parametrize("failures_before", [0, 1])
def test_two_workers_at_once(failures_before: int) -> None:
    """Of two that saw the same value, the second looks again: both failures are kept."""
    desk = Desk()
    for _ in range(failures_before):
        desk.met(FAILED)
    blobs = Raced(desk.store)
    blobs.meanwhile = lambda: desk.met(FAILED)

    desk.over(blobs).report(NAME, "second.1", "second", "flow", FAILED)

    assert len(desk.now.failures) == failures_before + 2


def test_what_never_rests() -> None:
    """It is not tried for ever: a report gives up, and who asked for an answer is told."""
    desk = Desk()

    desk.over(Restless(desk.store)).report(NAME, "b.1", "b", "flow", FILTERED)
    with pytest.raises(StorageError):
        desk.over(Restless(desk.store)).tell_again(NAME)
    with pytest.raises(StorageError):
        desk.over(Restless(desk.store)).pause(NAME, "ops")


def test_what_a_newer_version_wrote_is_left_alone() -> None:
    """It is not read as closed, and not written over; outcomes go on."""
    desk = Desk()
    data = replace_version(Breaker().model_dump_json(by_alias=True))
    desk.blobs.put(STATE, breaker_of(NAME), data)

    desk.met(BLOCKED)

    with pytest.raises(NewerFact):
        desk.breakers.look(NAME)
    assert desk.store.blobs[STATE, breaker_of(NAME)].data == data
    assert (REQUESTS, deployment_stream(NAME)) not in desk.store.blobs


def replace_version(text: str) -> bytes:
    return text.replace('"v":1', '"v":2').encode()
