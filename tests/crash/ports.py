"""The world's services that keep what a scenario asks about, or that it chooses later."""

from typing import TYPE_CHECKING, Any

from shared.chain.ports import WebhookAnswer
from shared.domain.screening import Finding

if TYPE_CHECKING:
    from tests.crash.world import World


class Interrupted:
    """The model, with something happening while it works."""

    def __init__(self, world: "World") -> None:
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

    def __init__(self, world: "World") -> None:
        self._world = world

    def publish(self, body: bytes, timeout_s: float) -> WebhookAnswer:
        assert self._world.topic is not None
        return self._world.topic.publish(body, timeout_s)


class Receiver:
    """The callback's receiver; keeps what really arrived."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def post(self, url: str, headers: Any, body: bytes, timeout_s: float) -> WebhookAnswer:
        answer = self._world.webhooks.post(url, headers, body, timeout_s)
        if answer.status == 200:
            self._world.arrived.append(dict(headers))
            self._world.arrived_at.append(self._world.clock.now())
        return answer


class Screening:
    """Content Safety, which a scenario may choose after the world was made."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def screen(self, text: str, blocklists: Any, timeout_s: float) -> Finding:
        assert self._world.screener is not None
        return self._world.screener.screen(text, blocklists, timeout_s)


class Fetching:
    """The hosts of input images, which a scenario may choose after the world was made."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def get(self, url: str, most_bytes: int, timeout_s: float, write: Any) -> bool:
        return self._world.fetcher.get(url, most_bytes, timeout_s, write)
