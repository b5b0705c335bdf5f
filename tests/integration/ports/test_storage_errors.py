"""
What becomes of the storage SDK's exceptions.
"""

import socket
import time
from collections.abc import Callable
from contextlib import closing

import pytest
from azure.core import exceptions as foreign

from shared.adapters.append_blobs import AzureAppendBlobs
from shared.adapters.blobs import AzureBlobs
from shared.adapters.clock import StorageClock
from shared.adapters.queues import AzureQueue
from shared.adapters.storage import Storage
from shared.adapters.storage_errors import translated
from shared.chain.ports import Blobs
from shared.domain.storage_target import StorageTarget
from shared.errors import Changed, Missing, StorageError
from tests.integration.ports.conftest import on_azurite

FOREIGN = [
    kind
    for kind in vars(foreign).values()
    if isinstance(kind, type) and issubclass(kind, Exception)
]
SECRET = "https://acc.blob.core.windows.net/c?sig=secret"


@pytest.mark.parametrize("kind", FOREIGN, ids=lambda kind: str(kind.__name__))
def test_every_exception_of_the_sdk_has_a_place(kind: type[Exception]) -> None:
    """None comes through as it is, and none of their text does."""
    exc = kind.__new__(kind)
    exc.args = (SECRET,)
    with pytest.raises(StorageError) as caught, translated():
        raise exc
    assert caught.value.__cause__ is exc
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("kind", [ConnectionResetError, TimeoutError])
def test_what_the_transport_lets_through(kind: type[OSError]) -> None:
    """The network's own errors are storage errors too."""
    with pytest.raises(StorageError), translated():
        raise kind(SECRET)


def test_our_own_mistakes_are_not_hidden() -> None:
    """Only the SDK's exceptions are translated."""
    with pytest.raises(KeyError), translated():
        raise KeyError("ours")


@pytest.fixture
def dead_port() -> int:
    """
    A port nobody listens on.
    """
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_dead_endpoint_is_found_out_in_seconds(dead_port: int) -> None:
    """Refused connections end the call after the few tries it has."""
    key = "c2VjcmV0"
    endpoint = f"http://127.0.0.1:{dead_port}/acc"
    target = StorageTarget(
        f"AccountName=acc;AccountKey={key};BlobEndpoint={endpoint};QueueEndpoint={endpoint}"
    )
    started_s = time.monotonic()
    with closing(Storage(target, StorageClock())) as storage:
        with pytest.raises(StorageError, match=r"could not be reached\.$") as caught:
            AzureBlobs(storage).read("c", "a")
        with pytest.raises(StorageError, match="could not be reached"):
            AzureQueue(storage).send("q", "{}")
    assert time.monotonic() - started_s < 20
    assert type(caught.value) is StorageError


def test_a_missing_container_is_no_missing_blob(azurite: Storage) -> None:
    """A wrong container name is a failure, not an empty store."""
    blobs: Blobs = AzureBlobs(azurite)
    calls: list[Callable[[], object]] = [
        lambda: blobs.read("nobody", "a"),
        lambda: AzureAppendBlobs(azurite).read("nobody", "a"),
        lambda: blobs.page("nobody", "", 10),
        lambda: blobs.delete("nobody", "a"),
        lambda: next(blobs.chunks("nobody", "a")),
        lambda: AzureQueue(azurite).send("nobody", "{}"),
    ]
    for call in calls:
        with pytest.raises(StorageError) as caught:
            call()
        assert type(caught.value) is StorageError, caught.value


def test_the_wrong_kind_of_blob(azurite: Storage) -> None:
    """Appending to a block blob is a failure, not a lost race."""
    ports = on_azurite(azurite)
    ports.blobs.put(ports.container, "a", b"1")
    with pytest.raises(StorageError, match="InvalidBlobType") as caught:
        ports.append_blobs.append(ports.container, "a", 1, b"2")
    assert not isinstance(caught.value, (Changed, Missing))


def test_two_writers_of_one_blob_do_not_mix(azurite: Storage) -> None:
    """The first commit wins, and the other's fails instead of storing parts of both."""
    ports = on_azurite(azurite)
    first = ports.blobs.writer(ports.container, "i.png", "image/png")
    second = ports.blobs.writer(ports.container, "i.png", "image/png")
    for writer, letter in ((first, b"1"), (second, b"2")):
        writer.write(letter * 4 * 1024 * 1024)
    first.commit({})
    with pytest.raises(StorageError):
        second.commit({})
    stored = ports.blobs.read(ports.container, "i.png")
    assert stored is not None
    assert set(stored.data) == set(b"1")


def test_clients_of_an_identity_open_nothing() -> None:
    """Endpoints and an identity make clients; nobody is asked before the first call."""
    target = StorageTarget(
        blob_uri="https://acc.blob.core.windows.net",
        queue_uri="https://acc.queue.core.windows.net",
        client_id="5e0bd9bd-0000-0000-0000-19fc36ad61bd",
    )
    with closing(Storage(target, StorageClock())) as storage:
        assert storage.blob("c", "a").url == "https://acc.blob.core.windows.net/c/a"
        assert storage.queue("q").url == "https://acc.queue.core.windows.net/q"
