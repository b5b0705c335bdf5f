"""
Connections that break, stall or never were.
"""

import base64
import hashlib
import json
import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import httpx
import pytest

from dev.simulator import Simulator, running_simulator
from shared.adapters.model_client import AzureOpenAIModel
from shared.errors import (
    ModelError,
    ModelNotSent,
    ModelRefused,
    ModelThrottled,
    ModelUnknown,
)
from tests.integration.model.calls import CALL, KEY, V1, FixedTokens, calling
from tests.integration.model.memory import peak_bytes_of
from tests.integration.model.sinks import DigestSink, KeepingSink
from tests.integration.scripted_server import scripted_server
from tests.payloads.azure_openai import success

IMAGES = (b"first image" * 2000, b"second image" * 2000)
BODY = json.dumps(success(*(base64.b64encode(image).decode() for image in IMAGES))).encode()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(
    BODY
)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(BODY)
SHORT = replace(CALL, deadline_s=0.3)


def test_a_whole_answer() -> None:
    """The same server, when nothing breaks."""
    sink = KeepingSink()
    with scripted_server(HEAD + BODY) as server:
        assert calling(server.url).generate(CALL, sink).images == 2
    assert sink.stored == dict(enumerate(IMAGES))
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200",
        b"nonsense\r\n\r\n",
        HEAD,
        HEAD + BODY[:30_000],
        HEAD + BODY[:-1],
        CHUNKED + BODY[:30_000],
    ],
)
def test_cut_after_sending(answer: bytes) -> None:
    """Whatever is missing of the answer, the call may have been carried out."""
    sink = KeepingSink()
    with scripted_server(answer) as server, pytest.raises(ModelUnknown) as caught:
        calling(server.url).generate(CALL, sink)
    assert caught.value.code == "broken_answer"
    assert set(sink.stored.values()) <= set(IMAGES)
    assert len(server.requests) == 1


def test_an_image_cut_in_the_middle_is_left() -> None:
    """The first image is stored, the half of the second is not."""
    sink = KeepingSink()
    with scripted_server(HEAD + BODY[:50_000]) as server, pytest.raises(ModelUnknown):
        calling(server.url).generate(CALL, sink)
    assert sink.stored == {0: IMAGES[0]}
    assert sink.abandoned == [1]


@pytest.mark.parametrize("answer", [b"", HEAD, HEAD + BODY[:30_000]])
def test_a_silent_peer(answer: bytes) -> None:
    """Before, at and within the answer, waiting ends with the deadline."""
    with scripted_server(answer, hold=True) as server, pytest.raises(ModelUnknown) as caught:
        calling(server.url).generate(SHORT, KeepingSink())
    assert caught.value.code == "timed_out"


def test_a_cut_error_still_has_its_status() -> None:
    """A 429 without the rest of its body is a 429."""
    answer = b"HTTP/1.1 429 No\r\nContent-Length: 99\r\nRetry-After: 7\r\n\r\n{"
    with scripted_server(answer) as server, pytest.raises(ModelThrottled) as caught:
        calling(server.url).generate(CALL, KeepingSink())
    assert caught.value.retry_after_s == 7


def test_nobody_listens() -> None:
    """A refused connection buys nothing."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(ModelNotSent) as caught:
        calling(f"http://127.0.0.1:{port}").generate(CALL, KeepingSink())
    assert caught.value.code == "unreachable"


def test_no_such_host() -> None:
    """A name without an address buys nothing."""
    with pytest.raises(ModelNotSent):
        calling("https://res.openai.azure.invalid").generate(CALL, KeepingSink())


@pytest.mark.parametrize("endpoint", ["", "res.openai.azure.com", "ftp://res", "https://[::1"])
def test_no_url(endpoint: str) -> None:
    """A broken setting buys nothing."""
    with pytest.raises(ModelNotSent):
        calling(endpoint).generate(CALL, KeepingSink())


def test_no_tls() -> None:
    """A handshake that fails buys nothing."""
    plain = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    with scripted_server(plain) as server, pytest.raises(ModelNotSent):
        calling(server.url.replace("http:", "https:")).generate(SHORT, KeepingSink())


def test_the_deadline_is_looked_at_with_every_chunk() -> None:
    """A peer that drips without ever stalling is left when the time is over."""
    now_s = [0.0]

    def dripping() -> Iterator[bytes]:
        for position in range(len(BODY)):
            now_s[0] += 1
            yield BODY[position : position + 1]

    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=dripping()))
    model = AzureOpenAIModel({"main": V1}, FixedTokens(), transport, lambda: now_s[0])
    sink = KeepingSink()
    with pytest.raises(ModelUnknown, match="in time"):
        model.generate(CALL, sink)
    assert now_s == [CALL.deadline_s]
    assert sink.abandoned == [0]


def test_ten_large_images_need_little_memory() -> None:
    """Ten of 18 MB in one answer stay below three of them, through the whole client."""
    image = bytes(range(256)) * 70_312
    entry = b',{"b64_json":"%b"}' % base64.b64encode(image)

    def body() -> Iterator[bytes]:
        yield b'{"created":1,"data":[{}'
        for _ in range(10):
            for start in range(0, len(entry), 65_536):
                yield entry[start : start + 65_536]
        yield b"]}"

    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=body()))
    model = AzureOpenAIModel({"main": V1}, FixedTokens(), transport)
    sink = DigestSink()
    peak_bytes = peak_bytes_of(lambda: model.generate(replace(CALL, n=10), sink))
    assert sink.digests == [hashlib.sha256(image).hexdigest()] * 10
    assert peak_bytes < 3 * len(image)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """
    A resource with one deployment.
    """
    with running_simulator(key=KEY, deployments={"img-prod": "gpt-image-2"}) as simulator:
        yield simulator


@pytest.mark.parametrize("api", ["v1", "deployment"])
def test_the_simulator_draws(simulator: Simulator, api: str) -> None:
    """Real pictures by both forms of the address, and one entry in its ledger."""
    deployment = replace(V1, endpoint=simulator.url, api=api)  # type: ignore[arg-type]
    model = AzureOpenAIModel({"main": deployment}, FixedTokens(), httpx.HTTPTransport())
    sink = KeepingSink()
    answer = model.generate(CALL, sink)
    assert answer.images == CALL.n
    assert all(data.startswith(b"\x89PNG") for data in sink.stored.values())
    assert answer.usage is not None
    assert [entry["images"] for entry in simulator.ledger()] == [CALL.n]


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("400", ModelRefused),
        ("400param", ModelRefused),
        ("401", ModelNotSent),
        ("403", ModelNotSent),
        ("404", ModelNotSent),
        ("408", ModelUnknown),
        ("429", ModelThrottled),
        ("500", ModelUnknown),
        ("503", ModelUnknown),
        ("cutBefore", ModelUnknown),
        ("cutAfterBilling", ModelUnknown),
        ("emptyData", ModelUnknown),
    ],
)
def test_the_simulators_faults(simulator: Simulator, kind: str, error: type[ModelError]) -> None:
    """Every fault it can be told to make has its branch."""
    simulator.order({"kind": kind})
    with pytest.raises(ModelError) as caught:
        calling(simulator.url).generate(CALL, KeepingSink())
    assert type(caught.value) is error
