"""
Addresses for one blob: written by whoever has them, or read, and never both.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from azure.storage.blob import UserDelegationKey

from shared.adapters.blob_links import AzureBlobLinks
from shared.adapters.blobs import AzureBlobs
from shared.adapters.storage import Storage
from shared.chain.image_ports import BlobLinks
from shared.chain.ports import Blobs
from shared.errors import StorageError
from tests.fakes import START, MemoryBlobs, MemoryStore, VirtualClock
from tests.fakes_of_inputs import MemoryBlobLinks

IN_AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Place:
    """Links of one backend, and what a stranger's request to one of them is answered."""

    links: BlobLinks
    blobs: Blobs
    now: datetime
    ask: Callable[[str, str, bytes], tuple[int, bytes]]

    def status(self, method: str, url: str, data: bytes = b"") -> int:
        return self.ask(method, url, data)[0]


@pytest.fixture(params=["fake", "azurite"])
def place(request: pytest.FixtureRequest) -> Place:
    """
    One backend after the other.
    """
    if request.param == "fake":
        store, clock = MemoryStore(), VirtualClock()
        links = MemoryBlobLinks(store, clock)
        return Place(links, MemoryBlobs(store), START, links.request)
    storage: Storage = request.getfixturevalue("azurite")
    for container in map(storage.container, ("uploads", "approved")):
        if not container.exists():
            container.create_container()
    return Place(AzureBlobLinks(storage), AzureBlobs(storage), datetime.now(UTC), asked)


def asked(method: str, url: str, data: bytes) -> tuple[int, bytes]:
    headers = {"x-ms-blob-type": "BlockBlob", "x-ms-version": "2021-12-02"}
    answer = httpx.request(method, url, content=data, headers=headers, trust_env=False)
    return answer.status_code, answer.content


def test_written_and_not_read(place: Place) -> None:
    """A PUT makes the blob, also a second time; nothing else is let in."""
    url = place.links.to_write("uploads", "flow/a.png", place.now + IN_AN_HOUR)

    assert [place.status("PUT", url, b"first"), place.status("PUT", url, b"second")] == [201, 201]
    assert [place.status(method, url) for method in ("GET", "HEAD", "DELETE")] == [403] * 3
    stored = place.blobs.read("uploads", "flow/a.png")
    assert stored is not None and stored.data == b"second"


def test_for_one_blob_only(place: Place) -> None:
    """The signature of one name opens no other."""
    url = place.links.to_write("uploads", "flow/b.png", place.now + IN_AN_HOUR)

    assert place.status("PUT", url.replace("flow/b", "other/b"), b"x") == 403
    assert place.blobs.read("uploads", "other/b.png") is None


def test_when_its_time_is_over(place: Place) -> None:
    """Nothing is written any more."""
    url = place.links.to_write("uploads", "flow/c.png", place.now - timedelta(seconds=5))

    assert place.status("PUT", url, b"x") == 403
    assert place.blobs.read("uploads", "flow/c.png") is None


def test_read_and_nothing_else(place: Place) -> None:
    """A GET gives the bytes as they lie there; the blob is not changed or deleted."""
    place.blobs.put("approved", "one/0.png", b"released", content_type="image/png")
    url = place.links.to_read("approved", "one/0.png", place.now + IN_AN_HOUR)

    assert place.ask("GET", url, b"") == (200, b"released")
    assert [place.status(method, url, b"x") for method in ("PUT", "DELETE")] == [403] * 2
    assert place.ask("GET", url, b"") == (200, b"released")


def test_another_blob_is_not_read(place: Place) -> None:
    """The signature of one name opens no other, in its own container or elsewhere."""
    for container, name in (("approved", "two/0.png"), ("approved", "two/1.png")):
        place.blobs.put(container, name, b"released")
    place.blobs.put("uploads", "two/0.png", b"sent ahead")
    url = place.links.to_read("approved", "two/0.png", place.now + IN_AN_HOUR)

    assert place.status("GET", url) == 200
    assert place.status("GET", url.replace("two/0", "two/1")) == 403
    assert place.status("GET", url.replace("/approved/", "/uploads/")) == 403


def test_not_read_when_its_time_is_over(place: Place) -> None:
    """What was good for an hour is not for longer."""
    place.blobs.put("approved", "three/0.png", b"released")
    url = place.links.to_read("approved", "three/0.png", place.now - timedelta(seconds=5))

    assert place.status("GET", url) == 403


class Identity:
    """
    A credential that gives tokens, and no key.
    """

    def get_token(self, *scopes: str) -> str:
        return "token"


@dataclass
class Lending:
    """
    The blob service of an account that the app enters by its identity; lends it keys.
    """

    credential: Any
    account_name: str = "account"
    url: str = "https://account.blob.core.windows.net/approved/one/0.png"
    lent: list[tuple[datetime, datetime]] = field(default_factory=list)

    def blob_service(self) -> "Lending":
        return self

    def blob(self, container: str, name: str) -> "Lending":
        return self

    def get_user_delegation_key(self, starts_at: datetime, ends_at: datetime) -> UserDelegationKey:
        self.lent.append((starts_at, ends_at))
        key = UserDelegationKey()  # type: ignore[no-untyped-call]
        key.signed_oid, key.signed_tid = "oid", "tid"
        key.signed_start, key.signed_expiry = starts_at.isoformat(), ends_at.isoformat()
        key.signed_service, key.signed_version, key.value = "b", "2021-12-02", "c2VjcmV0"
        return key


def test_signed_by_the_identity() -> None:
    """Without a key of the account, a borrowed one signs; only https, and one right, is granted."""
    storage: Any = Lending(Identity())
    links = AzureBlobLinks(storage)
    for make, right in ((links.to_write, "cw"), (links.to_read, "r")):
        url = make("approved", "one/0.png", START + IN_AN_HOUR)
        query = parse_qs(urlsplit(url).query)

        assert url.startswith("https://account.blob.core.windows.net/approved/one/0.png?")
        assert (query["skoid"], query["sp"], query["spr"]) == (["oid"], [right], ["https"])
        assert query["se"] == ["2026-11-20T13:00:00Z"]
        assert query["sr"] == ["b"]


@pytest.mark.parametrize("step_s", [1, 600, 1800])
def test_a_borrowed_key_is_kept(step_s: int) -> None:
    """Storage is asked for a key about once an hour; every link ends within its key's time."""
    storage: Any = Lending(Identity())
    links, made = AzureBlobLinks(storage), 7200 // step_s
    for k in range(made):
        now = START + timedelta(seconds=k * step_s)
        query = parse_qs(urlsplit(links.to_read("approved", "one/0.png", now + IN_AN_HOUR)).query)
        starts_at, ends_at = (datetime.fromisoformat(query[name][0]) for name in ("skt", "ske"))
        assert starts_at <= now and now + IN_AN_HOUR <= ends_at

    assert len(storage.lent) == 2


def test_a_key_that_begins_too_late() -> None:
    """A link that ends long before the others is signed by a key that is good by then."""
    storage: Any = Lending(Identity())
    links = AzureBlobLinks(storage)
    for hours in (10, 1, 10):
        links.to_read("approved", "one/0.png", START + timedelta(hours=hours))

    assert [starts_at for starts_at, _ in storage.lent][1] < START


def test_nothing_to_sign_with() -> None:
    """A connection string that is itself a signature cannot make others."""
    storage: Any = Lending(None)
    with pytest.raises(StorageError):
        AzureBlobLinks(storage).to_write("uploads", "flow/a.png", START)
