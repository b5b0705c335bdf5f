"""
Input images from their addresses: one GET, from a checked place, of so many bytes.
"""

import socket
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.fetches import SafeFetcher
from shared.chain.ports import Fetcher
from shared.errors import AddressRefused, SinkError
from shared.security.outbound import OutboundRules
from tests.fakes_of_inputs import ScriptedFetcher
from tests.integration.ports.test_webhooks import LoopbackIsPublic, certificate
from tests.integration.scripted_server import scripted_server

LOCAL = OutboundRules(hosts=("only.example",), allow_loopback=True)
HOST, NAMES = "pictures.example", ("pictures", "other")
DATA = bytes(range(256)) * 40


def answer(data: bytes = DATA, status: int = 200, headers: bytes = b"") -> bytes:
    head = b"HTTP/1.1 %d Hm\r\n%bContent-Length: %d\r\n\r\n" % (status, headers, len(data))
    return head + data


@contextmanager
def fake(data: bytes, status: int) -> Iterator[tuple[Fetcher, str]]:
    script: dict[int, Any] = {200: [data], 503: [SinkError()], 404: []}
    yield ScriptedFetcher({"https://a.example/a": script[status]}), "https://a.example/a"


@contextmanager
def real(data: bytes, status: int) -> Iterator[tuple[Fetcher, str]]:
    with scripted_server(answer(data, status)) as server:
        yield SafeFetcher(LOCAL), f"{server.url}/a"


@pytest.fixture(params=[fake, real])
def hosting(request: pytest.FixtureRequest) -> Any:
    """
    A fetcher and an address: in memory, and with a server.
    """
    return request.param


def got(fetcher: Fetcher, url: str, most_bytes: int = len(DATA)) -> tuple[bool, bytes]:
    pieces: list[bytes] = []
    given = fetcher.get(url, most_bytes, 10, pieces.append)
    return given, b"".join(pieces)


def test_what_lies_there(hosting: Any) -> None:
    """The bytes as they are."""
    with hosting(DATA, 200) as (fetcher, url):
        assert got(fetcher, url) == (True, DATA)


def test_what_is_not_given(hosting: Any) -> None:
    """No bytes, and word of it."""
    with hosting(DATA, 404) as (fetcher, url):
        assert got(fetcher, url) == (False, b"")


def test_a_host_in_trouble(hosting: Any) -> None:
    """It may be better later."""
    with hosting(DATA, 503) as (fetcher, url), pytest.raises(SinkError):
        got(fetcher, url)


def test_too_much(hosting: Any) -> None:
    """Enough comes to see that it is too much, and no more than a piece beyond."""
    with hosting(bytes(1_000_000), 200) as (fetcher, url):
        given, data = got(fetcher, url, most_bytes=1000)
    assert given
    assert 1000 < len(data) <= 1000 + 65_536


@pytest.mark.parametrize("status", [204, 206, 301, 302, 307, 400, 401, 403, 410])
def test_statuses_that_give_nothing(status: int) -> None:
    """Redirects too: they are not followed."""
    headers = b"Location: http://127.0.0.1:1/\r\n"
    with scripted_server(answer(b"", status, headers)) as server:
        assert got(SafeFetcher(LOCAL), server.url) == (False, b"")
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 504])
def test_statuses_that_may_pass(status: int) -> None:
    """Those are for another try."""
    with scripted_server(answer(b"", status)) as server, pytest.raises(SinkError):
        got(SafeFetcher(LOCAL), server.url)


def test_the_request() -> None:
    """A plain GET with the query as it was given, and nothing about us but a name."""
    with scripted_server(answer()) as server:
        got(SafeFetcher(LOCAL), f"{server.url}/a/b.png?sig=c%2Fd")
    head = server.requests[0].decode().lower()
    assert head.startswith("get /a/b.png?sig=c%2fd http/1.1\r\n")
    assert {line.split(":")[0] for line in head.split("\r\n")[1:] if line} == {
        *("host", "user-agent", "accept")
    }


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 200",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ],
)
def test_half_an_answer(raw: bytes) -> None:
    """What breaks off is not taken for the whole."""
    with scripted_server(raw) as server, pytest.raises(SinkError):
        got(SafeFetcher(LOCAL), server.url)


def test_a_host_that_drips() -> None:
    """Each read is in time, all together are not."""
    ticks = iter(range(10_000))
    fetcher = SafeFetcher(LOCAL, monotonic=lambda: next(ticks))
    with scripted_server(answer(bytes(3_000_000))) as server, pytest.raises(SinkError):
        fetcher.get(server.url, 3_000_000, 10, lambda piece: None)


def test_a_silent_host() -> None:
    """Waiting ends with the time for it."""
    with scripted_server(b"", hold=True) as server, pytest.raises(SinkError, match="in time"):
        SafeFetcher(LOCAL).get(server.url, 10, 0.3, lambda piece: None)


def test_nobody_listens() -> None:
    """A refused connection is a host that cannot be reached."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(SinkError, match="reached"):
        got(SafeFetcher(LOCAL), f"http://127.0.0.1:{port}/secret")


def never(host: str, port: int) -> Sequence[str]:
    raise AssertionError


@pytest.mark.parametrize(
    "url",
    [
        *("", "http://pictures.example/", "https://u:p@pictures.example/", "file:///etc/passwd"),
        *("https://127.0.0.1/", "https://[::1]/", "https://localhost/", "https://h.example:8443/"),
        *("http://127.0.0.1/", "https://169.254.169.254/metadata", "https://xn--a.example/"),
    ],
)
def test_urls_that_are_refused(url: str) -> None:
    """Only https to a name at its usual port, before anything is looked up."""
    with pytest.raises(AddressRefused):
        got(SafeFetcher(OutboundRules(), never), url)


@pytest.mark.parametrize("addresses", [("10.0.0.1",), ("20.1.2.3", "169.254.169.254")])
def test_addresses_that_are_refused(addresses: tuple[str, ...]) -> None:
    """
    Any name may be asked for; one private address of it is enough, and none is connected to.
    """
    with pytest.raises(AddressRefused, match="not public"):
        got(SafeFetcher(OutboundRules(), lambda host, port: addresses), f"https://{HOST}/")


class HereIsPublic(LoopbackIsPublic):
    """
    The rules of a world in which 127.0.0.1 is public, and https has the ports of the list.
    """

    def anywhere(self) -> OutboundRules:
        return self


def test_pinned_with_the_hosts_name(tmp_path: Path) -> None:
    """The checked address is asked, under the name's own certificate or not at all."""
    server_side, client_side = certificate(tmp_path, HOST)
    with scripted_server(answer(), context=server_side) as server:
        rules = HereIsPublic(tuple(f"{name}.example:{server.port}" for name in NAMES))
        fetcher = SafeFetcher(rules, lambda host, port: ("127.0.0.1",), client_side)
        assert got(fetcher, f"https://{HOST}:{server.port}/a") == (True, DATA)
        with pytest.raises(SinkError):
            got(fetcher, f"https://other.example:{server.port}/a")
    assert sum(request.startswith(b"GET") for request in server.requests) == 1
