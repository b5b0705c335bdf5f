"""The paid call: what each answer of the model makes of the request."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from shared.domain import facts
from shared.domain.transitions import State
from shared.domain.values import Options
from shared.errors import (
    ModelError,
    ModelNotSent,
    ModelRefused,
    ModelThrottled,
    ModelUnknown,
    StorageError,
)
from tests.crash.world import CALLER, PRICES, World
from tests.fakes import USAGE, Plays, ScriptedModel, small_png
from tests.unit.histories import JPEG, brought_to, failing, look, submitted

MEDIUM = Options(model="gpt-image-2", n=1, size="1024x1024", quality="medium", output_format="png")


def outcome(*script: Plays, **fields: Any) -> facts.Outcome | None:
    world = World(model=ScriptedModel(*script))
    request_id = submitted(world, **fields)
    look(world.s, request_id)
    return world.request(request_id).attempts[0].outcome


def failed(error: ModelError) -> facts.Outcome | None:
    return outcome(Plays(error=error))


def test_the_order() -> None:
    """The call has the wire's names, the caller's or requester's pseudonym, and our id."""
    world = World()
    request_id = submitted(world, background="opaque", outputFormat="jpeg", outputCompression=80)
    look(world.s, request_id)

    [call] = world.model.calls
    assert call.options == {
        "size": "1024x1024",
        "quality": "medium",
        "output_format": "jpeg",
        "background": "opaque",
        "output_compression": 80,
    }
    assert call.client_request_id == f"{request_id}-1"
    assert call.user.startswith("p:") and CALLER.name not in call.user
    assert call.prompt == "a lighthouse" and "lighthouse" not in repr(call)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, 1),
        ({"quality": "low"}, None),
        ({"quality": "low", "n": 2}, 1),
        ({"quality": "low", "partialImages": 0}, 0),
        ({"partialImages": 3}, 3),
    ],
)
def test_partial_images(fields: dict[str, Any], expected: int | None) -> None:
    """Slow work is streamed; a number in the request decides."""
    world = World()
    look(world.s, submitted(world, **fields))

    assert world.model.calls[0].partial_images == expected


def test_completed() -> None:
    """Usage and cost are upstream's own; without them an estimate that says so."""
    counted, guessed = outcome(), outcome(Plays(usage=None))
    assert isinstance(counted, facts.Completed) and isinstance(guessed, facts.Completed)

    assert counted.usage is not None and not counted.cost.estimated
    assert counted.upstream_request_id == "upstream-1"
    assert guessed.usage is None and guessed.cost.estimated


def test_an_image_that_was_not_counted() -> None:
    """The cost is estimated, but is not less than what was counted of the others."""
    prices, half = PRICES, dict(USAGE, output_tokens=100_000)
    little = outcome(Plays(usage=USAGE, usage_is_whole=False), n=2)
    much = outcome(Plays(usage=half, usage_is_whole=False), n=2)
    assert isinstance(little, facts.Completed) and isinstance(much, facts.Completed)

    two = MEDIUM.model_copy(update={"n": 2})
    assert (little.usage, much.usage) == (None, None)
    assert little.cost == prices.estimate(two, len("a lighthouse"))
    assert much.cost.estimated and much.cost.amount > 3 > little.cost.amount


def test_refused() -> None:
    """A refusal ends the request; it may have been billed when a filter said so."""
    error = ModelRefused(code="content_filtered", categories=["violence"])
    plain = failed(ModelRefused())
    error.maybe_billed = True
    found = failed(error)

    assert isinstance(found, facts.Refused) and isinstance(plain, facts.Refused)
    assert (found.code, found.categories) == ("content_filtered", ("violence",))
    assert found.maybe_billed is not None and plain.maybe_billed is None


@pytest.mark.parametrize(
    ("error", "pause_s"),
    [
        (ModelNotSent(), 5.0),
        (ModelNotSent(retry_after_s=50.0), 50.0),
    ],
)
def test_not_sent(error: ModelNotSent, pause_s: float) -> None:
    """Nothing was bought: the next call comes after a pause, upstream's own if it is longer."""
    world = World(model=ScriptedModel(Plays(error=error)))
    request_id = submitted(world)
    look(world.s, request_id)
    request = world.request(request_id)
    found = request.attempts[0].outcome

    assert isinstance(found, facts.NotSent) and request.state is State.QUEUED
    assert (found.not_before - world.clock.now()).total_seconds() == pause_s


def test_pauses_grow() -> None:
    """Failures in a row are further and further apart, then an operator is asked."""
    world = World(model=ScriptedModel(otherwise=Plays(error=ModelNotSent())))
    request_id = submitted(world)
    world.run_for(3600)
    request = world.request(request_id)

    pauses = [round((b.at - a.at).total_seconds()) for a, b in pairwise(request.attempts)]
    assert pauses == [5, 10, 20, 40, 80, 160, 320]
    assert request.attention is not None and request.attention.code == "model_unavailable"


