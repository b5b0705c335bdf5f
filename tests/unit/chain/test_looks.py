"""Looks at a request: failures are counted, races are settled, waits end."""

from datetime import timedelta
from typing import Any

import pytest

from shared.chain.advance import MAX_TRIES
from shared.chain.due import entry_of
from shared.chain.sweep import sweep
from shared.domain import facts
from shared.domain.transitions import State
from shared.errors import Changed, ModelUnknown, StorageError
from tests.crash.world import PRICES, World
from tests.fakes import Plays, ScriptedModel
from tests.unit.histories import brought_to, failing, look, submitted

WORDS = ("a lighthouse " * 1000).strip()


def cut(world: World, request_id: str, facts_left: int) -> None:
    """As if the worker had died after so many facts, and every other nudge were lost."""
    blob = world.store.blobs["requests", request_id]
    blob.data = b"".join(blob.data.splitlines(keepends=True)[:facts_left])
    for name in world.store.names("state", "due/"):
        del world.store.blobs["state", name]
    world.queue.messages.clear()


def test_eight_failing_looks() -> None:
    """After eight looks that failed, further and further apart, an operator is asked."""
    world = World()
    request_id = brought_to(world, "reviewing")
    cut(world, request_id, 2)
    s = failing(world.s, "blobs.read", StorageError(), name="manifest.json")
    world.clock.advance(800)
    s.due.later(request_id, 2, world.clock.now())
    pauses, states = [], []
    for _ in range(MAX_TRIES + 1):
        sweep(s)
        [name] = world.store.names("state", "due/")
        moved = entry_of(name)
        assert moved is not None
        with pytest.raises(StorageError):
            look(s, request_id, 2, name)
        pauses.append((moved.at - world.clock.now()) / timedelta(minutes=1))
        states.append(world.request(request_id).state)
        world.clock.advance((moved.at - world.clock.now()).total_seconds())

    assert pauses == [1, 1, 2, 4, 8, 16, 32, 60, 60]
    assert states == [State.GENERATING] * MAX_TRIES + [State.ATTENTION]
    attention = world.request(request_id).attention
    assert attention is not None and attention.code == "internal"


def test_attention_has_a_deadline() -> None:
    """A request nobody answered for fails after the deadline, with the attention's code."""
    world = World(model=ScriptedModel(Plays(error=ModelUnknown())))
    request_id = brought_to(world, "attention")
    world.run_for(14 * 86_400 - 60)
    assert world.request(request_id).state is State.ATTENTION
    world.run_for(180)

    request = world.request(request_id)
    assert (request.state, request.error) == (State.FAILED, "outcome_unknown")


@pytest.mark.parametrize("stored", [True, False])
def test_a_call_whose_worker_died(stored: bool) -> None:
    """After the lease the manifest says what became of the call; without it, it is unknown."""
    world = World()
    request_id = brought_to(world, "reviewing")
    cut(world, request_id, 2)
    if not stored:
        del world.store.blobs["review", f"{request_id}/r1a1/manifest.json"]
    look(world.s, request_id)
    assert world.request(request_id).state is State.GENERATING
    world.clock.advance(726)
    look(world.s, request_id)

    outcome = world.request(request_id).attempts[0].outcome
    if stored:
        assert isinstance(outcome, facts.Completed)
    else:
        assert isinstance(outcome, facts.Unknown)
        assert outcome.inferred and outcome.stored == 1
    assert len(world.model.calls) == 1


@pytest.mark.parametrize(
    ("content", "chars"), [("there", len(WORDS)), ("gone", 32_000), ("torn", 32_000)]
)
def test_what_such_a_call_may_have_cost(content: str, chars: int) -> None:
    """Its prompt too; one that cannot be read any more counts as the longest that is taken."""
    world = World()
    request_id = brought_to(world, "reviewing", prompt=WORDS)
    options = world.request(request_id).options
    cut(world, request_id, 2)
    del world.store.blobs["review", f"{request_id}/r1a1/manifest.json"]
    if content == "gone":
        del world.store.blobs["content", f"{request_id}.json"]
    elif content == "torn":
        world.store.blobs["content", f"{request_id}.json"].data = b"{"
    world.clock.advance(726)
    look(world.s, request_id)

    outcome = world.request(request_id).attempts[0].outcome
    assert isinstance(outcome, facts.Unknown)
    assert outcome.maybe_billed == PRICES.estimate(options, chars)


