"""The storage SDK's clients: made on first use, with our limits, telling the clock the time."""

from threading import Lock
from typing import Any

import requests
from azure.core.pipeline.transport import RequestsTransport
from azure.storage.blob import BlobClient, BlobServiceClient, ContainerClient, LinearRetry
from azure.storage.queue import LinearRetry as QueueLinearRetry
from azure.storage.queue import QueueClient, QueueServiceClient
from requests.adapters import HTTPAdapter

from shared.adapters.clock import StorageClock
from shared.adapters.credentials import AzureTokens
from shared.domain.storage_target import StorageTarget

# Three tries of 10 s to connect and 10 s to answer, and two pauses: a storage call ends within
# 30 s when the service is silent, within 65 s at the very worst. The SDK's own
# default is 20 s and 60 s with three retries, which can take 85 s for one call. The owner of
# retries is the queue chain; these two only bridge a lost packet.
TRY_S = 10
RETRIES = 2
PAUSE_S = 1

# As many connections as the host has threads (PYTHON_THREADPOOL_THREAD_COUNT is 32); the
# default of 10 throws the others away after each call and logs a warning for each.
CONNECTIONS = 32

# One request for a whole document, so that its bytes and ETag belong together; beyond this
# the SDK asks for ranges. A journal of 50,000 blocks, the service's limit, stays below.
WHOLE_BYTES = 64 * 1024 * 1024


class Storage:
    """One account. Neither importing nor constructing opens a connection."""

    def __init__(self, target: StorageTarget, clock: StorageClock) -> None:
        self._target = target
        self._clock = clock
        self._tokens = AzureTokens(target.client_id)
        self._lock = Lock()
        self._blobs: BlobServiceClient | None = None
        self._queues: QueueServiceClient | None = None

    def container(self, container: str) -> ContainerClient:
        return self._blob_service().get_container_client(container)

    def blob(self, container: str, name: str) -> BlobClient:
        return self._blob_service().get_blob_client(container, name)

    def blob_service(self) -> BlobServiceClient:
        return self._blob_service()

    def queue(self, queue: str) -> QueueClient:
        return self._queue_service().get_queue_client(queue)

    def close(self) -> None:
        with self._lock:
            if self._blobs is not None:
                self._blobs.close()
            if self._queues is not None:
                self._queues.close()
            self._blobs = self._queues = None
        self._tokens.close()

    def _blob_service(self) -> BlobServiceClient:
        with self._lock:
            if self._blobs is None:
                retry = LinearRetry(backoff=PAUSE_S, retry_total=RETRIES, random_jitter_range=1)
                limits = {"max_single_get_size": WHOLE_BYTES, "retry_policy": retry}
                self._blobs = self._client(BlobServiceClient, self._target.blob_uri, limits)
            return self._blobs

    def _queue_service(self) -> QueueServiceClient:
        with self._lock:
            if self._queues is None:
                retry = QueueLinearRetry(
                    backoff=PAUSE_S, retry_total=RETRIES, random_jitter_range=1
                )
                limits = {"retry_policy": retry}
                self._queues = self._client(QueueServiceClient, self._target.queue_uri, limits)
            return self._queues

    def _client(self, service: Any, uri: str | None, limits: dict[str, Any]) -> Any:
        options = {**limits, "transport": _transport(), "raw_response_hook": self._tell_clock}
        if self._target.connection_string is not None:
            return service.from_connection_string(self._target.connection_string, **options)
        return service(uri, credential=self._tokens.credential(), **options)

    def _tell_clock(self, response: Any) -> None:
        self._clock.observe(response.http_response.headers.get("Date"), self._clock.local())


def _transport() -> RequestsTransport:
    session = requests.Session()
    session.mount("https://", HTTPAdapter(pool_maxsize=CONNECTIONS))
    session.mount("http://", HTTPAdapter(pool_maxsize=CONNECTIONS))
    return RequestsTransport(session=session, connection_timeout=TRY_S, read_timeout=TRY_S)
