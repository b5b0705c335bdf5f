"""Whether the app is there and can work; and the key that signs callbacks."""

from typing import Literal

from shared.chain.services import Services
from shared.domain.values import Value
from shared.security.callers import Role
from shared.security.signatures import webhook_key as key_of
from shared.web.exchange import Answer, Call, answer

VERSION = "0.1.0"


class Alive(Value):
    status: Literal["alive"] = "alive"
    version: str = VERSION


class Ready(Value):
    """`missing`: the first container that could not be listed; for operators only."""

    status: Literal["ready", "degraded", "down"]
    version: str | None = None
    missing: str | None = None


class WebhookKey(Value):
    """Signs callbacks that brought no secret of their own."""

    key: str


def alive(call: Call, s: Services) -> Answer:
    return answer(200, Alive())


def ready(call: Call, s: Services) -> Answer:
    missing = s.readiness.look().missing
    body = Ready(status="down" if missing else "ready")
    if call.caller and Role.OPERATE in call.caller.roles:
        body = body.model_copy(update={"version": VERSION, "missing": missing})
    return answer(503 if missing else 200, body)


def webhook_key(call: Call, s: Services) -> Answer:
    return answer(200, WebhookKey(key=key_of(s.terms.ring.first.key)))