def test_an_outcome_is_recorded_on_top_of_what_is_there() -> None:
    """An outcome whose append lost the race is appended again, as often as it takes."""
    world = World()
    request_id = submitted(world)
    s = failing(world.s, "appends.append", Changed(), times=5, name="generation.completed")
    look(s, request_id)

    assert world.request(request_id).state is State.REVIEWING
    assert len(world.model.calls) == 1


def test_an_outcome_that_can_never_be_recorded() -> None:
    """A journal that takes no line does not keep a worker for ever; the manifest is found later."""
    world = World()
    request_id = submitted(world)
    s = failing(world.s, "appends.append", StorageError(), name="generation.completed")
    with pytest.raises(StorageError):
        look(s, request_id)
    world.run_for(900)

    assert world.request(request_id).state is State.REVIEWING
    assert len(world.model.calls) == 1


def test_a_choice_that_lost_is_dropped() -> None:
    """A choice is made anew on the newer journal, and stands once."""
    world = World()
    request_id = submitted(world)
    s = failing(world.s, "appends.append", Changed(), times=3, name="approval.opened")
    look(s, request_id)

    types = [fact.type for fact in world.s.journals.load(request_id).facts]
    assert types.count("approval.opened") == 1


def test_choices_that_never_get_through() -> None:
    """A look that gets nowhere ends, and somebody comes back a minute later."""
    world = World()
    request_id = submitted(world)
    look(failing(world.s, "appends.append", Changed(), name="generation.intended"), request_id)
    assert world.request(request_id).seq == 1
    world.run_for(120)

    assert world.request(request_id).state is State.REVIEWING


def test_an_inferred_unknown_gives_way() -> None:
    """What another worker only infers is dropped when the call's own worker was faster."""
    world = World()
    request_id = brought_to(world, "reviewing")
    blob = world.store.blobs["requests", request_id]
    whole = blob.data
    blob.data = b"".join(whole.splitlines(keepends=True)[:2])
    del world.store.blobs["review", f"{request_id}/r1a1/manifest.json"]
    world.clock.advance(800)

    class Overtaken:
        def __getattr__(self, name: str) -> Any:
            return getattr(world.s.appends, name)

        def append(self, container: str, name: str, at_length: int, block: bytes) -> None:
            if b"generation.unknown" in block:
                blob.data = whole
            world.s.appends.append(container, name, at_length, block)

    s: Any = failing(world.s, "appends.none", StorageError())
    object.__setattr__(s, "appends", Overtaken())
    look(s, request_id)

    assert world.request(request_id).attempts[0].completed
    assert world.request(request_id).seq == 4


def test_a_quiet_request_has_one_entry() -> None:
    """After a look one entry says when somebody must come again, and nothing else is left."""
    world = World()
    request_id = brought_to(world, "reviewing", callbackUrl=...)
    [name] = world.store.names("state", "due/")
    entry = entry_of(name)
    opening = world.request(request_id).opening

    assert entry is not None and opening is not None
    assert timedelta(seconds=5) < entry.at - opening.deadline < timedelta(seconds=6)


def test_a_look_at_nothing_new() -> None:
    """A nudge that comes again, late or twice does no harm."""
    world = World()
    request_id = brought_to(world, "reviewing")
    before = world.request(request_id)
    for since in (0, 3, 99):
        look(world.s, request_id, since)

    assert world.request(request_id) == before
    assert len(world.model.calls) == 1


def test_entries_that_still_cover_stay() -> None:
    """An entry of a future wait, or of an append that may be under way, is not taken away."""
    world = World()
    request_id = brought_to(world, "reviewing", callbackUrl=...)
    [successor] = world.store.names("state", "due/")
    cover = world.s.due.cover(request_id, 4).name
    for due in (successor, cover):
        look(world.s, request_id, 4, due)

    assert world.store.names("state", "due/") == sorted([successor, cover])
