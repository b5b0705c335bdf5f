"""What the chain works with: the ports and the settings, in one frozen value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from threading import BoundedSemaphore, Lock
from typing import Any

from pydantic import ValidationError

from shared.chain.alt_text_port import AltTextModel
from shared.chain.breakers import Breakers
from shared.chain.budgets import Budgets
from shared.chain.conditions import Conditions
from shared.chain.due import DueIndex
from shared.chain.image_ports import BlobLinks, ManifestJudge
from shared.chain.journal import Journals
from shared.chain.ledger import Ledger
from shared.chain.links import Links
from shared.chain.open_requests import OpenRequests
from shared.chain.pacing import NewLock, Pacer
from shared.chain.policy_in_force import PolicyInForce
from shared.chain.ports import (
    AppendBlobs,
    Blobs,
    Clock,
    Entropy,
    Fetcher,
    ImageModel,
    Queue,
    Topic,
    Webhooks,
)
from shared.chain.readiness import Readiness
from shared.chain.screening_port import Screener
from shared.chain.standing import Standing
from shared.chain.streams import Streams
from shared.chain.subscriptions import Subscriptions
from shared.chain.templates import Templates
from shared.chain.topic_since import TopicSince
from shared.chain.waits import Waits
from shared.domain import names
from shared.domain.content import Content
from shared.domain.deployments import Deployment
from shared.domain.money import PriceBook
from shared.domain.policy import BUILT_IN, Policy
from shared.domain.policy_place import PolicyBlob
from shared.domain.policy_reading import Surroundings
from shared.domain.screening import ScreeningRules
from shared.errors import AlreadyThere, Changed, CorruptJournal
from shared.security.callers import CallerBook
from shared.security.keys import KeyRing
from shared.security.outbound import OutboundRules

# Callers of one process whose answer is held back at a time: a quarter of those it can serve.
WAITING_PLACES = 4


@dataclass(frozen=True, slots=True)
class Terms:
    """The settings that the chain reads."""

    app_name: str
    public_url: str
    ring: KeyRing
    callers: CallerBook
    deployments: tuple[Deployment, ...]
    prices: PriceBook
    outbound: OutboundRules
    default_approval: Mapping[str, Any] | str
    on_unknown: str
    attention_deadline_s: int
    max_wait_days: int
    entra_audience: str | None = None
    # None: what is to be drawn is not screened.
    screening: ScreeningRules | None = None
    # Images that nobody has described get a draft.
    draft_alt_texts: bool = False
    policy: Policy | PolicyBlob = BUILT_IN
    policy_surroundings: Surroundings = field(default_factory=Surroundings)


@dataclass(frozen=True)
class Services:
    terms: Terms
    clock: Clock
    entropy: Entropy
    appends: AppendBlobs
    blobs: Blobs
    queue: Queue
    model: ImageModel
    webhooks: Webhooks
    fetcher: Fetcher
    blob_links: BlobLinks
    # None: no Event Grid topic is set.
    topic: Topic | None = None
    # None: manifests of images are seen, and nobody checks them.
    judge: ManifestJudge | None = None
    # None: no Content Safety resource is set.
    screener: Screener | None = None
    # None: no model describes images.
    describer: AltTextModel | None = None
    # Threads of one process take turns at what they would otherwise contend for.
    new_lock: NewLock = Lock
    waiting_places: BoundedSemaphore = field(
        default_factory=lambda: BoundedSemaphore(WAITING_PLACES), compare=False
    )

    @cached_property
    def journals(self) -> Journals:
        return Journals(self.appends, self.clock, self.entropy)

    @cached_property
    def due(self) -> DueIndex:
        return DueIndex(self.blobs, self.clock, self.entropy)

    @cached_property
    def pacer(self) -> Pacer:
        return Pacer(self.blobs, self.clock, self.entropy, self.new_lock)

    @cached_property
    def streams(self) -> Streams:
        return Streams(self.appends, self.clock, self.entropy, self.due, self.queue)

    @cached_property
    def subscriptions(self) -> Subscriptions:
        return Subscriptions(self.blobs, self.clock, self.entropy, self.terms.ring)

    @cached_property
    def templates(self) -> Templates:
        return Templates(self.blobs, self.clock)

    @cached_property
    def standing(self) -> Standing:
        return Standing(self.clock)

    @cached_property
    def topic_since(self) -> TopicSince:
        return TopicSince(self.blobs, self.clock, self.topic.name if self.topic else "")

    @cached_property
    def breakers(self) -> Breakers:
        return Breakers(self.blobs, self.clock, self.streams)

    @cached_property
    def conditions(self) -> Conditions:
        return Conditions(self.breakers, self.clock, self.terms.deployments, self.pacer.view)

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self.appends, self.blobs, self.clock)

    @cached_property
    def budgets(self) -> Budgets:
        return Budgets(
            self.blobs, self.clock, self.entropy, self.streams, self.ledger, self.new_lock
        )

    @cached_property
    def open_requests(self) -> OpenRequests:
        return OpenRequests(self.blobs, self.journals, self.clock, self.entropy)

    @cached_property
    def waits(self) -> Waits:
        return Waits(self.blobs, self.journals)

    @cached_property
    def contents(self) -> "Contents":
        return Contents(self.blobs)

    @cached_property
    def links(self) -> Links:
        return Links(self.terms.public_url, self.terms.ring)

    @cached_property
    def readiness(self) -> Readiness:
        return Readiness(self.blobs, self.clock, self.conditions, self.policy)

    @cached_property
    def policy(self) -> PolicyInForce:
        terms = self.terms
        return PolicyInForce(self.blobs, self.clock, terms.policy, terms.policy_surroundings)


@dataclass(frozen=True, slots=True)
class Contents:
    """The erasable halves of requests."""

    blobs: Blobs

    def read(self, request_id: str) -> Content | None:
        found = self.blobs.read(names.CONTENT, names.content_of(request_id))
        return _parsed(found.data) if found else None

    def create(self, request_id: str, content: Content) -> Content:
        """Store it, unless it is there: what is stored may have grown since, and wins."""
        try:
            self.blobs.put(
                names.CONTENT, names.content_of(request_id), _written(content), if_absent=True
            )
        except AlreadyThere:
            return self.read(request_id) or content
        return content

    def update(self, request_id: str, change: Callable[[Content], Content]) -> None:
        """Apply `change` to what is there, as often as others are faster; nothing if gone."""
        name = names.content_of(request_id)
        while (found := self.blobs.read(names.CONTENT, name)) is not None:
            try:
                data = _written(change(_parsed(found.data)))
                self.blobs.put(names.CONTENT, name, data, if_match=found.etag)
                return
            except Changed:
                continue


def _written(content: Content) -> bytes:
    return content.model_dump_json(by_alias=True).encode()


def _parsed(data: bytes) -> Content:
    try:
        return Content.model_validate_json(data)
    except ValidationError:
        raise CorruptJournal("The content blob is not one of ours.") from None
