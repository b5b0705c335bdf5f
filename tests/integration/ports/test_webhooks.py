"""
The way out: one POST to a checked address.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from shared.adapters.checked_client import LOST, MAX_LOOKUPS, addresses_of, translated
from shared.adapters.webhooks import SafeWebhooks
from shared.chain.ports import WebhookAnswer
from shared.errors import AddressRefused, SinkError
from shared.security.outbound import OutboundRules, Target
from tests.integration.scripted_server import ScriptedServer, scripted_server

HOST = "hooks.example"
OK = b"HTTP/1.1 204 No Content\r\n\r\n"
HEADERS = {"webhook-id": "msg_1", "Content-Type": "application/cloudevents+json"}
LOCAL = SafeWebhooks(OutboundRules(allow_loopback=True))


class LoopbackIsPublic(OutboundRules):
    """
    The real rules, for a world in which 127.0.0.1 is a public address.
    """

    def check_address(self, ip: str, target: Target) -> None:
        if ip != "127.0.0.1":
            OutboundRules.check_address(self, ip, target)


def certificate(folder: Path, host: str) -> tuple[ssl.SSLContext, Callable[[], ssl.SSLContext]]:
    """A server's context for `host`, and what makes a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{host}.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + signed.public_bytes(Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    return server, lambda: ssl.create_default_context(cafile=path)


def resolving(*addresses: str) -> Callable[[str, int], Sequence[str]]:
    return lambda host, port: addresses


def test_a_post_and_its_answer() -> None:
    """The body goes as it is, with our headers and the host's name."""
    with scripted_server(OK) as server:
        answer = LOCAL.post(f"{server.url}/a/b?c=d", HEADERS, b'{"x":1}', 10)
    assert answer == WebhookAnswer(204)
    head, body = server.requests[0].split(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    assert lines[0] == b"post /a/b?c=d http/1.1"
    assert b"host: 127.0.0.1:%d" % server.port in lines
    assert b"webhook-id: msg_1" in lines
    assert b"content-length: 7" in lines
    assert body == b'{"x":1}'


@pytest.mark.parametrize(("end", "path"), [("", "/"), ("?a=b", "/?a=b"), ("/x?y=/z", "/x?y=/z")])
def test_paths(end: str, path: str) -> None:
    """Whatever follows the host is sent unchanged."""
    with scripted_server(OK) as server:
        LOCAL.post(server.url + end, HEADERS, b"", 10)
    assert server.requests[0].startswith(f"POST {path} HTTP/1.1\r\n".encode())


@pytest.mark.parametrize("name", ["Authorization", "authorization", "Cookie", "Host"])
def test_headers_that_never_go_out(name: str) -> None:
    """No credential of ours, and nobody's idea of another host."""
    with scripted_server(OK) as server:
        LOCAL.post(server.url, {**HEADERS, name: "planted"}, b"", 10)
    assert b"planted" not in server.requests[0]


@pytest.mark.parametrize("status", [200, 202, 301, 307, 404, 410, 429, 500, 503])
def test_every_status_is_an_answer(status: int) -> None:
    """A redirect too: it is not followed."""
    head = f"HTTP/1.1 {status} Hm\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    with scripted_server(head.encode()) as server:
        assert LOCAL.post(server.url, HEADERS, b"{}", 10) == WebhookAnswer(status)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("headers", "retry_after_s"),
    [
        (b"Retry-After: 120\r\n", 120.0),
        (
            b"Date: Fri, 20 Nov 2026 12:00:00 GMT\r\n"
            b"Retry-After: Fri, 20 Nov 2026 12:01:00 GMT\r\n",
            60.0,
        ),
        (b"Retry-After: Fri, 20 Nov 2026 12:01:00 GMT\r\n", None),
        (b"Retry-After: -5\r\n", None),
        (b"Retry-After: 99999999999999\r\n", 86_400.0),
        (b"", None),
    ],
)
def test_how_long_to_wait(headers: bytes, retry_after_s: float | None) -> None:
    """As seconds or as a date by the receiver's own clock."""
    answer = b"HTTP/1.1 429 Slow\r\n%bContent-Length: 0\r\n\r\n" % headers
    with scripted_server(answer) as server:
        assert LOCAL.post(server.url, HEADERS, b"{}", 10).retry_after_s == retry_after_s


def test_a_body_without_end_does_not_matter() -> None:
    """The status is the answer; a little of the body is read and thrown away."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n" + bytes(100_000)
    begun_s = time.monotonic()
    with scripted_server(answer, hold=True) as server:
        assert LOCAL.post(server.url, HEADERS, b"{}", 60) == WebhookAnswer(200)
    assert time.monotonic() - begun_s < 30


def test_half_a_body_does_not_matter() -> None:
    """Whatever happens to the rest, the status has been given."""
    with scripted_server(b"HTTP/1.1 410 Gone\r\nContent-Length: 99\r\n\r\nhalf") as server:
        assert LOCAL.post(server.url, HEADERS, b"{}", 10) == WebhookAnswer(410)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 20", b"HTTP/1.1 200 OK\r\nA: b\r\n"])
def test_a_silent_receiver(answer: bytes) -> None:
    """However much of a head has come, waiting ends with the time for it."""
    with scripted_server(answer, hold=True) as server, pytest.raises(SinkError, match="in time"):
        LOCAL.post(server.url, HEADERS, b"{}", 0.3)


def test_a_receiver_that_drips_its_head() -> None:
    """Each read is in time, all together are not: the limit is over the whole exchange."""
    ticks = iter(range(10_000))
    webhooks = SafeWebhooks(OutboundRules(allow_loopback=True), monotonic=lambda: next(ticks) / 10)
    with scripted_server(OK) as server, pytest.raises(SinkError, match="in time"):
        webhooks.post(server.url, HEADERS, b"{}", 0.5)


def test_nonsense_is_no_answer() -> None:
    """Something that is not HTTP."""
    with scripted_server(b"220 smtp ready\r\n\r\n") as server, pytest.raises(SinkError):
        LOCAL.post(server.url, HEADERS, b"{}", 10)


def test_nobody_listens() -> None:
    """A refused connection is a receiver that cannot be reached."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(SinkError, match="reached"):
        LOCAL.post(f"http://127.0.0.1:{port}/secret", HEADERS, b"{}", 10)


