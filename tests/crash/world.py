"""
A whole Darkroom in memory, in virtual time, in which anything can go wrong at one point.

Every port call of every invocation passes a gate that counts it. A `Fault` names one call and
what happens there; the rest of the world goes on as it would.
"""

import json
import threading
from collections.abc import Callable, Iterator
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
from shared.chain.ports import WebhookAnswer
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
from shared.domain.screening import Finding, ScreeningRules
from shared.domain.submission import SubmitBody
from shared.errors import (
    CallerError,
    DarkroomError,
    ModelError,
    ModelNotSent,
    ModelUnknown,
    ScreeningError,
    ServiceError,
    SinkError,
    StorageError,
)
from shared.security.callers import Caller, CallerBook, Role
from shared.security.keys import KeyRing, SigningKey
from shared.security.outbound import OutboundRules
from shared.web.queues import take
from tests.crash.listed import check_listed
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
FREEZE_S = 800.0
MINUTE, RESOLUTION = timedelta(minutes=1), timedelta(microseconds=1)
PRICES = PriceBook(
    version="2026-11",
    currency="USD",
    models={"gpt-image-2": Rates(text_in=5, image_in=8, image_out=30, text_out=10)},
    orchestrators={"gpt-5-mini": OrchestratorRates(text_in=0.25, text_out=2.0)},
)


known_entry = cache(entry_of)


class Died(BaseException):
    """The process is gone: nothing in it may catch this."""


@dataclass(frozen=True)
class Fault:
    """`kind` happens at call number `at`; `at2` is where a second worker pauses, if it does."""

    kind: str
    at: int
    at2: int = 0


KINDS = (
    "die_before",
    "die_after",
    "unavailable",
    "lost_answer",
    "lost_message",
    "freeze_before",
    "freeze_after",
    "twice_before",
    "twice_after",
)


