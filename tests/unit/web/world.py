"""The app on fakes: real requests and messages in, real answers out."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import azure.functions as func
from azure.functions.queue import QueueMessage

from shared.chain.services import Services, Terms
from shared.domain import names
from shared.domain.deployments import Deployment
from shared.domain.money import PriceBook
from shared.security.callers import Caller, CallerBook, Role
from shared.security.keys import KeyRing, SigningKey
from shared.security.outbound import OutboundRules
from shared.services import PRICES
from shared.web.access import Gate
from shared.web.boundary import handle
from shared.web.queues import take
from shared.web.table import ROUTES
from tests.fakes import (
    MemoryAppendBlobs,
    MemoryBlobs,
    MemoryQueue,
    MemoryStore,
    ScriptedModel,
    ScriptedWebhooks,
    SeededEntropy,
    VirtualClock,
)
from tests.fakes_of_inputs import MemoryBlobLinks, ScriptedFetcher

PUBLIC_URL = "https://darkroom.example/api"
RING = KeyRing((SigningKey("k1", b"0123456789abcdef0123456789abcdef"),))
PROMPT = "A lighthouse at dusk, watercolour"
SUBMIT: Mapping[str, Any] = {"prompt": PROMPT}
CALLBACK = "https://prod-00.westeurope.logic.azure.com/workflows/1"
PRINCIPAL = "0f8fad5b-d9cb-469f-a165-70867728950e"

FLOW, OTHER, READER, OPERATOR = "flow-key", "other-key", "reader-key", "op-key"
OWNER, POWERLESS = "owner-key", "powerless-key"
_ROLES: Mapping[str, tuple[str, frozenset[Role]]] = {
    FLOW: ("flow", frozenset({Role.SUBMIT, Role.READ, Role.DECIDE})),
    OTHER: ("other", frozenset({Role.SUBMIT, Role.READ})),
    READER: ("reader", frozenset({Role.READ})),
    OPERATOR: ("operator", frozenset(Role) - {Role.DECIDE_OWN}),
    OWNER: ("owner", frozenset(Role)),
    POWERLESS: ("powerless", frozenset()),
}


def book() -> CallerBook:
    callers = [
        Caller(name, roles, (hashlib.sha256(key.encode()).hexdigest(),))
        for key, (name, roles) in _ROLES.items()
    ]
    entra = Caller("entra", frozenset({Role.READ}), principals=(PRINCIPAL,))
    return CallerBook((*callers, entra))


def terms(**changed: Any) -> Terms:
    deployment = Deployment(
        "img-test", "https://res.example", "image", "gpt-image-2", "v1", None, 60.0
    )
    values: dict[str, Any] = {
        "app_name": "test",
        "public_url": PUBLIC_URL,
        "ring": RING,
        "callers": book(),
        "deployments": (deployment,),
        "prices": PriceBook.model_validate_json(PRICES.read_bytes()),
        "outbound": OutboundRules(),
        "default_approval": {"after": [{"name": "review"}]},
        "on_unknown": "hold",
        "attention_deadline_s": 3600,
        "max_wait_days": 30,
    }
    return Terms(**values | changed)


@dataclass
class World:
    """`gate` as the settings would make it; `model` plays what the tests want."""

    model: ScriptedModel = field(default_factory=ScriptedModel)
    webhooks: ScriptedWebhooks = field(default_factory=ScriptedWebhooks)
    fetcher: ScriptedFetcher = field(default_factory=ScriptedFetcher)
    gate: Gate = field(default_factory=Gate)
    terms: Terms = field(default_factory=terms)
    store: MemoryStore = field(default_factory=MemoryStore)
    clock: VirtualClock = field(default_factory=VirtualClock)

    @cached_property
    def queue(self) -> MemoryQueue:
        return MemoryQueue(self.clock)

    @cached_property
    def s(self) -> Services:
        return Services(
            terms=self.terms,
            clock=self.clock,
            entropy=SeededEntropy(),
            appends=MemoryAppendBlobs(self.store),
            blobs=MemoryBlobs(self.store),
            queue=self.queue,
            model=self.model,
            webhooks=self.webhooks,
            fetcher=self.fetcher,
            blob_links=MemoryBlobLinks(self.store, self.clock),
        )

    @property
    def untouched(self) -> bool:
        return not self.store.blobs and not any(self.queue.messages.values())

    def http(
        self,
        name: str,
        /,
        body: object = None,
        *,
        key: str | None = FLOW,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **params: str,
    ) -> "Answered":
        """Call one function; a body that is not bytes is sent as JSON."""
        route = ROUTES[name]
        path = route.path.format(**params)
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body)
        keyed = {"x-functions-key": key} if key is not None else {}
        request = func.HttpRequest(
            route.method,
            f"{PUBLIC_URL}/{path}?code=never-shown",
            headers={**keyed, **(headers or {})},
            params=dict(query or {}),
            route_params=params,
            body=data if isinstance(data, bytes) else data.encode(),
        )
        return Answered(handle(name, request, self.s, self.gate))

    def submitted(self, body: Mapping[str, Any] = SUBMIT, key: str = FLOW) -> str:
        answer = self.http("submit", dict(body), key=key)
        assert answer.status == 202, answer.json
        return str(answer.json["id"])

    def reviewing(self, body: Mapping[str, Any] = SUBMIT, key: str = FLOW) -> str:
        request_id = self.submitted(body, key)
        self.drain()
        return request_id

    def message(
        self, name: str, text: str | bytes, message_id: str = "m-1", attempt: int = 1
    ) -> None:
        data = text if isinstance(text, bytes) else text.encode()
        take(name, message_of(data, message_id, self.clock, attempt), self.s)

    def drain(self) -> None:
        """Hand out every message that is visible now, until there is none."""
        functions = {names.STEP_QUEUE: "step_message", names.EVENT_QUEUE: "event_message"}
        for _ in range(100):
            held = [(q, self.queue.receive(q)) for q in functions]
            taken = [(queue, message) for queue, message in held if message]
            for queue, message in taken:
                self.message(functions[queue], message.text)
                self.queue.delete(queue, message)
            if not taken:
                return
        raise AssertionError("the queues never became empty")

    def resource(self, request_id: str) -> dict[str, Any]:
        return self.http("get_image", key=OWNER, id=request_id).json

    def token(self, request_id: str, **changed: Any) -> str:
        """The review token of the open stage."""
        request = self.s.journals.load(request_id).request
        assert request.opening is not None
        opening = request.opening
        given: dict[str, Any] = {
            "phase": "after",
            "stage": opening.stage,
            "manifest": opening.manifest_sha256,
            "expires_at": opening.deadline,
        }
        return self.s.links.token(request, **given | changed)

    def requests(self) -> list[str]:
        """The journals of requests; what a refused message left behind is none."""
        return [name for name in self.store.names(names.REQUESTS) if "/" not in name]

    def dead(self) -> list[dict[str, Any]]:
        found = self.store.names(names.DEAD)
        return [json.loads(self.store.blobs[names.DEAD, name].data) for name in found]


@dataclass(frozen=True)
class Answered:
    response: func.HttpResponse

    @property
    def status(self) -> int:
        return int(self.response.status_code)

    @property
    def headers(self) -> dict[str, str]:
        return dict(self.response.headers)

    @property
    def body(self) -> bytes:
        return self.response.get_body()

    @property
    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    @property
    def code(self) -> str:
        assert self.headers["Content-Type"] == "application/problem+json"
        assert self.json["status"] == self.status
        return str(self.json["code"])

    @property
    def pointers(self) -> set[str]:
        return {fault["pointer"] for fault in self.json["errors"]}


def message_of(
    data: bytes, message_id: str, clock: VirtualClock, attempt: int = 1
) -> func.QueueMessage:
    return QueueMessage(  # type: ignore[no-untyped-call]
        id=message_id, body=data, dequeue_count=attempt, insertion_time=clock.now(), pop_receipt="r"
    )


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))