@pytest.mark.parametrize(
    "url",
    ["http://hooks.example/", "https://other.example/", "https://127.0.0.1/", "file:///etc/passwd"],
)
def test_urls_that_are_refused(url: str) -> None:
    """The rules are asked before anything is looked up."""

    def never(host: str, port: int) -> Sequence[str]:
        raise AssertionError

    with pytest.raises(AddressRefused):
        SafeWebhooks(OutboundRules((HOST,)), never).post(url, HEADERS, b"{}", 10)


@pytest.mark.parametrize(
    "addresses", [("10.0.0.1",), ("20.1.2.3", "127.0.0.1"), ("20.1.2.3", "::ffff:169.254.169.254")]
)
def test_addresses_that_are_refused(addresses: tuple[str, ...]) -> None:
    """One private address among public ones is enough, and none is connected to."""
    webhooks = SafeWebhooks(OutboundRules((HOST,)), resolving(*addresses))
    with pytest.raises(AddressRefused):
        webhooks.post(f"https://{HOST}/", HEADERS, b"{}", 10)


@pytest.mark.parametrize("error", [socket.gaierror("x"), UnicodeError("x")])
def test_a_host_without_an_address(error: Exception) -> None:
    """A name that resolves to nothing is a receiver that cannot be reached."""

    def failing(host: str, port: int) -> Sequence[str]:
        raise error

    with pytest.raises(SinkError, match="no address"):
        SafeWebhooks(OutboundRules((HOST,)), failing).post(f"https://{HOST}/", HEADERS, b"", 10)


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[tuple[ScriptedServer, Callable[[], ssl.SSLContext]]]:
    """
    A receiver with a certificate for `hooks.example`, and what trusts it.
    """
    server_side, client_side = certificate(tmp_path, HOST)
    with scripted_server(OK, context=server_side) as server:
        yield server, client_side


def test_pinned_with_the_hosts_name(
    secured: tuple[ScriptedServer, Callable[[], ssl.SSLContext]],
) -> None:
    """The checked address is connected to, under the name's certificate and `Host`."""
    server, trusting = secured
    looked_up: list[str] = []

    def once(host: str, port: int) -> Sequence[str]:
        looked_up.append(host)
        return ("127.0.0.1",)

    rules = LoopbackIsPublic((f"{HOST}:{server.port}",))
    answer = SafeWebhooks(rules, once, trusting).post(
        f"https://{HOST}:{server.port}/x", HEADERS, b"{}", 10
    )
    assert answer == WebhookAnswer(204)
    assert looked_up == [HOST]
    assert f"host: {HOST}:{server.port}".encode() in server.requests[0].lower()


def test_another_hosts_certificate(
    secured: tuple[ScriptedServer, Callable[[], ssl.SSLContext]],
) -> None:
    """Who cannot prove the name gets no event."""
    server, trusting = secured
    rules = LoopbackIsPublic((f"other.example:{server.port}",))
    webhooks = SafeWebhooks(rules, resolving("127.0.0.1"), trusting)
    with pytest.raises(SinkError):
        webhooks.post(f"https://other.example:{server.port}/", HEADERS, b"{}", 10)
    assert b"POST" not in b"".join(server.requests)


def test_all_addresses_of_a_host_once() -> None:
    """The resolver's answer, without repeats for kinds of sockets."""
    assert addresses_of("127.0.0.1", 80) == ("127.0.0.1",)


def test_a_name_server_that_says_nothing() -> None:
    """A look-up counts towards the limit of the whole exchange, and more of them stuck too."""
    asked: list[str] = []
    answered = threading.Event()

    def stuck(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        answered.wait()
        return ()

    webhooks = SafeWebhooks(OutboundRules(("hooks.example",)), stuck)
    try:
        for _ in range(MAX_LOOKUPS + 1):
            with pytest.raises(SinkError, match="in time"):
                webhooks.post("https://hooks.example/", HEADERS, b"{}", 0.05)
    finally:
        answered.set()

    assert len(asked) == MAX_LOOKUPS


FOREIGN = [
    kind
    for kind in vars(httpcore).values()
    if isinstance(kind, type) and issubclass(kind, Exception)
]


@pytest.mark.parametrize("kind", FOREIGN, ids=lambda kind: str(kind.__name__))
def test_every_exception_of_httpcore_has_a_place(kind: type[Exception]) -> None:
    """None comes through as it is, and none of their text does."""
    assert issubclass(kind, LOST)
    with pytest.raises(SinkError) as caught, translated("Whoever"):
        raise kind("https://hooks.example/?sig=secret")
    assert "secret" not in str(caught.value)
