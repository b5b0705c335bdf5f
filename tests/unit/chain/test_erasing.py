"""Erasing a request: what goes, in which order, and who was under way meanwhile."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.chain.accept import accept
from shared.chain.erasures import erase_request
from shared.chain.evidence import evidence_of
from shared.chain.request_keys import Origin
from shared.chain.steps.erase import TOLD_WITHIN
from shared.domain import names
from shared.errors import SinkError, StorageError
from tests.crash.erasures import HOLD_CONTENT
from tests.crash.world import CALLER, World
from tests.fakes import ScriptedWebhooks, small_png
from tests.fakes_of_inputs import ScriptedFetcher
from tests.unit.histories import approved, brought_to, failing, look, order

INPUT = "https://pictures.example/1.png"


def erased(world: World, request_id: str) -> None:
    erase_request(request_id, request_id, CALLER.name, world.s)


def left(world: World) -> list[str]:
    return [f"{box}/{name}" for box, name in world.store.blobs if box in HOLD_CONTENT]


def types(world: World, request_id: str) -> list[str]:
    return [fact.type for fact in world.onlooker.load(request_id).facts]


class Meanwhile:
    """A port during one call of which something else happens."""

    def __init__(self, port: Any, happens: Callable[[], None], *at: str) -> None:
        self._port, self._happens, self._at = port, [happens], at

    def __getattr__(self, method: str) -> Any:
        call = getattr(self._port, method)

        def tried(*args: Any, **kwargs: Any) -> Any:
            if (method, args[0]) == self._at and self._happens:
                self._happens.pop()()
            return call(*args, **kwargs)

        return tried


def test_a_copy_of_an_erased_request_is_taken_back() -> None:
    """A door under way with the same key stores the content anew, and finds the request erased."""
    world = World()

    def other_door() -> None:
        request_id = accept(own, world.s).id
        erased(world, request_id)
        world.run_for(120)
        assert left(world) == []

    mention = {"requestedBy": "li@contoso.com"}
    own = order(world, Origin(key="k1"), **mention)
    blobs: Any = Meanwhile(world.s.blobs, other_door, "put", names.CONTENT)
    journal = accept(own, replace(world.s, blobs=blobs))

    assert journal.request.erasure is not None and journal.request.erasure.done_at is not None
    assert left(world) == [] and world.store.names(names.STATE, names.SUBJECTS) == []


def test_what_a_slow_worker_stores_goes_at_once() -> None:
    """It finds that somebody was faster, and that nothing of the request may be there any more."""
    world = World()
    world.fetcher = ScriptedFetcher({INPUT: [small_png(7)]})
    request_id = accept(order(world, inputImages=[{"url": INPUT}]), world.s).id

    def erasure() -> None:
        erased(world, request_id)
        world.run_for(240)
        assert left(world) == [] and types(world, request_id)[-1] == "erasure.done"

    fetcher: Any = Meanwhile(world.s.fetcher, erasure, "get", INPUT)
    look(replace(world.s, fetcher=fetcher), request_id)

    assert left(world) == []
    assert types(world, request_id)[-3:] == ["erasure.done", "erasure.removed", "erasure.done"]


def test_a_release_that_has_begun_ends_first() -> None:
    """What was approved is released, and then erased with the rest."""
    world = World()
    request_id = approved(world)
    [journal] = [world.onlooker.load(request_id)]
    began = next(fact for fact in journal.facts if fact.type == "release.started")
    raw = world.store.blobs[names.REQUESTS, request_id].data.splitlines(keepends=True)
    world.store.blobs[names.REQUESTS, request_id].data = b"".join(raw[: began.seq])

    erased(world, request_id)
    world.run_for(120)

    told = types(world, request_id)[began.seq :]
    assert told == ["erasure.requested", "request.approved", "erasure.removed", "erasure.done"]
    assert left(world) == []


def test_whoever_waits_at_a_callback_is_told_first() -> None:
    """The address is kept until it answers, for five minutes at most."""
    world = World(webhooks=ScriptedWebhooks(*[SinkError() for _ in range(3)]))
    told = brought_to(world, "reviewing", callbackEvents=["final"])
    erased(world, told)
    world.run_for(2)
    kept = world.store.names(names.CONTENT)
    world.run_for(TOLD_WITHIN.total_seconds())

    assert kept == [names.content_of(told)]
    assert world.arrived[-1]["ce-type"] == "darkroom.request.cancelled"
    assert left(world) == []


def test_nobody_waits_for_a_callback_that_never_answers() -> None:
    """After five minutes the address goes with the rest, and nothing is sent any more."""
    world = World(webhooks=ScriptedWebhooks(*[SinkError() for _ in range(500)]))
    request_id = brought_to(world, "reviewing", callbackEvents=["final"])
    erased(world, request_id)
    world.run_for(TOLD_WITHIN.total_seconds() - 20)
    kept = world.store.names(names.CONTENT)
    world.run_for(60)
    tried = len(world.webhooks.posted)
    world.run_for(timedelta(days=5).total_seconds())

    assert kept and left(world) == []
    assert len(world.webhooks.posted) == tried
    assert world.store.names(names.STATE, "due/") == []


def test_content_that_nobody_can_read_goes_too() -> None:
    """A broken blob keeps nobody from being forgotten."""
    world = World()
    request_id = approved(world, callbackUrl=...)
    world.store.blobs[names.CONTENT, names.content_of(request_id)].data = b"not ours"

    erased(world, request_id)
    world.run_for(120)

    assert left(world) == []
    assert "erasure.done" in types(world, request_id)


def test_uploads_of_others_stay() -> None:
    """Whatever a content blob says, nothing goes that its caller did not send."""
    world = World()
    request_id = approved(world)
    for name in (f"{CALLER.name}/1.png", "other/1.png", f"{CALLER.name}-2/1.png"):
        world.s.blobs.put(names.UPLOADS, name, b"image")
    named = tuple(world.store.names(names.UPLOADS))
    world.s.contents.update(request_id, lambda one: one.model_copy(update={"uploads": named}))

    erased(world, request_id)
    world.run_for(120)

    assert world.store.names(names.UPLOADS) == [f"{CALLER.name}-2/1.png", "other/1.png"]


def test_an_erasure_that_fails_comes_again() -> None:
    """The content blob, which says what else there is, goes last."""
    world = World()
    request_id = approved(world)
    broken = failing(world.s, "blobs.delete", StorageError(), times=1, name="manifest")
    erased(world, request_id)
    with pytest.raises(StorageError):
        look(broken, request_id)
    assert names.content_of(request_id) in world.store.names(names.CONTENT)

    world.run_for(600)

    assert left(world) == []


def test_books_of_an_erased_request_stay() -> None:
    """The ledger and the record have what it cost, and no words."""
    world = World()
    request_id = approved(world, costCenter="MKT-42")
    before = list(world.s.ledger.lines("2026-11", CALLER.name))
    cost = evidence_of(world.onlooker.load(request_id), world.s)["costs"]

    erased(world, request_id)
    world.run_for(120)

    assert list(world.s.ledger.lines("2026-11", CALLER.name)) == before != []
    assert evidence_of(world.onlooker.load(request_id), world.s)["costs"] == cost


def test_what_was_paid_for_is_counted_before_it_goes() -> None:
    """A call that counts as unknown and has stored everything after all is settled by that."""
    world = World()
    request_id = brought_to(world, "reviewing")
    journal = world.store.blobs[names.REQUESTS, request_id]
    journal.data = b"".join(journal.data.splitlines(keepends=True)[:2])
    manifest = (names.REVIEW, names.manifest_of(request_id, 1, 1))
    late = world.store.blobs.pop(manifest)
    world.s.due.cover(request_id, 0)
    world.run_for(1800)
    assert world.request(request_id).attempts[0].unknown is not None
    world.store.blobs[manifest] = late

    erased(world, request_id)
    world.run_for(400)

    assert world.request(request_id).attempts[0].completed is not None
    assert world.request(request_id).state == "cancelled" and left(world) == []


def test_released_images_of_a_request_that_retired_go() -> None:
    """Its words went long ago; the images can still be erased."""
    world = World()
    request_id = approved(world)
    world.run_for(timedelta(days=40).total_seconds())
    assert [one.split("/")[0] for one in left(world)] == [names.APPROVED]

    erased(world, request_id)
    world.run_for(2 * 3600)

    assert left(world) == [] and world.store.names(names.STATE, "due/") == []
