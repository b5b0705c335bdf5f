"""
Input images from their addresses: one GET to an address that was checked, as with webhooks.

No redirects: where one leads is not what the caller named. No cookies, no credentials.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from ssl import SSLContext

import httpcore

from shared.adapters.deadline import Deadline
from shared.adapters.pinned_connection import PinnedNetwork
from shared.adapters.webhooks import CONNECT_S, LOST, addresses_of, url_of
from shared.errors import SinkError
from shared.security.outbound import OutboundRules, Target

# Statuses of hosts that may give it at another time; with any other but 200 they will not.
_TRY_LATER = frozenset({408, 425, 429})

_HEADERS = (("User-Agent", "darkroom"), ("Accept", "image/png, image/jpeg"))


class SafeFetcher:
    """Implements `Fetcher`: whatever public host, within the rules for addresses."""

    def __init__(
        self,
        rules: OutboundRules,
        resolve: Callable[[str, int], Sequence[str]] = addresses_of,
        certificates: Callable[[], SSLContext] = httpcore.default_ssl_context,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rules = rules.anywhere()
        self._resolve = resolve
        self._load_certificates = certificates
        self._monotonic = monotonic

    def get(
        self, url: str, most_bytes: int, timeout_s: float, write: Callable[[bytes], None]
    ) -> bool:
        deadline = Deadline(timeout_s, self._monotonic)
        target = self._rules.check_url(url)
        with translated():
            addresses = self._resolve(target.host, target.port)
        for address in addresses:
            self._rules.check_address(address, target)
        for address in addresses:
            with translated(), suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return self._get(target, PinnedNetwork(address, deadline), most_bytes, write)
        raise SinkError("The input's host could not be reached.")

    def _get(
        self,
        target: Target,
        network: PinnedNetwork,
        most_bytes: int,
        write: Callable[[bytes], None],
    ) -> bool:
        with (
            httpcore.ConnectionPool(self._certificates, network_backend=network) as pool,
            pool.stream(
                "GET",
                url_of(target),
                headers=list(_HEADERS),
                extensions={"timeout": {"connect": CONNECT_S}},
            ) as response,
        ):
            if response.status in _TRY_LATER or response.status >= 500:
                raise SinkError("The input's host cannot give it now.")
            if response.status != 200:
                return False
            _hand_on(response.iter_stream(), most_bytes, write)
            return True

    @cached_property
    def _certificates(self) -> SSLContext:
        return self._load_certificates()


@contextmanager
def translated() -> Iterator[None]:
    """Raise our error for the network's. Its text stays behind: it may hold the URL."""
    try:
        yield
    except (OSError, UnicodeError) as exc:
        raise SinkError("The input's host has no address.") from exc
    except LOST as exc:
        raise SinkError("The input's host gave no whole answer in time.") from exc


def _hand_on(pieces: Iterator[bytes], most_bytes: int, write: Callable[[bytes], None]) -> None:
    """However large it says it is, what counts is what comes."""
    left_bytes = most_bytes
    for piece in pieces:
        write(piece)
        left_bytes -= len(piece)
        if left_bytes < 0:
            return
