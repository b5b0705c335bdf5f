"""
Events to an Event Grid topic, in the CloudEvents schema.

https://learn.microsoft.com/azure/event-grid/post-to-custom-topic

The topic is the operator's own, so it may be at a private address, and gets a credential of ours.
"""

import hashlib
from collections.abc import Callable
from functools import cached_property
from ssl import SSLContext

import httpx

from shared.adapters.model_client import TokenSource
from shared.adapters.retry_after import retry_after_s
from shared.chain.ports import WebhookAnswer
from shared.errors import ServiceError, SinkError

API_VERSION = "2018-01-01"
CONTENT_TYPE = "application/cloudevents-batch+json; charset=utf-8"
# https://learn.microsoft.com/azure/event-grid/authenticate-with-microsoft-entra-id
SCOPE = "https://eventgrid.azure.net/.default"
CONNECT_S = 5.0


class EventGridTopic:
    """Implements `Topic`: by key, or by the app's identity when there is none."""

    def __init__(
        self,
        endpoint: str,
        key: str | None,
        tokens: TokenSource,
        certificates: Callable[[], SSLContext] = httpx.create_ssl_context,
    ) -> None:
        self._endpoint = endpoint
        self._key = key
        self._tokens = tokens
        self._load_certificates = certificates
        self.name = hashlib.sha256(endpoint.encode()).hexdigest()[:16]

    def publish(self, body: bytes, timeout_s: float) -> WebhookAnswer:
        headers = {"Content-Type": CONTENT_TYPE, **self._credential()}
        limits = httpx.Timeout(timeout_s, connect=min(CONNECT_S, timeout_s))
        try:
            with (
                httpx.Client(verify=self._certificates, timeout=limits, trust_env=False) as client,
                client.stream("POST", self._url, content=body, headers=headers) as response,
            ):
                given, date = response.headers.get("retry-after"), response.headers.get("date")
                return WebhookAnswer(response.status_code, retry_after_s(given, date))
        except httpx.HTTPError as exc:
            raise SinkError("The Event Grid topic gave no answer in time.") from exc

    def _credential(self) -> dict[str, str]:
        if self._key is not None:
            return {"aeg-sas-key": self._key}
        try:
            return {"Authorization": f"Bearer {self._tokens.token(SCOPE)}"}
        except ServiceError as exc:
            raise SinkError("No token could be had for the Event Grid topic.") from exc

    @property
    def _url(self) -> httpx.URL:
        return httpx.URL(self._endpoint, params={"api-version": API_VERSION})

    @cached_property
    def _certificates(self) -> SSLContext:
        return self._load_certificates()
