"""
Names that lead inside, on the wire: by what they resolve to, when, and by redirects.
"""

import ssl
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.fetches import SafeFetcher
from shared.adapters.webhooks import SafeWebhooks
from shared.errors import AddressRefused, SinkError
from shared.security.outbound import OutboundRules
from tests.integration.ports.test_webhooks import HOST, LoopbackIsPublic, certificate
from tests.integration.scripted_server import ScriptedServer, scripted_server

METADATA = "169.254.169.254"
MOVED = (
    b"HTTP/1.1 %d Moved\r\nLocation: http://169.254.169.254/metadata\r\nContent-Length: 0\r\n\r\n"
)
LOCAL = OutboundRules(allow_loopback=True)

Resolve = Callable[[str, int], Sequence[str]]
Send = Callable[..., Any]


def posted(rules: OutboundRules, resolve: Resolve, certificates: Any, url: str) -> object:
    return SafeWebhooks(rules, resolve, certificates).post(url, {}, b"{}", 5).status


def fetched(rules: OutboundRules, resolve: Resolve, certificates: Any, url: str) -> object:
    return SafeFetcher(rules, resolve, certificates).get(url, 100, 5, lambda piece: None)


class HereIsPublic(LoopbackIsPublic):
    """
    127.0.0.1 is public, and to read from, the ports of the list are open too.
    """

    def anywhere(self) -> OutboundRules:
        return self


class Answers:
    """
    A name server that says something else each time.
    """

    def __init__(self, *addresses: str) -> None:
        self._addresses = list(addresses)

    def __call__(self, host: str, port: int) -> Sequence[str]:
        return (self._addresses.pop(0),)

    @property
    def left(self) -> int:
        return len(self._addresses)


@pytest.fixture(params=[posted, fetched])
def send(request: pytest.FixtureRequest) -> Send:
    """
    Both ways out.
    """
    way: Send = request.param
    return way


@pytest.fixture
def host(tmp_path: Path) -> Iterator[tuple[ScriptedServer, str, OutboundRules, Any]]:
    """
    A server that proves to be `hooks.example`; its URL, and rules that let it pass.
    """
    server_side, client_side = certificate(tmp_path, HOST)
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    with scripted_server(answer, context=server_side) as server:
        place = f"{HOST}:{server.port}"
        yield server, f"https://{place}/a", HereIsPublic((place,)), client_side


def test_a_name_that_changes_its_answer(host: Any, send: Send) -> None:
    """Between check and connect nobody asks again; the next call's answer is checked anew."""
    server, url, rules, certificates = host
    names = Answers("127.0.0.1", METADATA)

    assert send(rules, names, certificates, url) in (200, True)
    assert (names.left, len(server.requests)) == (1, 1)
    with pytest.raises(AddressRefused):
        send(rules, names, certificates, url)
    assert (names.left, len(server.requests)) == (0, 1)


@pytest.mark.parametrize(
    "address",
    [
        *(METADATA, "127.0.0.2", "10.0.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192"),
        *(
            "0.0.0.0",
            "224.0.0.1",
            "::1",
            "::",
            "fd00:ec2::254",
            "fe80::1",
            "fe80::1%eth0",
            "ff02::1",
        ),
        *("::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"),
        *("::169.254.169.254", "2001:0:a9fe:a9fe::1", "0x7f.1", "2130706433", "127.0.0.1 "),
    ],
)
def test_a_name_that_leads_inside(host: Any, send: Send, address: str) -> None:
    """One such address among good ones is enough; then none is connected to."""
    server, url, rules, certificates = host
    for addresses in ((address,), ("127.0.0.1", address), (address, "127.0.0.1")):
        with pytest.raises(AddressRefused):
            send(rules, lambda host, port, found=addresses: found, certificates, url)
    assert server.requests == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_metadata(send: Send, status: int) -> None:
    """It is an answer like any other, and leads nowhere."""
    names = Answers("127.0.0.1")
    with scripted_server(MOVED % status) as server:
        assert send(LOCAL, names, ssl.create_default_context, f"{server.url}/a") in (status, False)
    assert len(server.requests) == 1


def test_a_head_without_end(send: Send) -> None:
    """No more of a head is taken than any real one needs."""
    endless = b"HTTP/1.1 200 OK\r\nA: " + b"a" * 1_000_000
    with scripted_server(endless, hold=True) as server, pytest.raises(SinkError):
        send(LOCAL, Answers("127.0.0.1"), ssl.create_default_context, server.url)


@pytest.mark.parametrize(
    "url",
    [
        *("http://2130706433/", "http://0x7f000001/", "http://017700000001/", "http://127.1/"),
        *("http://[::ffff:127.0.0.1]/", "http://[::1%25lo]/", "http://127.0.0.1./", "http://0/"),
        *("http://localhost/", "http://a@127.0.0.1/", "http://127.0.0.1\\@hooks.example/"),
        *("http://127.0.0.1\t/", "http://１２７.0.0.1/", "http://127。0。0。1/"),  # noqa: RUF001
        *("https://hooks.example./", "https://xn--hooks-1ra.example/", "https://hooks.example:80/"),
        *("https://hooks%2eexample/", "https://hooks.example@127.0.0.1/", "https:hooks.example/"),
    ],
)
def test_urls_that_pretend(send: Send, url: str) -> None:
    """Refused before anybody looks them up, in development too."""
    rules = OutboundRules((HOST,), allow_loopback=True)
    with pytest.raises(AddressRefused):
        send(rules, Answers(), ssl.create_default_context, url)
