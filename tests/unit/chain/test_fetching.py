"""Inputs given by their address: fetched by a step, before anything is asked or bought."""

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from shared.chain.audit import verify
from shared.chain.evidence import evidence_of
from shared.domain import names
from shared.domain.step import ALL_FETCHES_S
from shared.errors import AddressRefused, ServiceError, SinkError
from tests.crash.world import World
from tests.fakes import VirtualClock, small_png
from tests.fakes_of_inputs import ScriptedFetcher
from tests.unit.histories import JPEG, brought_to, look, submitted

PNG, MASK = small_png(1), small_png(1, alpha=True)
URL, SECOND = "https://pictures.example/a?sig=planted", "https://pictures.example/b"


def fetching(*answers: bytes | ServiceError, **others: bytes) -> World:
    files: dict[str, Any] = {URL: answers, SECOND: list(others.values())}
    return World(fetcher=ScriptedFetcher(files))


def test_the_answer_waits_for_nobody() -> None:
    """The door stores the address and answers; the first look fetches, then buys."""
    world = fetching(JPEG)
    request_id = submitted(world, inputImages=[{"url": URL}])
    assert world.fetcher.fetched == []
    look(world.s, request_id)

    [ref] = world.request(request_id).inputs
    assert (ref.source, ref.width, ref.content_type) == ("url", 640, "image/jpeg")
    assert world.model.sent == [[JPEG]]


def test_the_address_stays_in_the_content() -> None:
    """It may be a credential: no fact and no message has it."""
    world = fetching(PNG)
    request_id = brought_to(world, "reviewing", inputImages=[{"url": URL}])

    holding = {
        container for (container, _), blob in world.store.blobs.items() if b"planted" in blob.data
    }
    assert holding == {names.CONTENT}
    assert "planted" not in repr(world.s.contents.read(request_id))


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ((), "input_unavailable"),
        ((AddressRefused(),), "input_unavailable"),
        ((b"<html>",), "input_invalid"),
        ((b"",), "input_invalid"),
        ((PNG.ljust(50 * 1024 * 1024, b"\0"),), "input_invalid"),
    ],
)
def test_what_no_other_try_would_mend(answers: tuple[Any, ...], code: str) -> None:
    """The request fails at once, and nothing is bought."""
    world = fetching(*answers)
    request_id = brought_to(world, "failed", inputImages=[{"url": URL}])

    assert world.request(request_id).error == code
    assert (world.model.calls, world.store.names(names.INPUTS)) == ([], [])


def test_a_fetched_mask() -> None:
    """It is held to the rules for masks once it is here."""
    mask = base64.b64encode(MASK).decode()
    for answer, state in ((MASK, "reviewing"), (PNG, "failed")):
        world = fetching(PNG, mask=answer)
        brought_to(world, state, inputImages=[{"url": URL}], mask={"url": SECOND})
    world = fetching(JPEG)
    request_id = brought_to(world, "failed", inputImages=[{"url": URL}], mask={"base64": mask})
    assert world.request(request_id).error == "input_invalid"


def test_a_host_that_is_away() -> None:
    """It is asked again; what another host gave meanwhile is not fetched twice."""
    world = fetching(PNG, second=JPEG)
    world.fetcher.files[SECOND].insert(0, SinkError())
    request_id = submitted(world, inputImages=[{"url": URL}, {"url": SECOND}])
    with pytest.raises(SinkError):
        look(world.s, request_id)
    look(world.s, request_id)

    assert world.fetcher.fetched == [URL, SECOND, SECOND]
    assert world.model.sent == [[PNG, JPEG]]


def test_a_host_that_stays_away() -> None:
    """After some hours an operator is asked; the answer begins with the inputs again."""
    world = fetching(SinkError())
    request_id = submitted(world, inputImages=[{"url": URL}])
    world.run_for(24 * 3600)

    assert world.request(request_id).state == "attention"
    assert world.model.calls == []


def test_the_first_bytes_stored_count() -> None:
    """Of two workers that got different bytes, both go on with those that were stored first."""
    world = fetching(PNG, second=b"")
    request_id = submitted(world, inputImages=[{"url": URL}])
    late = Overtaken(small_png(2), lambda: look(world.s, request_id))
    look(replace(world.s, fetcher=late), request_id)

    assert world.model.sent == [[PNG]]
    assert world.store.names(names.INPUTS) == [f"{request_id}/0.png"]


class Overtaken:
    """A `Fetcher` during whose work another worker does all of it."""

    def __init__(self, data: bytes, meanwhile: Callable[[], None]) -> None:
        self._data, self._meanwhile = data, meanwhile

    def get(self, url: str, most_bytes: int, timeout_s: float, write: Any) -> bool:
        self._meanwhile()
        write(self._data)
        return True


def test_one_look_has_an_end() -> None:
    """Slow hosts together may not hold a worker as long as they like."""
    world = fetching(PNG, second=JPEG)
    slow = Slow(world.fetcher, world.clock)
    request_id = submitted(world, inputImages=[{"url": URL}, {"url": SECOND}])
    with pytest.raises(SinkError):
        look(replace(world.s, fetcher=slow), request_id)

    assert world.fetcher.fetched == [URL]
    look(world.s, request_id)
    assert world.fetcher.fetched == [URL, SECOND]


class Slow:
    """A `Fetcher` that takes all the time there is."""

    def __init__(self, fetcher: ScriptedFetcher, clock: VirtualClock) -> None:
        self._fetcher, self._clock = fetcher, clock

    def get(self, *args: Any) -> bool:
        self._clock.advance(ALL_FETCHES_S)
        return self._fetcher.get(*args)


def test_evidence_has_the_inputs() -> None:
    """The pack shows what was edited, and a changed digest does not verify."""
    world = fetching(PNG)
    request_id = brought_to(world, "reviewing", inputImages=[{"url": URL}])
    pack = evidence_of(world.s.journals.load(request_id), world.s)

    assert verify(pack) == []
    pack["request"]["inputs"][0]["sha256"] = "0" * 64
    assert verify(pack) == ["request.inputs[0].sha256 is not what the journal says."]
