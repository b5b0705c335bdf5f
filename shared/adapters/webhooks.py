"""
Events to their receivers: one POST to an address that was checked.

It uses httpcore, the lower half of httpx, because only there the connection can be pinned to
the checked address, and held to a deadline while the peer drips one byte at a time.
"""

import re
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from ssl import SSLContext

import httpcore

from shared.adapters.deadline import Deadline
from shared.adapters.pinned_connection import PinnedNetwork
from shared.adapters.retry_after import retry_after_s
from shared.chain.ports import WebhookAnswer
from shared.errors import SinkError
from shared.security.outbound import OutboundRules, Target

# Then the next of the host's addresses gets its turn.
CONNECT_S = 5.0

# The answer's body means nothing to us; a polite receiver gets this much of it read.
BODY_BYTES = 64 * 1024

# Ours alone, or a credential that is none of the receiver's business.
_NEVER_SENT = {"authorization", "cookie", "host", "content-length", "transfer-encoding"}

# All that httpcore raises.
LOST = (
    *(httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError),
    *(httpcore.ProxyError, httpcore.UnsupportedProtocol, httpcore.ConnectionNotAvailable),
)


def addresses_of(host: str, port: int) -> Sequence[str]:
    """All addresses of a host, each once; the resolver has limits of its own."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


class SafeWebhooks:
    """Implements `Webhooks`: no redirects, no cookies, no proxies, no credentials of ours."""

    def __init__(
        self,
        rules: OutboundRules,
        resolve: Callable[[str, int], Sequence[str]] = addresses_of,
        certificates: Callable[[], SSLContext] = httpcore.default_ssl_context,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rules = rules
        self._resolve = resolve
        self._load_certificates = certificates
        self._monotonic = monotonic

    def post(
        self, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> WebhookAnswer:
        deadline = Deadline(timeout_s, self._monotonic)
        target = self._rules.check_url(url)
        with translated():
            addresses = self._resolve(target.host, target.port)
        for address in addresses:
            self._rules.check_address(address, target)
        for address in addresses:
            with translated(), suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return self._post(target, PinnedNetwork(address, deadline), headers, body)
        raise SinkError("The receiver could not be reached.")

    def _post(
        self, target: Target, network: PinnedNetwork, headers: Mapping[str, str], body: bytes
    ) -> WebhookAnswer:
        with (
            httpcore.ConnectionPool(self._certificates, network_backend=network) as pool,
            pool.stream(
                "POST",
                url_of(target),
                headers=_sent(headers),
                content=body,
                extensions={"timeout": {"connect": CONNECT_S}},
            ) as response,
        ):
            _discard(response)
            return _answer(response)

    @cached_property
    def _certificates(self) -> SSLContext:
        return self._load_certificates()


@contextmanager
def translated() -> Iterator[None]:
    """Raise our error for the network's. Its text stays behind: it may hold the URL."""
    try:
        yield
    except (OSError, UnicodeError) as exc:
        raise SinkError("The receiver's host has no address.") from exc
    except LOST as exc:
        raise SinkError("The receiver gave no answer in time.") from exc


def url_of(target: Target) -> httpcore.URL:
    """From the checked parts, so that no second parser has a say about the host."""
    found = re.search("[/?].*", target.url.partition("://")[2])
    path = found[0] if found else "/"
    return httpcore.URL(
        scheme=target.scheme.encode(),
        host=target.host.encode(),
        port=target.port,
        target=(path if path.startswith("/") else f"/{path}").encode(),
    )


def _sent(headers: Mapping[str, str]) -> list[tuple[bytes | str, bytes | str]]:
    sent = [(name, value) for name, value in headers.items() if name.lower() not in _NEVER_SENT]
    return [("User-Agent", "darkroom"), *sent]


def _discard(response: httpcore.Response) -> None:
    """Read a little of the body; whatever happens to it, the status has been given."""
    read_bytes = 0
    with suppress(*LOST):
        for piece in response.iter_stream():
            read_bytes += len(piece)
            if read_bytes >= BODY_BYTES:
                return


def _answer(response: httpcore.Response) -> WebhookAnswer:
    headers = {name.lower(): value.decode("latin-1") for name, value in response.headers}
    pause_s = retry_after_s(headers.get(b"retry-after"), headers.get(b"date"))
    return WebhookAnswer(response.status, pause_s)
