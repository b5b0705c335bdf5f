"""The world in memory: every port of `shared/chain/ports.py`, in virtual time, by script."""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from threading import Lock

from shared.chain.ports import (
    ImageSink,
    ModelAnswer,
    ModelCall,
    Page,
    Stored,
    WebhookAnswer,
)
from shared.errors import (
    AlreadyThere,
    Changed,
    DigestMismatch,
    Missing,
    ModelError,
    ModelNotSent,
    ServiceError,
    StorageError,
)

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
PIECE_BYTES = 4 * 1024 * 1024


class VirtualClock:
    """Implements `Clock`; stands still until told."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    def wait(self, seconds: float) -> None:
        self.advance(max(seconds, 0))


class SeededEntropy:
    """Implements `Entropy`; the same seed, the same bytes."""

    def __init__(self, seed: int = 0) -> None:
        self._random = Random(seed)

    def token_bytes(self, count: int) -> bytes:
        return self._random.randbytes(count)


@dataclass(slots=True)
class Blob:
    data: bytes
    etag: str
    content_type: str = "application/octet-stream"
    metadata: Mapping[str, str] = field(default_factory=dict)


class MemoryStore:
    """All blobs of an account; give the same one to both fakes to let each see the other's."""

    def __init__(self) -> None:
        self.blobs: dict[tuple[str, str], Blob] = {}
        self._versions = count(1)
        self.adding = Lock()

    def next_etag(self) -> str:
        return f'"0x{next(self._versions):X}"'

    def names(self, container: str, prefix: str = "") -> list[str]:
        """In the order of their text."""
        found = (name for held, name in self.blobs if held == container)
        return sorted(name for name in found if name.startswith(prefix))


class MemoryAppendBlobs:
    """Implements `AppendBlobs`."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self.store = store or MemoryStore()

    def create(self, container: str, name: str) -> None:
        fresh = Blob(b"", self.store.next_etag())
        self.store.blobs.setdefault((container, name), fresh)

    def read(self, container: str, name: str) -> bytes | None:
        blob = self.store.blobs.get((container, name))
        return None if blob is None else blob.data

    def append(self, container: str, name: str, at_length: int, block: bytes) -> None:
        blob = self.store.blobs.get((container, name))
        if blob is None:
            raise Missing
        if len(blob.data) != at_length:
            raise Changed
        blob.data += block
        blob.etag = self.store.next_etag()

    def add(self, container: str, name: str, block: bytes) -> None:
        with self.store.adding:
            self.create(container, name)
            self.append(container, name, len(self.store.blobs[container, name].data), block)


class MemoryBlobs:
    """Implements `Blobs`."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self.store = store or MemoryStore()

    def read(self, container: str, name: str) -> Stored | None:
        blob = self.store.blobs.get((container, name))
        return None if blob is None else Stored(blob.data, blob.etag, dict(blob.metadata))

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
        there = self.store.blobs.get((container, name))
        if if_absent and there is not None:
            raise AlreadyThere
        if if_match is not None and (there is None or if_match != there.etag):
            raise Changed
        blob = Blob(bytes(data), self.store.next_etag(), content_type)
        self.store.blobs[container, name] = blob
        return blob.etag

    def delete(self, container: str, name: str) -> None:
        self.store.blobs.pop((container, name), None)

    def page(
        self, container: str, prefix: str, limit: int, continuation: str | None = None
    ) -> Page:
        names = self.store.names(container, prefix)
        rest = [name for name in names if continuation is None or name >= continuation]
        return Page(tuple(rest[:limit]), rest[limit] if len(rest) > limit else None)

    def writer(self, container: str, name: str, content_type: str) -> "MemoryWriter":
        return MemoryWriter(self.store, (container, name), content_type)

    def chunks(self, container: str, name: str) -> Iterator[bytes]:
        blob = self.store.blobs.get((container, name))
        if blob is None:
            raise Missing
        data = blob.data
        for start in range(0, len(data), PIECE_BYTES):
            yield data[start : start + PIECE_BYTES]


class MemoryWriter:
    """Implements `BlobWriter`."""

    def __init__(self, store: MemoryStore, place: tuple[str, str], content_type: str) -> None:
        self._store, self._place, self._content_type = store, place, content_type
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> None:
        self._pieces.append(bytes(piece))

    def commit(self, metadata: Mapping[str, str], *, if_absent: bool = False) -> None:
        if if_absent and self._place in self._store.blobs:
            raise AlreadyThere
        data, etag = b"".join(self._pieces), self._store.next_etag()
        self._store.blobs[self._place] = Blob(data, etag, self._content_type, dict(metadata))


@dataclass(slots=True)
class Message:
    text: str
    visible_at: datetime
    dequeue_count: int = 0


