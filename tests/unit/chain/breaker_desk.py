"""Breakers on fakes: what a call may meet, and stores that are slow, forgetful or restless."""

from collections.abc import Callable
from dataclasses import dataclass, field

from shared.chain.breakers import Breakers
from shared.chain.due import DueIndex
from shared.chain.ports import Stored
from shared.chain.streams import Streams
from shared.domain.breaker import RESOURCE_BLOCKED, Breaker
from shared.domain.facts import Completed, NotSent, Outcome, Refused, Unknown
from shared.domain.notices import deployment_stream
from shared.domain.values import Cost
from shared.errors import Changed, StorageError
from tests.fakes import (
    START,
    MemoryAppendBlobs,
    MemoryBlobs,
    MemoryQueue,
    MemoryStore,
    SeededEntropy,
    VirtualClock,
)

NAME = "img-weu"
COST = Cost(amount=0.0, price_book="p")
FINE = Completed(attempt=1, images=(), cost=COST, manifest_sha256="m")
FILTERED = Refused(attempt=1, code="content_filtered")
REJECTED = Refused(attempt=1, code="model_rejected_request")
BLOCKED = NotSent(attempt=1, code=RESOURCE_BLOCKED, not_before=START)
UNAUTHORIZED = NotSent(attempt=1, code="upstream_unauthorized", not_before=START)
FAILED = Unknown(attempt=1, code="upstream_failed", maybe_billed=COST)


class CountingBlobs(MemoryBlobs):
    """Counts what it is asked; `lose_answers`: what is put is put, and reported as not."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.asked: list[str] = []
        self.lose_answers = False

    def read(self, container: str, name: str) -> Stored | None:
        self.asked.append("read")
        return super().read(container, name)

    def put(self, container: str, name: str, data: bytes, **conditions: object) -> str:
        self.asked.append("put")
        etag = super().put(container, name, data, **conditions)  # type: ignore[arg-type]
        if self.lose_answers:
            raise Changed
        return etag


class Raced(CountingBlobs):
    """Lets others be faster: `meanwhile` comes after the next read."""

    meanwhile: Callable[[], None] | None = None

    def read(self, container: str, name: str) -> Stored | None:
        found = super().read(container, name)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()
        return found


class Restless(CountingBlobs):
    """Open and closed by turns, each time it is read."""

    def read(self, container: str, name: str) -> Stored | None:
        super().read(container, name)
        open_ = Breaker().failed(START, RESOURCE_BLOCKED, "a.1")
        breaker = open_ if len(self.asked) % 2 else Breaker()
        return Stored(breaker.model_dump_json(by_alias=True).encode(), "stale")


class FailingAppends(MemoryAppendBlobs):
    failing = False

    def read(self, container: str, name: str) -> bytes | None:
        if self.failing:
            raise StorageError
        return super().read(container, name)


@dataclass
class Desk:
    store: MemoryStore = field(default_factory=MemoryStore)
    clock: VirtualClock = field(default_factory=VirtualClock)

    def __post_init__(self) -> None:
        self.blobs, self.appends = CountingBlobs(self.store), FailingAppends(self.store)
        entropy = SeededEntropy()
        due = DueIndex(MemoryBlobs(self.store), self.clock, entropy)
        queue = MemoryQueue(self.clock)
        self.streams = Streams(self.appends, self.clock, entropy, due, queue)
        self.breakers = Breakers(self.blobs, self.clock, self.streams)
        self.calls = 0

    def met(self, outcome: Outcome, request: str | None = None, caller: str = "flow") -> None:
        self.calls += 1
        request = request or f"r{self.calls}"
        self.breakers.report(NAME, f"{request}.1", request, caller, outcome)

    def over(self, blobs: MemoryBlobs) -> Breakers:
        """The breakers of another worker, who sees storage through these."""
        return Breakers(blobs, self.clock, self.streams)

    @property
    def told(self) -> list[str]:
        return [fact.type for fact in self.streams.load(deployment_stream(NAME)).facts]

    @property
    def now(self) -> Breaker:
        return self.breakers.look(NAME)
