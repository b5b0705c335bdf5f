"""
What deployment does to the storage account: containers and queues, and reading a result.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from azure.core.exceptions import ResourceExistsError
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient


@dataclass(frozen=True)
class StoredBlob:
    """
    One blob as storage has it.
    """

    name: str
    content: bytes
    content_type: str


def make_containers_and_queues(connection_string: str) -> str:
    """
    All the product names; those that kept data already has are left alone.
    """
    from shared.domain.names import CONTAINERS, QUEUES

    blobs = BlobServiceClient.from_connection_string(connection_string)
    queues = QueueServiceClient.from_connection_string(connection_string)
    with blobs, queues, ThreadPoolExecutor(4) as pool:
        made = [pool.submit(_make, blobs.create_container, name) for name in CONTAINERS]
        made += [pool.submit(_make, queues.create_queue, name) for name in QUEUES]
        for one in made:
            one.result()
    return f"{len(CONTAINERS)} containers, {len(QUEUES)} queues"


def _make(create: Callable[[str], object], name: str) -> None:
    try:
        create(name)
    except ResourceExistsError:
        return


def read_blobs(connection_string: str, container: str, prefix: str) -> list[StoredBlob]:
    """
    Every blob below the prefix, straight from storage, past the app.
    """
    with BlobServiceClient.from_connection_string(connection_string) as service:
        client = service.get_container_client(container)
        found = []
        for name in client.list_blob_names(name_starts_with=prefix):
            blob = client.get_blob_client(name)
            content_type = blob.get_blob_properties().content_settings.content_type or ""
            found.append(StoredBlob(name, blob.download_blob().readall(), content_type))
        return found
