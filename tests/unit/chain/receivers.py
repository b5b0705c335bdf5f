"""Receivers by address: each answers by its own plan, and keeps what it got."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.chain.ports import WebhookAnswer
from shared.chain.subscriptions import Subscriptions
from shared.domain.subscriptions import Subscription
from shared.errors import ServiceError
from tests.crash.world import World
from tests.fakes import START, Posted, ScriptedWebhooks

Plan = Callable[[Posted], WebhookAnswer | ServiceError]


def always(answer: WebhookAnswer | ServiceError) -> Plan:
    return lambda post: answer


@dataclass
class Receivers(ScriptedWebhooks):
    """Implements `Webhooks`: who has no plan answers 200. `times` are those of the attempts."""

    plans: dict[str, Plan] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()
        self.clock: Any = None
        self.times: list[Any] = []

    def post(
        self, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> WebhookAnswer:
        super().post(url, headers, body, timeout_s)
        self.times.append(self.clock.now() if self.clock else None)
        answer = self.plans.get(url, always(WebhookAnswer(200)))(self.posted[-1])
        if isinstance(answer, ServiceError):
            raise answer
        return answer

    def to(self, url: str) -> list[Posted]:
        return [post for post in self.posted if post.url == url]

    def seqs(self, url: str) -> list[int]:
        return [int(post.headers["ce-sequence"]) for post in self.to(url)]


def world_of(**plans: Plan) -> World:
    """A world whose receivers have these plans; their names are their hosts'."""
    receivers = Receivers({url_of(name): plan for name, plan in plans.items()})
    world = World(webhooks=receivers)
    receivers.clock = world.clock
    return world


def url_of(name: str) -> str:
    return f"https://{name}.logic.azure.com/hook"


def subscribed(world: World, name: str, **fields: Any) -> Subscription:
    """A subscription of the world's caller, before anything happens."""
    known = {"id": "", "caller": world.caller.name, "secrets": (), "created_at": START}
    wanted = Subscription(**known | {"notification_url": url_of(name)} | fields)
    return service(world).subscribe(wanted)[0]


def service(world: World) -> Subscriptions:
    return world.s.subscriptions


def receivers(world: World) -> Receivers:
    assert isinstance(world.webhooks, Receivers)
    return world.webhooks
