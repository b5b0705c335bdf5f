"""Readiness, the guard of invocations, dead letters and contents."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.chain.dead_letters import bury
from shared.chain.listed import names_under
from shared.chain.readiness import KEPT
from shared.chain.runner import InvocationFailed, guarded
from shared.domain.content import Content
from shared.domain.names import CONTAINERS
from shared.errors import Changed, CorruptJournal, Fault, StorageError
from tests.crash.world import World
from tests.fakes import START, MemoryBlobs, MemoryStore
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