@pytest.mark.parametrize("retry_after_s", [30.0, 4000.0])
def test_throttled_waits_without_a_thread(retry_after_s: float) -> None:
    """A full quota makes an entry or a message at its time; the last seconds are waited for."""
    world = World(model=ScriptedModel(Plays(error=ModelThrottled(retry_after_s=retry_after_s))))
    request_id = submitted(world)
    begun = world.clock.now()
    look(world.s, request_id)
    assert world.clock.now() == begun
    world.run_for(retry_after_s - 5)
    assert len(world.model.calls) == 1
    world.run_for(10)

    at = world.called_at[f"{request_id}-2"] - begun
    assert timedelta(0) <= at - timedelta(seconds=retry_after_s) < timedelta(seconds=1)
    assert world.request(request_id).state is State.REVIEWING


@pytest.mark.parametrize(
    "plays",
    [
        Plays(error=ModelUnknown(), images=[small_png(1)]),
        Plays(images=[b"GIF89a and more"]),
        Plays(images=[b"\x89PNG\r\n\x1a\n but no header"]),
        Plays(images=[b"short"]),
    ],
)
def test_unknown(plays: Plays) -> None:
    """A broken answer, or bytes that are no picture, may have been billed."""
    found = outcome(plays)

    assert isinstance(found, facts.Unknown) and not found.inferred
    assert found.stored == (1 if plays.error else 0)
    assert found.maybe_billed.amount > 0


def test_the_prompt_is_part_of_what_an_unknown_call_may_cost() -> None:
    """As it is of what a refusal may: upstream reads it before it draws."""
    words = "a lighthouse " * 1000
    found = outcome(Plays(error=ModelUnknown()), prompt=words)

    assert isinstance(found, facts.Unknown)
    assert found.maybe_billed == PRICES.estimate(MEDIUM, len(words.strip()))


def test_images_that_could_not_be_stored() -> None:
    """Storage failing after the call was made leaves an unknown outcome, never a second call."""
    world = World()
    request_id = submitted(world)
    look(failing(world.s, "blobs.writer", StorageError()), request_id)
    request = world.request(request_id)

    assert request.attempts[0].unknown is not None
    assert request.attempts[0].unknown.code == "storage_failed"
    assert request.state is State.ATTENTION


def test_a_prompt_that_is_gone() -> None:
    """Without its prompt a call is not made."""
    world = World()
    request_id = submitted(world)
    del world.store.blobs["content", f"{request_id}.json"]
    look(world.s, request_id)

    codes = {getattr(one.outcome, "code", "") for one in world.request(request_id).attempts}
    assert codes == {"content_missing"}
    assert world.model.calls == []


def test_a_prompt_that_cannot_be_read() -> None:
    """Storage failing before the call costs nothing: the call comes later."""
    world = World()
    request_id = submitted(world)
    name = f"{request_id}.json"
    look(failing(world.s, "blobs.read", StorageError(), times=1, name=name), request_id)
    world.run_for(60)

    assert world.request(request_id).state is State.REVIEWING


@pytest.mark.parametrize(
    ("method", "blob", "code"),
    [("read", "content/", "turn_lost"), ("put", "state/limits/", "lease_too_short")],
)
def test_a_worker_frozen_before_the_call(method: str, blob: str, code: str) -> None:
    """A turn that is over, or a lease without the call's whole deadline, is not used."""
    world = World()
    request_id = submitted(world)

    class Slow:
        def __getattr__(self, name: str) -> Any:
            call = getattr(world.s.blobs, name)
            return partial(self._slow, call) if name == method else call

        def _slow(self, call: Any, container: str, name: str, *rest: Any, **more: Any) -> Any:
            attempt = world.request(request_id).open_attempt
            if f"{container}/{name}".startswith(blob) and attempt and attempt.number == 1:
                world.clock.advance(121)
            return call(container, name, *rest, **more)

    slow: Any = Slow()
    look(replace(world.s, blobs=slow), request_id)
    world.run_for(5)

    first, second = world.request(request_id).attempts
    assert isinstance(first.outcome, facts.NotSent) and first.outcome.code == code
    assert second.completed and len(world.model.calls) == 1


def test_a_deployment_that_was_removed() -> None:
    """Without a deployment of its model an operator is asked; nothing is called."""
    world = World()
    request_id = submitted(world)
    other = replace(world.s.terms.deployments[0], model="gpt-image-1.5")
    s = replace(world.s, terms=replace(world.s.terms, deployments=(other,)))
    look(s, request_id)

    attention = world.request(request_id).attention
    assert attention is not None and attention.code == "model_unavailable"


def test_a_jpeg_in_small_pieces() -> None:
    """Images are measured as they come, whatever the pieces, and named by their true format."""
    world = World()
    request_id = brought_to(world, "reviewing")

    class Dripping:
        prepare = world.model.prepare

        def generate(self, call: Any, sink: Any) -> Any:
            with sink.image(0) as writer:
                for byte in JPEG:
                    writer.write(bytes((byte,)))
            return world.model.generate(replace(call, n=0), sink)

    dripping: Any = Dripping()
    other = submitted(world)
    look(replace(world.s, model=dripping), other)

    [image] = world.request(other).images
    assert (image.width, image.height, image.content_type) == (640, 480, "image/jpeg")
    assert world.store.blobs["review", f"{other}/r1a1/0.jpg"].data == JPEG
    assert world.request(request_id).images[0].content_type == "image/png"
