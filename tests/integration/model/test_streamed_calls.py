"""
Streamed calls through the whole client: what is asked for, and what every ending means.
"""

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from dev.simulator import Simulator, running_simulator
from shared.adapters.model_client import AzureOpenAIModel
from shared.errors import ModelError, ModelRefused, ModelThrottled, ModelUnknown
from tests.integration.model.calls import CALL, KEY, V1, FixedTokens, answering, calling
from tests.integration.model.memory import peak_bytes_of
from tests.integration.model.sinks import DigestSink, KeepingSink
from tests.integration.model.streams import COMPLETED, completed, cut, partial, stream_of
from tests.integration.scripted_server import scripted_server
from tests.payloads.azure_openai import success

STREAMED = replace(CALL, n=1, partial_images=2)
BODY = stream_of(partial(b"coarse"), completed(b"final"))
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunked(body: bytes) -> bytes:
    return HEAD + b"%x\r\n%b\r\n" % (len(body), body)


@pytest.mark.parametrize("kind", ["text/event-stream", "Text/Event-Stream; charset=utf-8"])
@pytest.mark.parametrize("asked", [None, 0, 2])
def test_the_type_of_the_answer_tells(kind: str, asked: int | None) -> None:
    """A stream is read as one, asked for or not."""
    sent: list[httpx.Request] = []

    def streaming(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        headers = {"content-type": kind, "apim-request-id": "up-1"}
        return httpx.Response(200, headers=headers, content=cut(BODY, 7))

    sink = KeepingSink()
    answer = answering(streaming).generate(replace(STREAMED, partial_images=asked), sink)
    assert (sink.stored, sink.previews) == ({0: b"final"}, [b"coarse"])
    assert (answer.images, answer.upstream_request_id) == (1, "up-1")
    assert answer.usage is not None and answer.usage["output_tokens"] == 100
    body = json.loads(sent[0].content)
    expected = (None, None) if asked is None else (True, asked)
    assert (body.get("stream"), body.get("partial_images")) == expected


def test_one_document_all_the_same() -> None:
    """A gateway may answer a streamed call with one document."""

    def collapsed(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=success(b64encode(b"final").decode()))

    sink = KeepingSink()
    assert answering(collapsed).generate(STREAMED, sink).images == 1
    assert sink.stored == {0: b"final"}


def test_the_end_of_the_connection_is_not_needed() -> None:
    """All images are here: a peer that cuts or never closes takes none of them away."""
    for hold in (False, True):
        sink = KeepingSink()
        with scripted_server(chunked(BODY), hold=hold) as server:
            # The peer that never closes is left at the deadline; to read all takes less.
            limit_s = 2.0 if hold else 30
            answer = calling(server.url).generate(replace(STREAMED, deadline_s=limit_s), sink)
        assert (answer.images, sink.stored) == (1, {0: b"final"})


@pytest.mark.parametrize("body", [b"", BODY[:60], stream_of(partial(b"coarse"))])
@pytest.mark.parametrize("hold", [True, False])
def test_a_peer_that_falls_silent(body: bytes, hold: bool) -> None:
    """Waiting ends with the deadline, and what is missing makes the outcome unknown."""
    answer = chunked(body) if body else HEAD
    with scripted_server(answer, hold=hold) as server, pytest.raises(ModelUnknown) as caught:
        limit_s = 0.3 if hold else 30
        calling(server.url).generate(replace(STREAMED, deadline_s=limit_s), KeepingSink())
    assert caught.value.code == ("timed_out" if hold else "broken_answer")


def test_the_deadline_holds_within_a_wait() -> None:
    """A peer that sends just before the deadline and then nothing is left at the deadline."""
    with running_simulator(key=KEY, deployments={"img-prod": "gpt-image-2"}) as simulator:
        simulator.order({"kind": "slow", "seconds": 6.0})
        sink = KeepingSink()
        call = replace(STREAMED, partial_images=1, deadline_s=4.5)
        with pytest.raises(ModelUnknown):
            calling(simulator.url).generate(call, sink)
        # The partial image comes at 3 s; a limit of 4.5 s for each read would see the last one.
    assert (len(sink.previews), sink.stored) == (1, {})


def test_ten_large_images_need_little_memory() -> None:
    """Ten of 18 MB in one stream stay below three of them, through the whole client."""
    image = bytes(range(256)) * 70_312
    frame = b'data: {"type":"%b","b64_json":"%b"}\n\n' % (COMPLETED.encode(), b64encode(image))

    def body() -> Iterator[bytes]:
        for _ in range(10):
            yield from cut(frame, 65_536)

    def streaming(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=body())

    sink = DigestSink()
    peak_bytes = peak_bytes_of(lambda: answering(streaming).generate(replace(STREAMED, n=10), sink))
    assert sink.digests == [hashlib.sha256(image).hexdigest()] * 10
    assert peak_bytes < 3 * len(image)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """
    A resource with one deployment, and a limit on calls that send nothing.
    """
    with running_simulator(
        key=KEY, deployments={"img-prod": "gpt-image-2"}, sync_limit_s=0.2
    ) as simulator:
        yield simulator


@pytest.mark.parametrize("api", ["v1", "deployment"])
def test_the_simulator_streams(simulator: Simulator, api: str) -> None:
    """Real pictures on both forms of the address, coarser ones before, and all of it counted."""
    deployment = replace(V1, endpoint=simulator.url, api=api)  # type: ignore[arg-type]
    model = AzureOpenAIModel({"main": deployment}, FixedTokens(), httpx.HTTPTransport())
    sink = KeepingSink()
    answer = model.generate(replace(STREAMED, n=2), sink)
    assert (answer.images, len(sink.stored), len(sink.previews)) == (2, 2, 4)
    assert all(data.startswith(b"\x89PNG") for data in (*sink.stored.values(), *sink.previews))
    assert answer.usage is not None and answer.usage["output_tokens"] == 2 * (196 + 2 * 100)
    assert [entry["images"] for entry in simulator.ledger()] == [2]


def test_a_partial_image_keeps_a_slow_call_alive(simulator: Simulator) -> None:
    """What is cut as one answer, or as a stream without partial images, comes with one."""
    for asked in (None, 0):
        simulator.order({"kind": "slow", "seconds": 0.5})
        with pytest.raises(ModelUnknown):
            calling(simulator.url).generate(replace(STREAMED, partial_images=asked), KeepingSink())
    simulator.order({"kind": "slow", "seconds": 0.5})
    assert calling(simulator.url).generate(replace(STREAMED, partial_images=1), KeepingSink())


@pytest.mark.parametrize(
    ("order", "error"),
    [
        ({"kind": "400"}, ModelRefused),
        ({"kind": "429"}, ModelThrottled),
        ({"kind": "500"}, ModelUnknown),
        ({"kind": "cutBefore"}, ModelUnknown),
        ({"kind": "cutAfterBilling"}, ModelUnknown),
        ({"kind": "emptyData"}, ModelUnknown),
        ({"kind": "streamNoCompleted"}, ModelUnknown),
        ({"kind": "streamError"}, ModelUnknown),
        ({"kind": "streamError", "form": "event"}, ModelUnknown),
        ({"kind": "streamError", "form": "typed"}, ModelRefused),
        ({"kind": "streamError", "form": "flat"}, ModelUnknown),
    ],
)
def test_the_simulators_faults(
    simulator: Simulator, order: dict[str, object], error: type[ModelError]
) -> None:
    """Every fault it can be told to make in a stream has its branch."""
    simulator.order(order)
    sink = KeepingSink()
    with pytest.raises(ModelError) as caught:
        calling(simulator.url).generate(STREAMED, sink)
    assert (type(caught.value), sink.stored) == (error, {})


@pytest.mark.parametrize("kind", ["drip", "malformedUsage", "slow"])
def test_faults_that_harm_nothing(simulator: Simulator, kind: str) -> None:
    """A stream that drips or waits, or whose usage nobody can read, is an answer."""
    simulator.order({"kind": kind, "seconds": 0.3})
    assert calling(simulator.url).generate(STREAMED, KeepingSink()).images == 1