class MemoryQueue:
    """Implements `Queue`, and the receiving side the host has."""

    LEASE_S = 600  # the host's, for queue triggers
    LONGEST_DELAY_S = 7 * 24 * 3600

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self.messages: dict[str, list[Message]] = {}

    def send(self, queue: str, text: str, visible_after_s: float = 0) -> None:
        delay = timedelta(seconds=min(visible_after_s, self.LONGEST_DELAY_S))
        message = Message(text, self._clock.now() + delay)
        self.messages.setdefault(queue, []).append(message)

    def receive(self, queue: str) -> Message | None:
        """Lease the message that became visible first; None when none is visible now."""
        now = self._clock.now()
        visible = [held for held in self.messages.get(queue, []) if held.visible_at <= now]
        if not visible:
            return None
        message = min(visible, key=lambda held: held.visible_at)
        message.visible_at = now + timedelta(seconds=self.LEASE_S)
        message.dequeue_count += 1
        return message

    def delete(self, queue: str, message: Message) -> None:
        self.messages[queue] = [held for held in self.messages[queue] if held is not message]

    def next_visible_at(self) -> datetime | None:
        """When the next message of any queue can be received; None when there is none."""
        times = (held.visible_at for queue in self.messages.values() for held in queue)
        return min(times, default=None)


def small_png(shade: int, *, alpha: bool = False) -> bytes:
    """A real PNG of one grey pixel; 256 different ones, transparent at will."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 4 if alpha else 0, 0, 0, 0)
    pixel = zlib.compress(bytes((0, shade % 256, *([0] if alpha else []))))
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


USAGE: Mapping[str, object] = {
    "input_tokens": 18,
    "input_tokens_details": {"image_tokens": 0, "text_tokens": 18},
    "output_tokens": 196,
    "total_tokens": 214,
}


@dataclass(frozen=True, slots=True)
class Plays:
    """
    One call's course: `previews`, then `images` go into the sink (None: n small ones), then
    `error` is raised.

    `billed` None means: billed when there is no error.
    """

    images: Sequence[bytes] | None = None
    error: ModelError | None = None
    billed: bool | None = None
    usage: Mapping[str, object] | None = field(default_factory=lambda: USAGE)
    usage_is_whole: bool = True
    previews: Sequence[bytes] = ()
    orchestrator_usage: Mapping[str, object] | None = None


def _send(call: ModelCall) -> None:
    """Files are read as they are sent; one that changed leaves the call unfinished."""
    try:
        for file in (*call.images, call.mask):
            sent = sum(map(len, file.read())) if file else 0
            assert file is None or sent == file.size_bytes
    except DigestMismatch as error:
        raise ModelNotSent(code=error.code) from None
    except StorageError:
        raise ModelNotSent(code="storage_failed") from None


class ScriptedModel:
    """Implements `ImageModel`: the script first, then `otherwise` for ever."""

    def __init__(self, *script: Plays, otherwise: Plays | None = None) -> None:
        self._script = list(script)
        self._otherwise = otherwise or Plays()
        self.calls: list[ModelCall] = []
        self.sent: list[list[bytes]] = []  # the files of each call, the mask last
        self.billed: Counter[str] = Counter()  # by client_request_id

    def prepare(self, deployment: str) -> None:
        """There is nothing to do before a scripted call."""

    def generate(self, call: ModelCall, sink: ImageSink) -> ModelAnswer:
        _send(call)
        self.calls.append(call)
        self.sent.append(_read(call))
        plays = self._script.pop(0) if self._script else self._otherwise
        if plays.billed or (plays.billed is None and plays.error is None):
            self.billed[call.client_request_id] += 1
        images = self._images(plays, call)
        for data in plays.previews:
            with sink.preview(0) as writer:
                writer.write(data)
        for index, data in enumerate(images):
            with sink.image(index) as writer:
                writer.write(data)
        if plays.error is not None:
            raise plays.error
        upstream = f"upstream-{len(self.calls)}"
        return ModelAnswer(
            images=len(images),
            usage=plays.usage,
            upstream_request_id=upstream,
            orchestrator_usage=plays.orchestrator_usage,
            usage_is_whole=plays.usage_is_whole,
        )

    def _images(self, plays: Plays, call: ModelCall) -> Sequence[bytes]:
        if plays.images is not None:
            return plays.images
        made = 0 if plays.error is not None else call.n
        return [small_png(len(self.calls) * 16 + index) for index in range(made)]


def _read(call: ModelCall) -> list[bytes]:
    files = [*call.images, *([call.mask] if call.mask else [])]
    try:
        return [b"".join(file.read()) for file in files]
    except StorageError as error:
        raise ModelNotSent(code="storage_failed") from error


@dataclass(frozen=True, slots=True)
class Posted:
    url: str
    headers: Mapping[str, str]
    body: bytes


class ScriptedTopic:
    """Implements `Topic`: answers by script, then 200; keeps what was published."""

    name = "topic"

    def __init__(self, *script: WebhookAnswer | ServiceError) -> None:
        self._script = list(script)
        self.published: list[bytes] = []

    def publish(self, body: bytes, timeout_s: float) -> WebhookAnswer:
        self.published.append(body)
        answer = self._script.pop(0) if self._script else WebhookAnswer(200)
        if isinstance(answer, ServiceError):
            raise answer
        return answer


class ScriptedWebhooks:
    """Implements `Webhooks`: answers by script, then 200; keeps what was posted."""

    def __init__(self, *script: WebhookAnswer | ServiceError) -> None:
        self._script = list(script)
        self.posted: list[Posted] = []

    def post(
        self, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> WebhookAnswer:
        self.posted.append(Posted(url, dict(headers), body))
        answer = self._script.pop(0) if self._script else WebhookAnswer(200)
        if isinstance(answer, ServiceError):
            raise answer
        return answer
