"""
Addresses for one blob: written by whoever has it, read by nobody.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from azure.storage.blob import UserDelegationKey

from shared.adapters.blobs import AzureBlobs
from shared.adapters.storage import Storage
from shared.adapters.upload_links import AzureUploadLinks
from shared.chain.ports import Blobs, UploadLinks
from shared.errors import StorageError
from tests.fakes import START, MemoryBlobs, MemoryStore, VirtualClock
from tests.fakes_of_inputs import MemoryUploadLinks

IN_AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Place:
    """Links of one backend, and what a stranger's request to one of them is answered."""

    links: UploadLinks
    blobs: Blobs
    now: datetime
    ask: Callable[[str, str, bytes], int]


@pytest.fixture(params=["fake", "azurite"])
def place(request: pytest.FixtureRequest) -> Place:
    """
    One backend after the other.
    """
    if request.param == "fake":
        store, clock = MemoryStore(), VirtualClock()
        links = MemoryUploadLinks(store, clock)
        return Place(links, MemoryBlobs(store), START, links.request)
    storage: Storage = request.getfixturevalue("azurite")
    container = storage.container("uploads")
    if not container.exists():
        container.create_container()
    return Place(AzureUploadLinks(storage), AzureBlobs(storage), datetime.now(UTC), asked)


def asked(method: str, url: str, data: bytes) -> int:
    headers = {"x-ms-blob-type": "BlockBlob", "x-ms-version": "2021-12-02"}
    return httpx.request(method, url, content=data, headers=headers, trust_env=False).status_code


def test_written_and_not_read(place: Place) -> None:
    """A PUT makes the blob, also a second time; nothing else is let in."""
    url = place.links.link("uploads", "flow/a.png", place.now + IN_AN_HOUR)

    assert [place.ask("PUT", url, b"first"), place.ask("PUT", url, b"second")] == [201, 201]
    assert [place.ask(method, url, b"") for method in ("GET", "HEAD", "DELETE")] == [403] * 3
    stored = place.blobs.read("uploads", "flow/a.png")
    assert stored is not None and stored.data == b"second"


def test_for_one_blob_only(place: Place) -> None:
    """The signature of one name opens no other."""
    url = place.links.link("uploads", "flow/b.png", place.now + IN_AN_HOUR)

    assert place.ask("PUT", url.replace("flow/b", "other/b"), b"x") == 403
    assert place.blobs.read("uploads", "other/b.png") is None


def test_when_its_time_is_over(place: Place) -> None:
    """Nothing is written any more."""
    url = place.links.link("uploads", "flow/c.png", place.now - timedelta(seconds=5))

    assert place.ask("PUT", url, b"x") == 403
    assert place.blobs.read("uploads", "flow/c.png") is None


class Identity:
    """
    A credential that gives tokens, and no key.
    """

    def get_token(self, *scopes: str) -> str:
        return "token"


@dataclass(frozen=True)
class Lending:
    """
    The blob service of an account that the app enters by its identity; lends it a key.
    """

    credential: Any
    account_name: str = "account"
    url: str = "https://account.blob.core.windows.net/uploads/flow/a.png"

    def blob_service(self) -> "Lending":
        return self

    def blob(self, container: str, name: str) -> "Lending":
        return self

    def get_user_delegation_key(self, starts_at: datetime, ends_at: datetime) -> UserDelegationKey:
        key = UserDelegationKey()  # type: ignore[no-untyped-call]
        key.signed_oid, key.signed_tid = "oid", "tid"
        key.signed_start, key.signed_expiry = starts_at.isoformat(), ends_at.isoformat()
        key.signed_service, key.signed_version, key.value = "b", "2021-12-02", "c2VjcmV0"
        return key


def test_signed_by_the_identity() -> None:
    """Without a key of the account, a borrowed one signs; only https and writing is granted."""
    storage: Any = Lending(Identity())
    url = AzureUploadLinks(storage).link("uploads", "flow/a.png", START + IN_AN_HOUR)
    query = parse_qs(urlsplit(url).query)

    assert url.startswith("https://account.blob.core.windows.net/uploads/flow/a.png?")
    assert (query["skoid"], query["sp"], query["spr"]) == (["oid"], ["cw"], ["https"])
    assert query["se"] == ["2026-11-20T13:00:00Z"]
    assert query["sr"] == ["b"]


def test_nothing_to_sign_with() -> None:
    """A connection string that is itself a signature cannot make others."""
    storage: Any = Lending(None)
    with pytest.raises(StorageError):
        AzureUploadLinks(storage).link("uploads", "flow/a.png", START)
