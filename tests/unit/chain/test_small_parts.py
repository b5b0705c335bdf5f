"""Readiness, the guard of invocations, dead letters and contents."""

import json
from datetime import datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.chain.dead_letters import bury
from shared.chain.listed import Backwards, names_under
from shared.chain.readiness import KEPT
from shared.chain.runner import InvocationFailed, guarded
from shared.domain.content import Content
from shared.domain.names import CONTAINERS, stamp
from shared.errors import Changed, CorruptJournal, Fault, StorageError
from tests.crash.world import World
from tests.fakes import START, Blob, MemoryBlobs, MemoryStore
from tests.unit.histories import ID, failing, submitted

SECRET = "a prompt nobody may read"


def test_readiness_is_kept_for_ten_seconds() -> None:
    """Storage is asked at most every ten seconds; the first missing container is named."""
    world = World()
    assert world.s.readiness.look().missing is None
    s = failing(world.s, "blobs.page", StorageError(), name=CONTAINERS[2])
    assert s.readiness.look().missing == CONTAINERS[2]
    before = len(world.gate.log)
    world.clock.advance(KEPT.total_seconds() - 0.001)
    s.readiness.look()
    assert len(world.gate.log) == before
    world.clock.advance(0.001)
    s.readiness.look()

    assert len(world.gate.log) > before


def test_a_failure_shows_no_content(caplog: pytest.LogCaptureFixture) -> None:
    """The host hears of a failure without its text, and so does the log."""
    with pytest.raises(InvocationFailed) as caught, guarded("step", request_id=ID):
        raise ValueError(SECRET)

    assert SECRET not in str(caught.value) + caplog.text
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


def test_nothing_fails() -> None:
    """An invocation that goes well passes."""
    with guarded("step"):
        pass


@pytest.mark.parametrize("message_id", ["0f-12", "../../content/x", "x" * 65, "\ud800"])
def test_a_dead_letter(message_id: str) -> None:
    """The record has the reasons, the body lies apart; twice makes one; names stay plain."""
    world = World()
    reason = Fault("#/n", "x")
    letter = ("image-requests", message_id, START, SECRET.encode(), "invalid", [reason])
    names = {bury(*letter, world.s) for _ in range(2)}
    [name] = names
    record = json.loads(world.store.blobs["dead", name].data)

    assert world.store.names("dead") == [name]
    assert record["errors"] == [{"pointer": "#/n", "detail": "x"}]
    assert SECRET not in json.dumps(record)
    [content] = world.store.names("content")
    assert record["content"] == f"content/{content}"
    assert content.startswith("dead-") and "/" not in content and len(content) <= 69


def test_contents_change_one_after_the_other() -> None:
    """A change meets what others wrote meanwhile, and nothing where the content is gone."""
    world = World()
    request_id = submitted(world)
    s = failing(world.s, "blobs.put", Changed(), times=2)
    s.contents.update(request_id, lambda c: c.model_copy(update={"purpose": "p"}))
    s.contents.update(ID, lambda c: c.model_copy(update={"purpose": "p"}))

    content = world.s.contents.read(request_id)
    assert content is not None and content.purpose == "p"
    assert world.s.contents.read(ID) is None


def test_a_content_of_somebody_else() -> None:
    """What is no content of ours is said to be corrupt, without showing it."""
    world = World()
    world.s.blobs.put("content", f"{ID}.json", SECRET.encode())
    with pytest.raises(CorruptJournal) as caught:
        world.s.contents.read(ID)

    assert SECRET not in str(caught.value)


@given(st.text(st.characters(codec="utf-8")))
def test_a_prompt_is_not_in_a_repr(prompt: str) -> None:
    """Contents do not show what people wrote, and their digest is salted."""
    one, other = (Content(salt=salt, prompt="x" + prompt) for salt in ("00", "01"))

    assert "prompt" not in repr(one)
    assert one.prompt_sha256 != other.prompt_sha256


@pytest.mark.parametrize("at_a_time", [1, 2, 3, 7])
def test_names_of_all_pages(at_a_time: int) -> None:
    """Nothing is missed or named twice where pages meet."""
    store = MemoryStore()
    blobs = MemoryBlobs(store)
    wanted = [f"usage/{number}" for number in range(6)]
    for name in (*wanted, "other/1"):
        blobs.put("box", name, b"")

    assert list(names_under(blobs, "box", "usage/", at_a_time)) == wanted


STAMPS = st.datetimes(datetime(2026, 11, 20), datetime(2026, 11, 23)).map(stamp)
LETTERS = st.lists(st.tuples(STAMPS, st.text("ab-1", min_size=1, max_size=2)), max_size=30)


@given(LETTERS, STAMPS, st.integers(1, 5))
def test_newest_first(letters: list[tuple[str, str]], before: str, at_a_time: int) -> None:
    """However few names a page holds, all before the given one come, the highest first."""
    store = MemoryStore()
    blobs = MemoryBlobs(store)
    names = {f"q/{at}-{name}.json" for at, name in letters}
    for name in (*names, "p/20261121T000000000Z-a.json", "q2/20261121T000000000Z-a.json"):
        blobs.put("dead", name, b"")

    found = list(Backwards(blobs, "dead", "q/", f"q/{before}", at_a_time).names())

    assert found == sorted((name for name in names if name < f"q/{before}"), reverse=True)


def test_many_of_one_instant() -> None:
    """Names that only their ends tell apart are listed too."""
    store = MemoryStore()
    blobs = MemoryBlobs(store)
    names = [f"q/{stamp(START)}-{number}.json" for number in range(7)]
    for name in names:
        blobs.put("dead", name, b"")

    found = list(Backwards(blobs, "dead", "q/", "q/3", at_a_time=2).names())

    assert found == names[::-1]


def test_newest_of_many_at_little_cost() -> None:
    """The newest of thousands, over months, cost few listings; so do those after a while."""
    world = World()
    start = START - timedelta(days=90)
    names = [f"q/{stamp(start + timedelta(minutes=13 * k))}-a.json" for k in range(9970)]
    for name in names:
        world.store.blobs["dead", name] = Blob(b"", "")
    for before in (f"q/{stamp(START)}", names[5000]):
        told = len(world.gate.log)
        found = Backwards(world.s.blobs, "dead", "q/", before).names()
        newest = list(islice(found, 20))
        assert newest == sorted((name for name in names if name < before), reverse=True)[:20]
        assert len(world.gate.log) - told < 40
