"""The storage account seen from outside: blobs and queues, past the app."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient


@dataclass(frozen=True)
class Store:
    blobs: BlobServiceClient
    queues: QueueServiceClient

    def names(self, container: str, prefix: str = "") -> list[str]:
        client = self.blobs.get_container_client(container)
        return list(client.list_blob_names(name_starts_with=prefix))

    def read(self, container: str, name: str) -> bytes:
        client = self.blobs.get_blob_client(container, name)
        return bytes(client.download_blob().readall())

    def read_if_there(self, container: str, name: str) -> bytes:
        """As `read`; nothing of a blob that the app has deleted since it was listed."""
        try:
            return self.read(container, name)
        except ResourceNotFoundError:
            return b""

    def containers(self) -> list[str]:
        return [str(one.name) for one in self.blobs.list_containers()]

    def send(self, queue: str, text: str) -> str:
        """Put a message as it is; its id."""
        with self.queues.get_queue_client(queue) as client:
            return str(client.send_message(text).id)

    def waiting(self) -> Iterator[tuple[str, str]]:
        """Queue and text of every message that can be seen now."""
        for queue in self.queues.list_queues():
            with self.queues.get_queue_client(queue.name) as client:
                for message in client.peek_messages(max_messages=32):
                    yield str(queue.name), str(message.content)


@contextmanager
def opened(connection_string: str) -> Iterator[Store]:
    """A view of the account with this connection string."""
    blobs = BlobServiceClient.from_connection_string(connection_string)
    queues = QueueServiceClient.from_connection_string(connection_string)
    with blobs, queues:
        yield Store(blobs, queues)
