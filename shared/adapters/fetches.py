"""
Input images from their addresses: one GET to an address that was checked, as with webhooks.

No redirects: where one leads is not what the caller named.
"""

import time
from collections.abc import Callable, Iterator
from ssl import SSLContext

import httpcore

from shared.adapters.checked_client import Asked, CheckedClient, Resolve, addresses_of
from shared.errors import SinkError
from shared.security.outbound import OutboundRules

# Statuses of hosts that may give it at another time; with any other but 200 they will not.
_TRY_LATER = frozenset({408, 425, 429})

_HEADERS = (("User-Agent", "darkroom"), ("Accept", "image/png, image/jpeg"))


class SafeFetcher:
    """Implements `Fetcher`: whatever public host, within the rules for addresses."""

    def __init__(
        self,
        rules: OutboundRules,
        resolve: Resolve = addresses_of,
        certificates: Callable[[], SSLContext] = httpcore.default_ssl_context,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = CheckedClient(
            rules.anywhere(), "The input's host", resolve, certificates, monotonic
        )

    def get(
        self, url: str, most_bytes: int, timeout_s: float, write: Callable[[bytes], None]
    ) -> bool:
        def read(response: httpcore.Response) -> bool:
            if response.status in _TRY_LATER or response.status >= 500:
                raise SinkError("The input's host cannot give it now.")
            if response.status != 200:
                return False
            _hand_on(response.iter_stream(), most_bytes, write)
            return True

        return self._client.send(Asked("GET", url, _HEADERS), timeout_s, read)


def _hand_on(pieces: Iterator[bytes], most_bytes: int, write: Callable[[bytes], None]) -> None:
    """However large it says it is, what counts is what comes."""
    left_bytes = most_bytes
    for piece in pieces:
        write(piece)
        left_bytes -= len(piece)
        if left_bytes < 0:
            return
