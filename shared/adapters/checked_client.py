"""
One request to an address that was checked: no redirects, no cookies, no proxies, no second try.

It uses httpcore, the lower half of httpx, because only there the connection can be pinned to
the checked address, and held to a deadline while the peer drips one byte at a time.
"""

import re
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from ssl import SSLContext
from typing import TypeVar

import httpcore

from shared.adapters.deadline import Deadline
from shared.adapters.pinned_connection import PinnedNetwork
from shared.errors import SinkError
from shared.security.outbound import OutboundRules, Target

# Then the next of the host's addresses gets its turn.
CONNECT_S = 5.0
# Look-ups of names under way at a time; a resolver without servers holds one for half a minute.
MAX_LOOKUPS = 8

# All that httpcore raises.
LOST = (
    *(httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError),
    *(httpcore.ProxyError, httpcore.UnsupportedProtocol, httpcore.ConnectionNotAvailable),
)

Resolve = Callable[[str, int], Sequence[str]]
Told = TypeVar("Told")


def addresses_of(host: str, port: int) -> Sequence[str]:
    """All addresses of a host, each once; the system's resolver knows no limit of ours."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(frozen=True, slots=True)
class Asked:
    method: str
    url: str = field(repr=False)
    headers: Sequence[tuple[bytes | str, bytes | str]] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)


class CheckedClient:
    """`peer` is how errors call whoever is asked."""

    def __init__(
        self,
        rules: OutboundRules,
        peer: str,
        resolve: Resolve = addresses_of,
        certificates: Callable[[], SSLContext] = httpcore.default_ssl_context,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rules = rules
        self._peer = peer
        self._resolve = resolve
        self._load_certificates = certificates
        self._monotonic = monotonic

    def send(
        self, asked: Asked, timeout_s: float, read: Callable[[httpcore.Response], Told]
    ) -> Told:
        """
        What `read` makes of the answer, as long as the connection is there.

        Raises:
            AddressRefused: the host is not allowed, or resolves to a private address.
            SinkError: no answer in time; or what `read` raised.
        """
        deadline = Deadline(timeout_s, self._monotonic)
        target = self._rules.check_url(asked.url)
        with translated(self._peer):
            addresses = self._addresses(target, deadline)
        for address in addresses:
            self._rules.check_address(address, target)
        for address in addresses:
            network = PinnedNetwork(address, deadline)
            unreached = suppress(httpcore.ConnectError, httpcore.ConnectTimeout)
            with translated(self._peer), unreached:
                return self._sent(asked, target, network, read)
        raise SinkError(f"{self._peer} could not be reached.")

    def _addresses(self, target: Target, deadline: Deadline) -> Sequence[str]:
        """Those of the name; whoever asks waits no longer than for all the rest."""
        looking = self._lookups.submit(self._resolve, target.host, target.port)
        try:
            return looking.result(timeout=max(deadline.left_s(), 0))
        except TimeoutError:
            looking.cancel()
            raise httpcore.ConnectTimeout from None

    def _sent(
        self,
        asked: Asked,
        target: Target,
        network: PinnedNetwork,
        read: Callable[[httpcore.Response], Told],
    ) -> Told:
        with (
            httpcore.ConnectionPool(self._certificates, network_backend=network) as pool,
            pool.stream(
                asked.method,
                url_of(target),
                headers=asked.headers,
                content=asked.body,
                extensions={"timeout": {"connect": CONNECT_S}},
            ) as response,
        ):
            return read(response)

    @cached_property
    def _lookups(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(MAX_LOOKUPS, thread_name_prefix="look-up")

    @cached_property
    def _certificates(self) -> SSLContext:
        return self._load_certificates()


@contextmanager
def translated(peer: str) -> Iterator[None]:
    """Raise our error for the network's. Its text stays behind: it may hold the URL."""
    try:
        yield
    except (OSError, UnicodeError) as exc:
        raise SinkError(f"{peer} has no address.") from exc
    except LOST as exc:
        raise SinkError(f"{peer} gave no whole answer in time.") from exc


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
