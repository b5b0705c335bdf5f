"""What the chain works with: the ports and the settings, in one frozen value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from threading import BoundedSemaphore, Lock
from typing import Any

from shared.chain.alt_text_port import AltTextModel
from shared.chain.breakers import Breakers
from shared.chain.budgets import Budgets
from shared.chain.conditions import Conditions
from shared.chain.contents import Contents
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
from shared.chain.prices_in_force import PricesInForce
from shared.chain.readiness import Readiness
from shared.chain.screening_port import Screener
from shared.chain.standing import Standing
from shared.chain.streams import Streams
from shared.chain.subscriptions import Subscriptions
from shared.chain.templates import Templates
from shared.chain.topic_since import TopicSince
from shared.chain.waits import Waits
from shared.domain.deployments import Deployment
from shared.domain.document_place import DocumentBlob
from shared.domain.money import PriceBook
from shared.domain.policy import BUILT_IN, Policy
from shared.domain.policy_reading import Surroundings
from shared.domain.price_views import PricesStanding, standing_of
from shared.domain.screening import ScreeningRules
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
    policy: Policy | DocumentBlob = BUILT_IN
    policy_surroundings: Surroundings = field(default_factory=Surroundings)
    # None: `prices` hold. Else those of a blob do, and `prices` are none.
    later_prices: PricesInForce | None = None
    prices_given: PricesStanding | None = None

    @property
    def book(self) -> PriceBook:
        """
        The prices that hold now.

        Raises:
            PricesUnavailable: none could be read yet.
        """
        return self.later_prices.current() if self.later_prices else self.prices

    @property
    def priced(self) -> bool:
        return self.later_prices is None or self.later_prices.known() is not None

    def prices_standing(self) -> PricesStanding:
        if self.later_prices is not None:
            return self.later_prices.standing()
        return self.prices_given or standing_of(self.prices, "builtIn")


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
    def contents(self) -> Contents:
        return Contents(self.blobs)

    @cached_property
    def links(self) -> Links:
        return Links(self.terms.public_url, self.terms.ring)

    @cached_property
    def readiness(self) -> Readiness:
        return Readiness(
            self.blobs, self.clock, self.conditions, self.policy, self.terms.prices_standing
        )

    @cached_property
    def policy(self) -> PolicyInForce:
        terms = self.terms
        return PolicyInForce(self.blobs, self.clock, terms.policy, terms.policy_surroundings)
