"""The official OpenAI package takes the simulator's streams for the service's."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Iterable

import openai
import pytest
from openai import AzureOpenAI, OpenAI
from openai.types import (
    ImageGenCompletedEvent,
    ImageGenPartialImageEvent,
    ImageGenStreamEvent,
)
from PIL import Image

from dev.simulator import Simulator, running_simulator


def pictures(events: Iterable[ImageGenStreamEvent]) -> list[Image.Image]:
    found: list[Image.Image] = [
        Image.open(io.BytesIO(base64.b64decode(one.b64_json))) for one in events
    ]
    for picture in found:
        picture.load()
    return found


def test_partial_pictures_come_first(simulator: Simulator, azure: AzureOpenAI) -> None:
    """Finer and finer ones of the asked size, then the picture, with everything echoed."""
    with azure.images.generate(
        prompt="a red barn", size="1536x1024", quality="low", stream=True, partial_images=2
    ) as stream:
        events = list(stream)
    *coarse, final = events
    assert [type(one) for one in coarse] == [ImageGenPartialImageEvent] * 2
    assert [getattr(one, "partial_image_index", None) for one in coarse] == [0, 1]
    assert isinstance(final, ImageGenCompletedEvent)
    assert (final.size, final.quality, final.background) == ("1536x1024", "low", "opaque")
    assert {(one.format, one.size) for one in pictures(events)} == {("PNG", (1536, 1024))}
    assert len(events[0].b64_json) < len(events[1].b64_json) < len(final.b64_json)
    assert final.usage.output_tokens == 158 + 2 * 100
    assert simulator.ledger()[0]["outcome"] == "completed"


def test_one_completed_event_for_each_picture(v1: OpenAI) -> None:
    """Without partial images only those come."""
    stream = v1.images.generate(
        model="img-one", prompt="x", n=3, size="1024x1024", output_format="jpeg", stream=True
    )
    events = list(stream)
    assert [one.type for one in events] == ["image_generation.completed"] * 3
    assert {one.format for one in pictures(events)} == {"JPEG"}
    assert len({one.b64_json for one in events}) == 3


@pytest.mark.parametrize("form", ["event", "typed"])
def test_errors_within_a_stream(simulator: Simulator, v1: OpenAI, form: str) -> None:
    """After the first partial picture the client is told by an exception."""
    simulator.order({"kind": "streamError", "form": form})
    stream = v1.images.generate(model="img-local", prompt="x", stream=True, partial_images=1)
    assert next(stream).type == "image_generation.partial_image"
    with pytest.raises(openai.APIError) as caught:
        next(stream)
    assert caught.value.code == ("moderation_blocked" if form == "typed" else None)
    assert simulator.ledger()[0]["outcome"] == "streamError"


def test_the_flat_error_passes_the_client_by(simulator: Simulator, v1: OpenAI) -> None:
    """The third form is an event of type `error`, which the client does not raise."""
    simulator.order({"kind": "streamError", "form": "flat"})
    stream = v1.images.generate(model="img-local", prompt="x", stream=True)
    assert [str(one.type) for one in stream] == ["error"]


def test_a_filtered_picture_is_an_error_event(simulator: Simulator, v1: OpenAI) -> None:
    """The head is out by then, so the refusal comes within the stream; it was billed."""
    stream = v1.images.generate(model="img-local", prompt="a blocked-image", stream=True)
    with pytest.raises(openai.APIError):
        list(stream)
    (row,) = simulator.ledger()
    assert (row["outcome"], row["billed"]) == ("filtered", True)


@pytest.mark.parametrize("kind", ["streamNoCompleted", "emptyData"])
def test_a_stream_without_its_end(simulator: Simulator, v1: OpenAI, kind: str) -> None:
    """Partial pictures come and nothing else; the books say that it was billed."""
    simulator.order({"kind": kind})
    stream = v1.images.generate(model="img-local", prompt="x", stream=True, partial_images=2)
    assert {one.type for one in stream} == {"image_generation.partial_image"}
    assert simulator.ledger()[0]["billed"] is True


def test_a_cut_comes_in_the_middle(simulator: Simulator, v1: OpenAI) -> None:
    """A partial picture arrives, the connection ends within the picture."""
    simulator.order({"kind": "cutAfterBilling"})
    stream = v1.images.generate(model="img-local", prompt="x", stream=True, partial_images=1)
    assert next(stream).type == "image_generation.partial_image"
    with pytest.raises(openai.APIConnectionError):
        next(stream)
    assert simulator.ledger()[0]["outcome"] == "cutAfterBilling"


def test_a_stream_drips(simulator: Simulator, v1: OpenAI) -> None:
    """The events spread over the time."""
    simulator.order({"kind": "drip", "seconds": 0.4})
    started_s = time.perf_counter()
    stream = v1.images.generate(model="img-local", prompt="x", stream=True, partial_images=1)
    assert len(list(stream)) == 2
    assert time.perf_counter() - started_s >= 0.4


def test_a_stream_begins_before_it_drips(simulator: Simulator, v1: OpenAI) -> None:
    """The head does not wait for the events."""
    simulator.order({"kind": "drip", "seconds": 600})
    with v1.images.generate(model="img-local", prompt="x", stream=True) as stream:
        assert stream.response.status_code == 200


def test_calls_that_send_nothing_have_a_limit() -> None:
    """408 for one answer and for a stream without partial pictures; with one it goes on."""
    with (
        running_simulator(
            key="k", deployments={"d": "gpt-image-2"}, latency_s=0.3, sync_limit_s=0.1
        ) as simulator,
        OpenAI(base_url=f"{simulator.url}/openai/v1/", api_key="k", max_retries=0) as client,
    ):
        for more in ({}, {"stream": True}):
            with pytest.raises(openai.APIStatusError) as caught:
                client.images.generate(model="d", prompt="x", extra_body=more)
            assert caught.value.status_code == 408
        stream = client.images.generate(model="d", prompt="x", stream=True, partial_images=1)
        assert [one.type.rpartition(".")[2] for one in stream] == ["partial_image", "completed"]
        rows = [(row["outcome"], row["billed"]) for row in simulator.ledger()]
    assert rows == [("408", True), ("408", True), ("completed", True)]
