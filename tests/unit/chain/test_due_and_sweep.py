"""Due entries, the covers of an append, and the sweep."""

from datetime import timedelta

import pytest

from shared.chain.due import (
    COVER_LEAD,
    FRESH_FOR,
    KEPT_WITHOUT_JOURNAL,
    Body,
    Covers,
    Entry,
    backoff,
    entry_of,
)
from shared.chain.sweep import LOOK_AHEAD, NUDGE_LATE, sweep
from shared.domain.messages import Nudge
from shared.domain.names import STEP_QUEUE
from tests.crash.world import World
from tests.fakes import START
from tests.unit.histories import ID, look


def entries(world: World) -> list[Entry]:
    found = [entry_of(name) for name in world.store.names("state", "due/")]
    return [entry for entry in found if entry]


def nudges(world: World) -> list[Nudge]:
    messages = world.queue.messages.get(STEP_QUEUE, [])
    return [Nudge.model_validate_json(one.text) for one in messages]


@pytest.mark.parametrize("nonce", ["c00", "s3", "n3", "m00"])
def test_an_entry_is_its_name(nonce: str) -> None:
    """The name says when, which request, and what kind of entry it is."""
    entry = Entry(START + timedelta(milliseconds=7), ID, nonce)

    assert entry_of(entry.name) == entry
    assert entry.moved == (nonce[0] == "m")


@pytest.mark.parametrize("name", ["due/", "due/x-y-z", "due/20261120T120000000Z-x", "x-y"])
def test_names_of_others(name: str) -> None:
    """What is no entry's name is left alone."""
    assert entry_of(name) is None


def test_backoff() -> None:
    """1, 2, 4 … minutes, an hour at most."""
    assert [backoff(tries) / timedelta(minutes=1) for tries in range(1, 10)] == [
        *(1, 2, 4, 8, 16, 32, 60, 60, 60)
    ]
    assert backoff(0) == timedelta(minutes=1)


def test_a_cover_is_fresh_for_a_minute() -> None:
    """One cover is enough for the appends of a minute; then a new one is put first."""
    world = World()
    covers = Covers(world.s.due, ID)
    covers.before_append(0)
    world.clock.advance(FRESH_FOR.total_seconds() - 0.001)
    covers.after_append(0)
    assert len(covers.held) == 1
    world.clock.advance(0.001)
    covers.after_append(0)

    assert [entry.at for entry in covers.held] == [
        START + COVER_LEAD,
        START + COVER_LEAD + FRESH_FOR,
    ]
    assert entries(world) == covers.held


@pytest.mark.parametrize("kind", ["s3", "n3", "m00"])
def test_other_entries_cover_no_append(kind: str) -> None:
    """Somebody may be about to take a successor or a moved entry away."""
    world = World()
    covers = Covers(world.s.due, ID, [Entry(START + timedelta(days=1), ID, kind)])
    covers.before_append(0)

    assert len(covers.held) == 2


def test_a_wait_has_one_entry() -> None:
    """The same wait put twice is one entry, which keeps what it covers."""
    world = World()
    first = world.s.due.later(ID, 3, START + timedelta(hours=1))
    assert world.s.due.later(ID, 3, START + timedelta(hours=1)) == first

    assert entries(world) == [first]
    found = world.s.due.body(first)
    assert found is not None and found[0] == Body(since=3, put=START)


def test_a_body_that_cannot_be_read() -> None:
    """An entry covers everything when nobody knows what it covers; none when it is gone."""
    world = World()
    entry = world.s.due.later(ID, 3, START)
    world.store.blobs["state", entry.name].data = b"?"
    found = world.s.due.body(entry)
    assert found is not None and found[0].since == 0
    world.s.due.delete(entry)

    assert world.s.due.body(entry) is None


def test_tries_are_counted_until_something_happens() -> None:
    """Each move of the entry counts one look, a longer journal begins anew, a lost race none."""
    world = World()
    entry, counts = world.s.due.later(ID, 0, START), []
    for seq in (2, 2, 3):
        bodies = [world.s.due.count_try(entry, seq) for _ in range(2)]
        counts.append([body.tries if body else None for body in bodies])
        found = world.s.due.body(entry)
        assert found is not None
        entry = world.s.due.move(entry, found[0])
    assert counts == [[1, 1], [2, 2], [1, 1]]

    world.s.due.delete(entry)
    assert world.s.due.count_try(entry, 3) is None


def test_listing_is_in_order_and_ends() -> None:
    """Only what is due, the oldest first, however many pages there are; others' blobs apart."""
    world = World()
    for k in range(7):
        world.s.due.later(ID, k, START + timedelta(minutes=7 - k))
    world.s.blobs.put("state", "due/0-nothing", b"")

    due = world.s.due.due(START + timedelta(minutes=5), 3)
    assert [entry.nonce for entry in due] == ["s6", "s5", "s4"]
    assert len(world.s.due.due(START + timedelta(minutes=5), 100)) == 5


def test_sweep() -> None:
    """What is due soon is moved and nudged for its exact time; later entries stay."""
    world = World()
    soon = world.s.due.later(ID, 3, START + LOOK_AHEAD)
    later = world.s.due.later(ID, 4, START + LOOK_AHEAD + timedelta(seconds=1))
    assert sweep(world.s) == 1

    moved = next(entry for entry in entries(world) if entry.moved)
    assert (later in entries(world), soon in entries(world)) == (True, False)
    assert moved.at == soon.at + timedelta(minutes=1)
    assert nudges(world) == [Nudge(request_id=ID, since=3, due=moved.name)]
    assert world.queue.messages[STEP_QUEUE][0].visible_at == soon.at


def test_a_moved_entry_waits_for_its_nudge() -> None:
    """An entry with a nudge under way is taken up again only when it is overdue."""
    world = World()
    world.s.due.later(ID, 3, START)
    assert [sweep(world.s), sweep(world.s)] == [1, 0]
    world.clock.advance(60)

    assert sweep(world.s) == 1
    assert len(entries(world)) == 1


def test_an_entry_that_came_with_its_nudge() -> None:
    """The sweep sends no second nudge beside it; a minute later the first one counts as lost."""
    world = World()
    world.s.due.later(ID, 3, START, nudged=True)
    assert sweep(world.s) == 0
    world.clock.advance(NUDGE_LATE.total_seconds())

    assert sweep(world.s) == 1
    assert len(nudges(world)) == 1


def test_an_entry_that_is_gone_meanwhile() -> None:
    """An entry that somebody deleted after the listing is not moved."""
    world = World()
    entry = world.s.due.later(ID, 3, START)
    due = world.s.due.due(START, 10)
    world.s.due.delete(entry)
    assert due == [entry]

    assert sweep(world.s) == 0


def test_an_entry_without_a_journal() -> None:
    """It is kept for an hour, for a caller who repeats; then it goes."""
    world = World()
    Covers(world.s.due, ID).before_append(0)
    world.run_for(KEPT_WITHOUT_JOURNAL.total_seconds() - 120)
    assert len(entries(world)) == 1
    world.run_for(7200)

    assert entries(world) == []
    look(world.s, ID)
