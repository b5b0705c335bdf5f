"""What the server does below HTTP's meaning: arrivals, chunks, and many calls at once."""

from __future__ import annotations

import io
import socket
from concurrent.futures import ThreadPoolExecutor
from io import BufferedReader

import httpx
import pytest

from dev.simulator import Simulator, running_simulator
from dev.simulator.chunks import read_chunks

BODY = b'{"model":"d","prompt":"x","output_format":"jpeg"}'
HEAD = (
    b"POST /openai/v1/images/generations HTTP/1.1\r\nHost: x\r\napi-key: k\r\nConnection: close\r\n"
)


def connected(simulator: Simulator) -> socket.socket:
    host, port = simulator.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=60)


def whole_answer(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(1 << 16), b""))


def test_arrival_is_when_the_first_line_came() -> None:
    """A body that is long under way counts against the slice in which its request began."""
    now_s = [1000.0]
    with running_simulator(
        key="k",
        deployments={"d": "gpt-image-2"},
        requests_per_minute=6,
        now_s=lambda: now_s[0],
    ) as simulator:
        slow = connected(simulator)
        slow.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(BODY))
        assert slow.recv(1024).startswith(b"HTTP/1.1 100 ")
        now_s[0] = 1010.0
        with connected(simulator) as quick:
            quick.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY)
            assert whole_answer(quick).startswith(b"HTTP/1.1 200 ")
        with slow:
            slow.sendall(BODY)
            assert whole_answer(slow).startswith(b"HTTP/1.1 200 ")
        arrived = [(row["arrivedAt"], row["outcome"]) for row in simulator.ledger()]
    assert arrived == [(1010.0, "completed"), (1000.0, "completed")]


def test_many_calls_at_once_do_not_wait_for_each_other() -> None:
    """Thirty calls of a second each are all served within little more than one."""
    with (
        running_simulator(key="k", deployments={"d": "gpt-image-2"}, latency_s=1.0) as simulator,
        httpx.Client(base_url=simulator.url, headers={"api-key": "k"}) as client,
        ThreadPoolExecutor(30) as threads,
    ):

        def generate(number: int) -> int:
            body = {"model": "d", "prompt": str(number), "size": "1024x1024"}
            return client.post("/openai/v1/images/generations", json=body, timeout=30).status_code

        assert list(threads.map(generate, range(30))) == [200] * 30
        arrived = [float(str(row["arrivedAt"])) for row in simulator.ledger()]
    # One after the other they would arrive over half a minute.
    assert max(arrived) - min(arrived) < 10


def reader(data: bytes) -> BufferedReader:
    return BufferedReader(io.BytesIO(data))


def test_chunks_are_put_together() -> None:
    """Sizes in either case, an extension, a trailer; what follows is left alone."""
    source = reader(b"A;x=1\r\n0123456789\r\n1\r\n!\r\n0\r\nTrailer: t\r\n\r\nnext")
    assert read_chunks(source) == b"0123456789!"
    assert source.read() == b"next"


@pytest.mark.parametrize(
    "data",
    [b"", b"5\r\n123", b"5\r\n12345", b"5\r\n123456\r\n0\r\n\r\n", b"x\r\n", b"-1\r\n", b"0\r\n"],
)
def test_broken_chunks(data: bytes) -> None:
    """A body that breaks off or lies about a size is no body."""
    with pytest.raises(ValueError, match=r"chunk|invalid literal"):
        read_chunks(reader(data))


def test_a_broken_body_ends_the_connection(simulator: Simulator) -> None:
    """Nobody can tell where the next request would begin."""
    with connected(simulator) as connection:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n")
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    assert simulator.ledger() == []
