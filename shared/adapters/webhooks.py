"""Events to their receivers: one POST to an address that was checked."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from ssl import SSLContext

import httpcore

from shared.adapters.checked_client import LOST, Asked, CheckedClient, Resolve, addresses_of
from shared.adapters.retry_after import retry_after_s
from shared.chain.ports import WebhookAnswer
from shared.security.outbound import OutboundRules

# The answer's body means nothing to us; a polite receiver gets this much of it read.
BODY_BYTES = 64 * 1024

# Ours alone, or a credential that is none of the receiver's business.
_NEVER_SENT = {"authorization", "cookie", "host", "content-length", "transfer-encoding"}


class SafeWebhooks:
    """Implements `Webhooks`; no credentials of ours go out."""

    def __init__(
        self,
        rules: OutboundRules,
        resolve: Resolve = addresses_of,
        certificates: Callable[[], SSLContext] = httpcore.default_ssl_context,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = CheckedClient(rules, "The receiver", resolve, certificates, monotonic)

    def post(
        self, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> WebhookAnswer:
        return self._client.send(Asked("POST", url, _sent(headers), body), timeout_s, _answer)


def _sent(headers: Mapping[str, str]) -> list[tuple[bytes | str, bytes | str]]:
    sent = [(name, value) for name, value in headers.items() if name.lower() not in _NEVER_SENT]
    return [("User-Agent", "darkroom"), *sent]


def _answer(response: httpcore.Response) -> WebhookAnswer:
    _discard(response)
    headers = {name.lower(): value.decode("latin-1") for name, value in response.headers}
    pause_s = retry_after_s(headers.get(b"retry-after"), headers.get(b"date"))
    return WebhookAnswer(response.status, pause_s)


def _discard(response: httpcore.Response) -> None:
    """Read a little of the body; whatever happens to it, the status has been given."""
    read_bytes = 0
    with suppress(*LOST):
        for piece in response.iter_stream():
            read_bytes += len(piece)
            if read_bytes >= BODY_BYTES:
                return
