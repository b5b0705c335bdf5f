"""Where input images come from, in memory: hosts of addresses, and places to send files to."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from shared.errors import ServiceError, SinkError
from tests.fakes import Blob, MemoryStore, VirtualClock


class ScriptedFetcher:
    """
    Implements `Fetcher`: `files` by URL; what is not among them is not given.

    A list is given one after the other, an error in it is raised, and the last stays.
    """

    def __init__(self, files: Mapping[str, Sequence[bytes | ServiceError]] | None = None) -> None:
        self.files = {url: list(answers) for url, answers in (files or {}).items()}
        self.fetched: list[str] = []

    def get(
        self, url: str, most_bytes: int, timeout_s: float, write: Callable[[bytes], None]
    ) -> bool:
        self.fetched.append(url)
        if timeout_s <= 0:
            raise SinkError
        answers = self.files.get(url, [])
        if not answers:
            return False
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, ServiceError):
            raise answer
        write(answer[: most_bytes + 1])
        return True


class MemoryBlobLinks:
    """Implements `BlobLinks`, and what storage does at such an address."""

    def __init__(self, store: MemoryStore, clock: VirtualClock) -> None:
        self._store, self._clock = store, clock
        self.links: dict[str, tuple[str, str, datetime]] = {}

    def to_write(self, container: str, name: str, expires_at: datetime) -> str:
        return self._link("cw", container, name, expires_at)

    def to_read(self, container: str, name: str, expires_at: datetime) -> str:
        return self._link("r", container, name, expires_at)

    def _link(self, right: str, container: str, name: str, expires_at: datetime) -> str:
        url = f"https://storage.example/{container}/{name}?sp={right}&sig={len(self.links)}"
        self.links[url] = (container, name, expires_at)
        return url

    def request(self, method: str, url: str, data: bytes) -> tuple[int, bytes]:
        """The status that the owner of the address gets, and what comes with it."""
        container, name, expires_at = self.links.get(url, ("", "", self._clock.now()))
        right = {"GET": "r", "HEAD": "r", "PUT": "cw"}.get(method, "none")
        if f"?sp={right}&" not in url or self._clock.now() >= expires_at:
            return 403, b""
        if method == "PUT":
            self._store.blobs[container, name] = Blob(data, self._store.next_etag())
            return 201, b""
        blob = self._store.blobs.get((container, name))
        return (200, blob.data) if blob else (404, b"")
