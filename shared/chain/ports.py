"""
What the kernel needs from the world. `adapters/` keeps these contracts against Azure, the
fakes in `tests/fakes.py` in memory; the same port tests run on both.

Every call may raise `StorageError` (or `ModelError`, `SinkError`) with its effect done or
not done: the callers are written for both.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """Storage's time, UTC: what its last answer's `Date` said, carried on locally."""

    def wait(self, seconds: float) -> None:
        """Hold this thread so long: moments, or while a caller waits who asked to."""


class Entropy(Protocol):
    def token_bytes(self, count: int) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Stored:
    data: bytes
    etag: str
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """Blob names in order; `continuation` asks for the rest, None when there is none."""

    names: tuple[str, ...]
    continuation: str | None


class AppendBlobs(Protocol):
    def create(self, container: str, name: str) -> None:
        """Make an empty append blob; one that is there stays as it is."""

    def read(self, container: str, name: str) -> bytes | None:
        """The whole blob; None when it is not there."""

    def append(self, container: str, name: str, at_length: int, block: bytes) -> None:
        """
        Add one block, only if the blob is `at_length` bytes long.

        Raises:
            Changed: the blob has another length. The SDK's own retry may have written the
                block before, so the caller looks whether it is there.
            Missing: there is no such blob.
        """

    def add(self, container: str, name: str, block: bytes) -> None:
        """
        Add one block at the end, and make the blob if it is not there; the SDK's own retry may
        write it twice.
        """


class BlobWriter(Protocol):
    """Bytes in pieces; nothing is visible before `commit`."""

    def write(self, piece: bytes) -> None: ...

    def commit(self, metadata: Mapping[str, str], *, if_absent: bool = False) -> None:
        """
        Make all pieces the blob's content at once, replacing what was there.

        Raises:
            AlreadyThere: `if_absent`, and it is there.
        """


class Blobs(Protocol):
    def read(self, container: str, name: str) -> Stored | None: ...

    def put(
        self,
        container: str,
        name: str,
        data: bytes,
        *,
        content_type: str = "application/json",
        if_absent: bool = False,
        if_match: str | None = None,
    ) -> str:
        """
        Store and return the new ETag.

        Raises:
            AlreadyThere: `if_absent`, and it is there.
            Changed: `if_match`, and the blob has another ETag or is gone.
        """

    def delete(self, container: str, name: str) -> None:
        """Delete; a blob that is not there is fine."""

    def page(
        self, container: str, prefix: str, limit: int, continuation: str | None = None
    ) -> Page:
        """At most `limit` names under `prefix`, in the order of their text."""

    def writer(self, container: str, name: str, content_type: str) -> BlobWriter: ...

    def chunks(self, container: str, name: str) -> Iterator[bytes]:
        """The blob's bytes in pieces of one version; `Missing` at the first: it is not there."""


class Queue(Protocol):
    def send(self, queue: str, text: str, visible_after_s: float = 0) -> None:
        """Put one message, visible to receivers after that many seconds (at most 7 days)."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """
    A file of an edit; `read` gives its bytes, `size_bytes` in all, whenever it is called.

    Reading ends with `DigestMismatch` when they are not those that were checked.
    """

    content_type: str
    size_bytes: int
    read: Callable[[], Iterator[bytes]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ModelCall:
    """
    One paid call.

    `options` are wire names and values (`size`, `quality`, …); `client_request_id` is sent as
    `x-ms-client-request-id`; `deadline_s` covers everything up to the last byte of the answer.
    `partial_images` None: one JSON answer; else it is streamed, with so many on the way. With
    `images` it is an edit of them; the `mask` belongs to the first.
    """

    deployment: str
    prompt: str = field(repr=False)
    n: int
    options: Mapping[str, str | int]
    user: str
    client_request_id: str
    deadline_s: float
    partial_images: int | None = None
    images: tuple[InputFile, ...] = ()
    mask: InputFile | None = None


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """
    What came beside the images; `usage` has the wire's own keys, None when missing, and
    `orchestrator_usage` is that of the model that was asked to draw, where one was asked.

    `usage_is_whole` False: there are images that it does not count.
    """

    images: int
    usage: Mapping[str, object] | None
    upstream_request_id: str | None
    orchestrator_usage: Mapping[str, object] | None = None
    usage_is_whole: bool = True


class ImageSink(Protocol):
    def image(self, index: int) -> AbstractContextManager["ImageWriter"]:
        """The place for image `index`; left without an exception, the image is stored."""

    def preview(self, index: int) -> AbstractContextManager["ImageWriter"]:
        """
        The place for a partial image of `index`, in place of the one before. Nobody pays for
        seeing it: what goes wrong in storing it stays here.
        """


class ImageWriter(Protocol):
    def write(self, piece: bytes) -> None: ...


class ImageModel(Protocol):
    def prepare(self, deployment: str) -> None:
        """
        Do what a call needs and can be done before its turn: certificates, a token.

        Raises:
            ModelNotSent: the call could not be made.
        """

    def generate(self, call: ModelCall, sink: ImageSink) -> ModelAnswer:
        """
        Make the call once, without retries, and hand each image's bytes on as they come.

        Raises:
            ModelError: one of its branches, by what is known about the money.
            StorageError: from the sink; the call was made and paid for.
        """


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    status: int
    retry_after_s: float | None = None


class Webhooks(Protocol):
    def post(
        self, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> WebhookAnswer:
        """
        POST once, to a checked and pinned address, following no redirect.

        Raises:
            AddressRefused: the host is not allowed, or resolves to a private address.
            SinkError: no answer in time.
        """


class Topic(Protocol):
    """The Event Grid topic; `name` tells it from any other, and nothing else."""

    name: str

    def publish(self, body: bytes, timeout_s: float) -> WebhookAnswer:
        """POST a batch of CloudEvents once; `SinkError`: no answer in time."""


class Fetcher(Protocol):
    def get(
        self, url: str, most_bytes: int, timeout_s: float, write: Callable[[bytes], None]
    ) -> bool:
        """
        GET once, from a checked and pinned address, and hand the bytes on as they come.

        Whether the host gives it at all: one that redirects or answers 4xx does not. Of more
        than `most_bytes` no more is handed on than shows it.

        Raises:
            AddressRefused: the URL is not one we may call, or leads to a private address.
            SinkError: no whole answer in time; another try may succeed.
        """
