"""
The same ports twice: in memory, and on Azurite.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta

import pytest

from shared.adapters.append_blobs import AzureAppendBlobs
from shared.adapters.blobs import AzureBlobs
from shared.adapters.clock import StorageClock, local_utc
from shared.adapters.queues import AzureQueue
from shared.adapters.storage import Storage
from shared.chain.ports import AppendBlobs, Blobs, Queue
from shared.domain.storage_target import StorageTarget
from tests.fakes import MemoryAppendBlobs, MemoryBlobs, MemoryQueue, MemoryStore, VirtualClock


@dataclass(frozen=True)
class Ports:
    """The ports of one backend, and a container and a queue that no other test uses."""

    append_blobs: AppendBlobs
    blobs: Blobs
    queue: Queue
    queue_name: str
    container: str
    receive: Callable[[], str | None]


@pytest.fixture
def machine_clock() -> StorageClock:
    """
    The clock of a machine that goes an hour slow.
    """
    return StorageClock(lambda: local_utc() - timedelta(hours=1))


@pytest.fixture
def azurite(storage_connection_string: str, machine_clock: StorageClock) -> Iterator[Storage]:
    """
    Our clients for the emulator.
    """
    target = StorageTarget(connection_string=storage_connection_string)
    with closing(Storage(target, machine_clock)) as storage:
        yield storage


@pytest.fixture(params=["fake", "azurite"])
def ports(request: pytest.FixtureRequest) -> Ports:
    """
    One backend after the other; Azurite starts only when it is asked for.
    """
    if request.param == "fake":
        return in_memory()
    return on_azurite(request.getfixturevalue("azurite"))


def in_memory() -> Ports:
    store, queue = MemoryStore(), MemoryQueue(VirtualClock())

    def receive() -> str | None:
        message = queue.receive("nudges")
        return message.text if message else None

    return Ports(MemoryAppendBlobs(store), MemoryBlobs(store), queue, "nudges", "box", receive)


def on_azurite(storage: Storage) -> Ports:
    name = f"t{secrets.token_hex(8)}"
    storage.container(name).create_container()
    queue = storage.queue(name)
    queue.create_queue()

    def receive() -> str | None:
        message = queue.receive_message()
        return str(message.content) if message else None

    blobs, append_blobs = AzureBlobs(storage), AzureAppendBlobs(storage)
    return Ports(append_blobs, blobs, AzureQueue(storage), name, name, receive)
