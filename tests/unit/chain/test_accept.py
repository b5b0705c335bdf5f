"""Accept: the same from both doors, and the same again however often it is asked."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from shared.chain.accept import accept
from shared.chain.request_keys import RUN_WINDOW, Origin, key_name
from shared.domain.names import index_entries, is_ulid
from shared.errors import CorruptJournal, KeyReused, Missing, StorageError
from tests.crash.world import CALLER, World
from tests.unit.histories import URL, failing, order

KEY = Origin(key="k1")
RUN = Origin(workflow_run_id="run", workflow_operation="Submit")
NO_DEDUPE = Origin(workflow_run_id="run", workflow_operation="Submit", dedupe_runs=False)


class Changing:
    """A port whose first answers of one method are old ones."""

    def __init__(self, port: Any, method: str, first: list[Any]) -> None:
        self._port, self._method, self._first = port, method, first

    def __getattr__(self, method: str) -> Any:
        if method == self._method and self._first:
            return lambda *args, **kwargs: self._first.pop(0)
        return getattr(self._port, method)


class Overtaken:
    """Blobs of a worker whom another overtakes before the first change under a condition."""

    def __init__(self, world: World, other: Callable[[], str]) -> None:
        self._blobs: Any = world.s.blobs
        self._other = other
        self.answer = ""

    def __getattr__(self, method: str) -> Any:
        return getattr(self._blobs, method)

    def put(self, *args: Any, if_match: str | None = None, **kwargs: Any) -> Any:
        if if_match and not self.answer:
            self.answer = self._other()
        return self._blobs.put(*args, if_match=if_match, **kwargs)


@pytest.mark.parametrize("origin", [KEY, Origin(message_id="m1"), RUN])
def test_the_same_again(origin: Origin) -> None:
    """The same key, queue message or flow run with the same body is the same request."""
    world = World()
    first, again = (accept(order(world, origin), world.s) for _ in range(2))

    assert (again.id, again.seq) == (first.id, 1)
    assert is_ulid(first.id)


@pytest.mark.parametrize("origin", [Origin(), NO_DEDUPE, Origin(workflow_run_id="run")])
def test_another_request_each_time(origin: Origin) -> None:
    """Where nothing makes it the same, each order is a request of its own."""
    world = World()

    assert len({accept(order(world, origin), world.s).id for _ in range(3)}) == 3


@pytest.mark.parametrize("origin", [KEY, Origin(message_id="m1")])
def test_a_key_with_another_body(origin: Origin) -> None:
    """A key stands for one body: another one is refused and changes nothing."""
    world = World()
    accept(order(world, origin), world.s)
    before = dict(world.store.blobs)
    with pytest.raises(KeyReused):
        accept(order(world, origin, n=2), world.s)

    assert world.store.blobs == before


def test_the_order_of_fields_is_no_difference() -> None:
    """The same fields in another order are the same body; key and caller are no part of it."""
    world = World()
    one = order(world, KEY, n=2, quality="low")
    other = order(world, KEY, quality="low", n=2, caller="x", idempotencyKey="y")

    assert one.body_sha256 == other.body_sha256


def test_a_run_counts_for_ten_minutes() -> None:
    """A flow run repeats an action within minutes; later it wants another request."""
    world = World()
    first = accept(order(world, RUN), world.s).id
    world.clock.advance(RUN_WINDOW.total_seconds())
    assert accept(order(world, RUN), world.s).id == first

    world.clock.advance(0.001)
    second = accept(order(world, RUN), world.s).id

    assert second != first
    assert accept(order(world, RUN), world.s).id == second


def test_a_run_with_another_body_or_action() -> None:
    """The window holds for the same action and body only."""
    world = World()
    other = Origin(workflow_run_id="run", workflow_operation="Submit_2")
    orders = [order(world, RUN), order(world, RUN, n=2), order(world, other)]

    assert len({accept(one, world.s).id for one in orders}) == 3


def test_two_take_over_an_old_run() -> None:
    """Who finds the window over and is too slow takes the request of who was faster."""
    world = World()
    accept(order(world, RUN), world.s)
    world.clock.advance(RUN_WINDOW.total_seconds() + 1)
    slow = Overtaken(world, lambda: accept(order(world, RUN), world.s).id)

    taken = accept(order(world, RUN), replace(world.s, blobs=slow)).id

    assert taken == slow.answer


def test_callers_have_keys_of_their_own() -> None:
    """The same key of another caller is another key, and so is another kind of key."""
    names = {
        key_name("a", KEY, ""),
        key_name("b", KEY, ""),
        key_name("a", Origin(message_id="k1"), ""),
    }

    assert len(names) == 3
    assert key_name("a", Origin(), "") is None


@pytest.mark.parametrize("lost", ["requests", "content"])
def test_a_key_whose_request_was_never_finished(lost: str) -> None:
    """Who meets a key without a journal runs the whole list again with the stored id."""
    world = World()
    first = accept(order(world, KEY), world.s).id
    for place in [place for place in world.store.blobs if place[0] in (lost, "requests")]:
        del world.store.blobs[place]

    journal = accept(order(world, KEY), world.s)

    assert (journal.id, journal.seq) == (first, 1)
    assert world.s.contents.read(first) is not None


def test_what_is_stored_stays() -> None:
    """A repeat does not overwrite a content that has grown since."""
    world = World()
    first = accept(order(world, KEY), world.s).id
    world.s.contents.update(first, lambda c: c.model_copy(update={"comments": {"x": "grown"}}))
    del world.store.blobs["requests", first]
    accept(order(world, KEY), world.s)

    content = world.s.contents.read(first)
    assert content is not None and content.comments == {"x": "grown"}
    assert world.request(first).terms.prompt_sha256 == content.prompt_sha256


def test_what_is_written() -> None:
    """Key, mention, content, cover, journal, index twice; of the prompt nothing but in content."""
    world = World()
    origin = Origin(key="k1", client_tracking_id="track", traceparent="00-ab-cd-01")
    journal = accept(order(world, origin, requestedBy="li@contoso.com"), world.s)

    folders = sorted(name.partition("/")[0] for box, name in world.store.blobs if box == "state")
    assert folders == ["due", "index", "index-of", "keys", "subjects"]
    for entry in index_entries(journal.id, CALLER.name):
        assert ("state", entry) in world.store.blobs
    assert journal.request.terms.client_tracking_id == "track"
    line = world.store.blobs["requests", journal.id].data
    assert not any(text in line for text in (b"lighthouse", URL.encode(), b"li@contoso.com"))


def test_the_settings_of_the_moment_hold() -> None:
    """A request keeps the rules under which it was accepted."""
    world = World(on_unknown="retry_once")
    terms = accept(order(world), world.s).request.terms

    assert (terms.on_unknown, terms.attention_deadline_s) == ("retry_once", 14 * 86_400)


def test_a_queue_that_is_down() -> None:
    """The nudge is only speed: without it the request is accepted, and the sweep finds it."""
    world = World()
    journal = accept(order(world), failing(world.s, "queue.send", StorageError()))
    assert not world.queue.messages
    world.run_for(300)

    assert world.request(journal.id).state == "reviewing"


def test_a_lost_answer() -> None:
    """An append that was done without an answer is found to be ours."""
    world = World()
    s = failing(world.s, "appends.append", StorageError(), times=1, done=True)

    assert accept(order(world), s).seq == 1


def test_nothing_is_answered_for_when_nothing_could_be_stored() -> None:
    """Without a fact in the journal there is no answer but a failure."""
    world = World()
    with pytest.raises(StorageError):
        accept(order(world, KEY), failing(world.s, "appends.append", Missing()))

    assert accept(order(world, KEY), world.s).seq == 1


def test_somebody_else_wrote_the_first_fact() -> None:
    """Two at once with one key make one request, whoever wrote it."""
    world = World()
    mine = order(world, KEY)
    accept(mine, world.s)
    early = replace(world.s, appends=Changing(world.s.appends, "read", [None]))

    assert accept(mine, early).seq == 1
    assert len(world.store.names("requests")) == 1


def test_a_key_record_of_somebody_else() -> None:
    """A key that holds something else is not taken for ours."""
    world = World()
    accept(order(world, KEY), world.s)
    [key] = world.store.names("state", "keys/")
    world.store.blobs["state", key].data = json.dumps({"id": 1}).encode()
    with pytest.raises(CorruptJournal):
        accept(order(world, KEY), world.s)


def test_a_key_that_vanishes() -> None:
    """A key that was there a moment ago and is not now is a failure of storage."""
    world = World()
    accept(order(world, KEY), world.s)

    blind = replace(world.s, blobs=Changing(world.s.blobs, "read", [None]))
    with pytest.raises(StorageError):
        accept(order(world, KEY), blind)
