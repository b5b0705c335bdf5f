"""
A whole Darkroom in memory, in virtual time, in which anything can go wrong at one point.

Every port call of every invocation passes a gate that counts it. A `Fault` names one call and
what happens there; the rest of the world goes on as it would.
"""

from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache, cached_property, partial
from typing import Any

from azure.functions import QueueMessage

from shared.chain.accept import accept
from shared.chain.advance import advance
from shared.chain.deliver import deliver
from shared.chain.due import entry_of
from shared.chain.journal import Journals
from shared.chain.order import order_of
from shared.chain.request_keys import Origin
from shared.chain.runner import InvocationFailed
from shared.chain.services import Services, Terms
from shared.chain.sweep import sight_of, sweep
from shared.domain import names
from shared.domain.deployments import Deployment
from shared.domain.messages import EventMessage, Nudge
from shared.domain.money import PriceBook, Rates
from shared.domain.orchestrators import OrchestratorRates
from shared.domain.request import Request
from shared.domain.screening import ScreeningRules
from shared.domain.submission import SubmitBody
from shared.errors import (
    CallerError,
    DarkroomError,
    ModelError,
    StorageError,
)
from shared.security.callers import Caller, CallerBook, Role
from shared.security.keys import KeyRing, SigningKey
from shared.security.outbound import OutboundRules
from shared.web.queues import take
from tests.crash.faults import Died, Fault, Gate, Second, Watched
from tests.crash.listed import check_listed
from tests.crash.ports import Fetching, Interrupted, Publishing, Receiver, Screening
from tests.fakes import (
    MemoryAppendBlobs,
    MemoryBlobs,
    MemoryQueue,
    MemoryStore,
    ScriptedModel,
    ScriptedTopic,
    ScriptedWebhooks,
    SeededEntropy,
    VirtualClock,
)
from tests.fakes_of_alt_texts import ScriptedDescriber
from tests.fakes_of_inputs import MemoryBlobLinks, ScriptedFetcher
from tests.fakes_of_screening import ScriptedScreener

PROMPT = "canary-prompt: a lighthouse at dusk"
CALLBACK_URL = "https://flow.logic.azure.com/canary-callback"
CALLER = Caller("marketing", frozenset(Role))
MINUTE, RESOLUTION = timedelta(minutes=1), timedelta(microseconds=1)
PRICES = PriceBook(
    version="2026-11",
    currency="USD",
    models={"gpt-image-2": Rates(text_in=5, image_in=8, image_out=30, text_out=10)},
    orchestrators={"gpt-5-mini": OrchestratorRates(text_in=0.25, text_out=2.0)},
)


POISON_HANDLERS = {
    names.REQUEST_QUEUE: "request_poison",
    names.STEP_QUEUE: "step_poison",
    names.EVENT_QUEUE: "event_poison",
}

known_entry = cache(entry_of)


def _full_minute(at: Any) -> Any:
    return at.replace(second=0, microsecond=0)