class Gate:
    """Counts port calls; at the fault's call, lets the fault happen."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.count = 0
        self.log: list[str] = []
        self.frozen_at: list[str] = []
        self.open = True

    def __call__(self, what: str, call: Callable[[], Any]) -> Any:
        fault = self._world.fault
        inner = self._world.second
        if inner is not None and inner.is_current():
            return inner.gate(call)
        if not self.open:
            return call()
        self.count += 1
        self.log.append(what)
        if fault is None or self.count != fault.at:
            return call()
        return getattr(self, "_" + fault.kind)(what, call)

    def _die_before(self, what: str, call: Callable[[], Any]) -> Any:
        raise Died

    def _die_after(self, what: str, call: Callable[[], Any]) -> Any:
        call()
        raise Died

    def _unavailable(self, what: str, call: Callable[[], Any]) -> Any:
        raise _failure(what)

    def _lost_answer(self, what: str, call: Callable[[], Any]) -> Any:
        call()
        raise _failure(what)

    def _lost_message(self, what: str, call: Callable[[], Any]) -> Any:
        return None if what == "queue.send" else call()

    def _freeze_before(self, what: str, call: Callable[[], Any]) -> Any:
        self.frozen_at.append(what)
        self._world.meanwhile(lambda: self._world.run_for(FREEZE_S))
        return call()

    def _freeze_after(self, what: str, call: Callable[[], Any]) -> Any:
        answer = call()
        self._world.meanwhile(lambda: self._world.run_for(FREEZE_S))
        return answer

    def _freeze_then_die(self, what: str, call: Callable[[], Any]) -> Any:
        """The worker wakes up long after, gets a few calls further, and dies."""
        assert self._world.fault is not None
        self._world.fault = Fault("die_after", self.count + self._world.fault.at2)
        return self._freeze_after(what, call)

    def _twice_before(self, what: str, call: Callable[[], Any]) -> Any:
        self._world.meanwhile(self._world.again)
        return call()

    def _twice_after(self, what: str, call: Callable[[], Any]) -> Any:
        answer = call()
        self._world.meanwhile(self._world.again)
        return answer

    def _interleaved(self, what: str, call: Callable[[], Any]) -> Any:
        assert self._world.fault is not None
        self._world.second = Second(self._world.again, self._world.fault.at2)
        self._world.second.run_until_pause()
        return call()


def _failure(what: str) -> ServiceError:
    if what.startswith("model"):
        return ModelNotSent() if what == "model.prepare" else ModelUnknown()
    if what.startswith("describer"):
        return ModelUnknown()
    if what.startswith("screener"):
        return ScreeningError()
    return SinkError() if what.startswith("webhooks") else StorageError()


def _full_minute(at: Any) -> Any:
    return at.replace(second=0, microsecond=0)


class Second:
    """A second worker in a thread of its own; only one of the two ever runs."""

    def __init__(self, work: Callable[[], None], pause_at: int) -> None:
        self._pause_at, self._count = pause_at, 0
        self._mine, self._theirs = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, args=(work,))
        self.failed: BaseException | None = None

    def is_current(self) -> bool:
        return threading.current_thread() is self._thread

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            self.failed = error
        self._theirs.set()

    def gate(self, call: Callable[[], Any]) -> Any:
        self._count += 1
        if self._count == self._pause_at:
            self._theirs.set()
            self._mine.wait()
        return call()

    def run_until_pause(self) -> None:
        self._thread.start()
        self._theirs.wait()

    def finish(self) -> None:
        self._mine.set()
        self._thread.join()


class Watched:
    """A port whose calls pass the gate."""

    def __init__(self, port: Any, name: str, gate: Gate) -> None:
        self._port, self._name, self._gate = port, name, gate

    def __getattr__(self, method: str) -> Any:
        call = getattr(self._port, method)
        if not callable(call):
            return call
        what = f"{self._name}.{method}"

        def watched(*args: Any, **kwargs: Any) -> Any:
            answer = self._gate(what, lambda: _now(call(*args, **kwargs)))
            if method == "writer":
                return Watched(answer, f"{self._name}.writer", self._gate)
            return answer

        return watched


def _now(answer: Any) -> Any:
    return list(answer) if isinstance(answer, Iterator) else answer


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
            (names.STEP_QUEUE, lambda text: advance(Nudge.model_validate_json(text), self.s)),
            (
                names.EVENT_QUEUE,
                lambda text: deliver(EventMessage.model_validate_json(text), self.s),
            ),
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
        body = json.loads(message.text)
        request_id = body.get("requestId") or names.subject_of(body["stream"])
        later = self.clock.now() + timedelta(minutes=5)
        self.meanwhile(partial(self.s.due.later, request_id, 0, later))

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


class Interrupted:
    """The model, with something happening while it works."""

    def __init__(self, world: World) -> None:
        self._world = world

    def prepare(self, deployment: str) -> None:
        self._world.model.prepare(deployment)

    def generate(self, call: Any, sink: Any) -> Any:
        during, self._world.during_call = self._world.during_call, None
        if during is not None:
            self._world.meanwhile(during)
        self._world.called_at[call.client_request_id] = self._world.clock.now()
        return self._world.model.generate(call, sink)


class Publishing:
    """The Event Grid topic, which a scenario may choose after the world was made."""

    name = "topic"

    def __init__(self, world: World) -> None:
        self._world = world

    def publish(self, body: bytes, timeout_s: float) -> WebhookAnswer:
        assert self._world.topic is not None
        return self._world.topic.publish(body, timeout_s)


class Receiver:
    """The callback's receiver; keeps what really arrived."""

    def __init__(self, world: World) -> None:
        self._world = world

    def post(self, url: str, headers: Any, body: bytes, timeout_s: float) -> WebhookAnswer:
        answer = self._world.webhooks.post(url, headers, body, timeout_s)
        if answer.status == 200:
            self._world.arrived.append(dict(headers))
            self._world.arrived_at.append(self._world.clock.now())
        return answer


class Screening:
    """Content Safety, which a scenario may choose after the world was made."""

    def __init__(self, world: World) -> None:
        self._world = world

    def screen(self, text: str, blocklists: Any, timeout_s: float) -> Finding:
        assert self._world.screener is not None
        return self._world.screener.screen(text, blocklists, timeout_s)


class Fetching:
    """The hosts of input images, which a scenario may choose after the world was made."""

    def __init__(self, world: World) -> None:
        self._world = world

    def get(self, url: str, most_bytes: int, timeout_s: float, write: Any) -> bool:
        return self._world.fetcher.get(url, most_bytes, timeout_s, write)


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
