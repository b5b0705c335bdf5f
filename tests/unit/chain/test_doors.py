"""Cancel and rerun: what callers may do in each state."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from shared.chain.decide import decide
from shared.chain.doors import append_choice, cancel
from shared.chain.request_keys import Origin
from shared.chain.rerun import rerun
from shared.domain.facts import Cancelled
from shared.domain.transitions import FINAL, State
from shared.errors import Changed, Conflict, ModelThrottled, ModelUnknown, NotFound, StorageError
from tests.crash.world import CALLER, World
from tests.fakes import Plays, ScriptedModel
from tests.unit.histories import ID, approved, brought_to, by_caller, failing, look, submitted

UNKNOWN = Plays(error=ModelUnknown())


class Interrupting:
    """A worker's journal: the answer to its intent is lost, and somebody cancels meanwhile."""

    def __init__(self, world: World) -> None:
        self._appends: Any = world.s.appends
        self._world = world

    def __getattr__(self, method: str) -> Any:
        return getattr(self._appends, method)

    def append(self, container: str, name: str, at_length: int, block: bytes) -> None:
        self._appends.append(container, name, at_length, block)
        if b"generation.intended" in block:
            cancel(name, CALLER, self._world.s)
            raise StorageError


def queued(world: World) -> str:
    world.model = ScriptedModel(Plays(error=ModelThrottled(retry_after_s=3600)))
    return brought_to(world, "queued")


def in_attention(world: World) -> str:
    world.model = ScriptedModel(UNKNOWN)
    return brought_to(world, "attention")


WAITING: dict[str, Callable[[World], str]] = {
    "accepted": submitted,
    "queued": queued,
    "reviewing": lambda world: brought_to(world, "reviewing"),
    "attention": in_attention,
}


@pytest.mark.parametrize("state", WAITING)
def test_cancel(state: str) -> None:
    """Wherever a request waits, a cancel ends it at once; a second one changes nothing."""
    world = World()
    request_id = WAITING[state](world)
    assert world.request(request_id).state == state

    first = cancel(request_id, CALLER, world.s)
    again = cancel(request_id, CALLER, world.s)

    assert (first.request.status, again.seq) == ("cancelled", first.seq)
    assert first.facts[-1].actor == f"caller:{CALLER.name}"


def test_cancel_during_a_call() -> None:
    """A cancel is recorded during the call, and takes effect when its outcome is in."""
    world = World()
    seen: list[tuple[State, bool]] = []

    def meanwhile() -> None:
        for _ in range(2):
            request = cancel(world.store.names("requests")[0], CALLER, world.s).request
            seen.append((request.state, request.cancel_requested))

    world.during_call = meanwhile
    request_id = brought_to(world, "cancelled")

    assert seen == [(State.CANCELLING, True)] * 2
    assert world.request(request_id).attempts[0].completed


def test_cancel_between_intent_and_call() -> None:
    """A call that was not made yet is not made any more, and costs nothing."""
    world = World()
    request_id = submitted(world)

    look(replace(world.s, appends=Interrupting(world)), request_id)

    assert world.request(request_id).state is State.CANCELLED
    assert world.model.calls == []


def test_cancel_too_late() -> None:
    """What is being released or is final stays so."""
    world = World()
    request_id = brought_to(world, "reviewing")
    decide(request_id, by_caller(True), world.s)
    broken = failing(world.s, "blobs.chunks", StorageError())
    with pytest.raises(StorageError):
        look(broken, request_id)
    with pytest.raises(Conflict) as releasing:
        cancel(request_id, CALLER, world.s)
    world.run_for(300)
    with pytest.raises(Conflict) as final:
        cancel(request_id, CALLER, world.s)

    assert (releasing.value.code, final.value.code) == ("releasing", "already_final")


def test_cancel_of_nothing() -> None:
    """There has to be a request."""
    with pytest.raises(NotFound):
        cancel(ID, CALLER, World().s)


def test_a_lost_race_is_chosen_anew() -> None:
    """A choice whose append was lost is made again on the newer journal."""
    world = World()
    request_id = submitted(world)
    s = failing(world.s, "appends.append", Changed(), times=3)

    assert cancel(request_id, CALLER, s).request.state is State.CANCELLED


def test_a_request_that_changes_too_fast() -> None:
    """A choice that is never first is given up, and nothing was changed."""
    world = World()
    request_id = submitted(world)
    s = failing(world.s, "appends.append", Changed())
    with pytest.raises(StorageError):
        append_choice(request_id, "x", lambda journal: [Cancelled()], s)

    assert world.request(request_id).seq == 1


def test_rerun() -> None:
    """A new request with the same content, options and stages; the old one stays as it was."""
    world = World()
    first = approved(world, metadata={"k": "v"}, n=2)
    before = world.request(first)
    second = rerun(first, CALLER, Origin(key="k9"), world.s)

    assert second.id != first
    assert second.request.terms.rerun_of == first
    assert second.request.terms.options == before.terms.options
    assert rerun(first, CALLER, Origin(key="k9"), world.s).id == second.id
    old, new = world.s.contents.read(first), world.s.contents.read(second.id)
    assert old is not None and new is not None
    assert (new.prompt, new.metadata, new.comments) == (old.prompt, old.metadata, {})
    assert new.idempotency_key == "k9"
    world.run_for(60)
    assert world.request(second.id).state is State.REVIEWING
    assert world.request(first) == before


def test_rerun_without_a_key() -> None:
    """Each rerun is a request of its own, also within one run of a flow."""
    world = World()
    first = approved(world)
    origin = Origin(workflow_run_id="run", workflow_operation="Again")

    assert len({rerun(first, CALLER, origin, world.s).id for _ in range(2)}) == 2


def test_rerun_needs_an_end_and_a_prompt() -> None:
    """Only a final request is run again, and only while its prompt is kept."""
    world = World()
    request_id = brought_to(world, "reviewing")
    with pytest.raises(Conflict) as open_:
        rerun(request_id, CALLER, Origin(), world.s)
    cancel(request_id, CALLER, world.s)
    world.run_for(31 * 86_400)
    assert world.request(request_id).state in FINAL
    with pytest.raises(Conflict) as retired:
        rerun(request_id, CALLER, Origin(), world.s)

    assert (open_.value.code, retired.value.code) == ("not_final", "content_retired")


def test_rerun_needs_its_model() -> None:
    """A request whose model is no longer deployed, or not for this caller, is not run again."""
    world = World()
    request_id = approved(world)
    elsewhere = replace(CALLER, models=("gpt-image-1.5",))
    with pytest.raises(Conflict) as caught:
        rerun(request_id, elsewhere, Origin(), world.s)

    assert caught.value.code == "model_not_available"