@dataclass
class World:
    """`script` is what callers and people do; each step runs until the world is quiet."""

    fault: Fault | None = None
    model: ScriptedModel = field(default_factory=ScriptedModel)
    webhooks: ScriptedWebhooks = field(default_factory=ScriptedWebhooks)
    fetcher: ScriptedFetcher = field(default_factory=ScriptedFetcher)
    topic: ScriptedTopic | None = None
    screener: ScriptedScreener | None = None
    on_unknown: str = "hold"
    caller: Caller = CALLER
    rival: Callable[[], None] | None = None

    def __post_init__(self) -> None:
        self.clock, self.store = VirtualClock(), MemoryStore()
        self.queue = MemoryQueue(self.clock)
        self.gate = Gate(self)
        self.second: Second | None = None
        self.describer: ScriptedDescriber | None = None
        self.current: Callable[[], None] | None = None
        self.during_call: Callable[[], None] | None = None
        self.arrived_at: list[Any] = []
        self.arrived: list[dict[str, str]] = []
        self.called_at: dict[str, Any] = {}
        self.swept = self.clock.now() - MINUTE
        self.left_at = self.clock.now()
        self.s = self._services()

    def _services(self) -> Services:
        watched = {
            "appends": MemoryAppendBlobs(self.store),
            "blobs": MemoryBlobs(self.store),
            "queue": self.queue,
            "model": Interrupted(self),
            "webhooks": Receiver(self),
            "fetcher": Fetching(self),
            "blob_links": MemoryBlobLinks(self.store, self.clock),
        }
        watched |= {"topic": Publishing(self)} if self.topic else {}
        ports: Any = {name: Watched(port, name, self.gate) for name, port in watched.items()}
        return Services(
            terms=terms(self.on_unknown, self.caller),
            clock=self.clock,
            entropy=SeededEntropy(7),
            new_lock=nullcontext,  # the two workers of a history are two processes
            **ports,
        )

    def screen(self, screener: ScriptedScreener, **rules: Any) -> None:
        """From now on have what is to be drawn screened."""
        self.screener = screener
        agreed = replace(self.s.terms, screening=ScreeningRules(**rules))
        port: Any = Watched(Screening(self), "screener", self.gate)
        self.s = replace(self.s, terms=agreed, screener=port)

    def describe(self, *script: str | ModelError) -> ScriptedDescriber:
        """From now on have images described where their caller has not."""
        self.describer = ScriptedDescriber(*script)
        agreed = replace(self.s.terms, draft_alt_texts=True)
        port: Any = Watched(self.describer, "describer", self.gate)
        self.s = replace(self.s, terms=agreed, describer=port)
        return self.describer

    def deploy(self, *deployments: str) -> None:
        """Have deployments of these names, the first to be asked first."""
        [one] = self.s.terms.deployments
        found = tuple(
            replace(one, name=name, priority=number) for number, name in enumerate(deployments)
        )
        self.s = replace(self.s, terms=replace(self.s.terms, deployments=found))

    # -- invocations -----------------------------------------------------------------

    def invoke(self, work: Callable[[], Any]) -> Any:
        """One invocation; it may die, and a second one of it may be under way."""
        outer, self.current = self.current, work
        try:
            return work()
        finally:
            self.current = outer
            second, self.second = self.second, None
            if second is not None:
                second.finish()

    def again(self) -> None:
        """The same invocation once more, or the rival's, if there is one; it may fail."""
        work, self.rival = self.rival or self.current, None
        assert work is not None
        with suppress(DarkroomError, Died):
            work()

    def meanwhile(self, work: Callable[[], Any]) -> None:
        self.gate.open = False
        try:
            work()
        finally:
            self.gate.open = True

    @cached_property
    def onlooker(self) -> Journals:
        return Journals(MemoryAppendBlobs(self.store), self.clock, SeededEntropy())

    def request(self, request_id: str) -> Request:
        """As an onlooker sees it, who disturbs nothing and also looks into the lists."""
        found = self.onlooker.load(request_id).request
        check_listed(self.store, found)
        return found

    @property
    def froze_within_the_call(self) -> bool:
        """Between the last look at the clock and the first byte sent nobody can help."""
        return "model.generate" in self.gate.frozen_at

    # -- time ------------------------------------------------------------------------

    def run_for(self, seconds: float) -> None:
        self.run_until(self.clock.now() + timedelta(seconds=seconds))

    def run_until(self, end: Any) -> None:
        """Messages when they are visible, a sweep each minute that has anything due."""
        for _ in range(20_000):
            while self._receive():
                pass
            nxt = self._next_time()
            if nxt is None or nxt > end:
                self.clock.advance(max((end - self.clock.now()).total_seconds(), 0))
                return
            self.clock.advance(max((nxt - self.clock.now()).total_seconds(), 0))
            self._sweep_if_due()
        raise AssertionError("the world does not come to rest")

    def _next_time(self) -> Any:
        times = [self.queue.next_visible_at(), self._next_sweep()]
        return min((time for time in times if time), default=None)

    def _sweep_if_due(self) -> None:
        """Also late: a worker that waits in place moves the clock past a full minute."""
        at = self._next_sweep()
        if at is not None and at <= self.clock.now():
            self.swept = _full_minute(self.clock.now())
            with suppress(DarkroomError, Died):
                self.invoke(lambda: sweep(self.s))
            self.clock.advance(0.001)

    def _next_sweep(self) -> Any:
        """The first full minute, after that of the last sweep, with an entry in its sight."""
        entries = [known_entry(name) for name in self.store.names(names.STATE, "due/")]
        if not entries:
            return None
        first = min(sight_of(entry) for entry in entries if entry)
        time = max(first, self.swept + MINUTE)
        return max(_full_minute(time + MINUTE - RESOLUTION), self.swept + MINUTE)

    def _receive(self) -> bool:
        for queue, handle in (
            (names.STEP_QUEUE, self._step),
            (names.EVENT_QUEUE, self._event),
            (names.REQUEST_QUEUE, self._request),
        ):
            message = self.queue.receive(queue)
            if message is None:
                continue
            try:
                self.invoke(partial(handle, message.text))
                self.queue.delete(queue, message)
            except Died:
                pass  # leased for ten minutes, then visible again
            except DarkroomError:
                message.visible_at = self.clock.now() + timedelta(seconds=30)
                if message.dequeue_count >= 5:
                    self._poison(queue, message)
            return True
        return False

    def _step(self, text: str) -> None:
        advance(Nudge.model_validate_json(text), self.s)

    def _event(self, text: str) -> None:
        deliver(EventMessage.model_validate_json(text), self.s)

    def _request(self, text: str) -> None:
        try:
            take("request_message", QueueMessage(id="by-queue", body=text), self.s)
        except InvocationFailed:
            raise StorageError from None

    def _poison(self, queue: str, message: Any) -> None:
        self.queue.delete(queue, message)
        poisoned = QueueMessage(id="poisoned", body=message.text)
        self.meanwhile(partial(take, POISON_HANDLERS[queue], poisoned, self.s))

    # -- callers ---------------------------------------------------------------------

    def submit(self, key: str = "k1", **fields: Any) -> str:
        """A flow that repeats the action, with the same key, until it is answered."""
        return str(self.insist(partial(self.submit_once, key, **fields)))

    def submit_once(self, key: str, **fields: Any) -> str:
        body = self.order(**fields)
        order = order_of(body, SubmitBody, self.caller, Origin(key=key), self.s)
        return accept(order, self.s).id

    def order(self, **fields: Any) -> dict[str, Any]:
        return {
            "prompt": PROMPT,
            "callbackUrl": CALLBACK_URL,
            "callbackEvents": ["*"],
            "requestedBy": "canary@contoso.com",
            **fields,
        }

    def insist(self, work: Callable[[], Any]) -> Any:
        for _ in range(10):
            try:
                answer = self.invoke(work)
            except Died:
                self.run_for(30)
            except CallerError as error:
                return error
            except DarkroomError:
                self.run_for(30)
            else:
                return answer
        raise AssertionError("the caller never got an answer")


def terms(on_unknown: str = "hold", caller: Caller = CALLER) -> Terms:
    return Terms(
        app_name="local",
        public_url="https://darkroom.example/api",
        ring=KeyRing((SigningKey("k", b"s" * 32),)),
        callers=CallerBook((caller,)),
        deployments=(
            Deployment(
                name="img",
                endpoint="https://example.openai.azure.com",
                deployment="img",
                model="gpt-image-2",
                api="v1",
                api_version=None,
                requests_per_minute=60,
            ),
        ),
        prices=PRICES,
        outbound=OutboundRules(("*.logic.azure.com",), False),
        default_approval={"after": [{"name": "brand", "deadline": "PT72H"}]},
        on_unknown=on_unknown,
        attention_deadline_s=14 * 86_400,
        max_wait_days=180,
    )
