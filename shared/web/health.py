"""Whether the app is there and can work; and the key that signs callbacks."""

from typing import Literal

from shared.chain.conditions import Condition
from shared.chain.readiness import Found
from shared.chain.services import Services
from shared.domain.policy_views import PolicyStanding
from shared.domain.price_views import PricesStanding
from shared.domain.values import Value
from shared.security.signatures import webhook_key as key_of
from shared.web.exchange import Answer, Call, answer

VERSION = "0.1.0"


class Alive(Value):
    status: Literal["alive"] = "alive"
    version: str = VERSION


class Ready(Value):
    """
    Degraded: storage is there, but not every deployment may be called, or the policy or the price
    book that was given last does not hold.

    Detail is for callers of the book; `missing`: the first container that could not be read.
    """

    status: Literal["ready", "degraded", "down"]
    version: str | None = None
    missing: str | None = None
    deployments: tuple[Condition, ...] | None = None
    policy: PolicyStanding | None = None
    prices: PricesStanding | None = None


class WebhookKey(Value):
    """Signs callbacks that brought no secret of their own."""

    key: str


def alive(call: Call, s: Services) -> Answer:
    return answer(200, Alive())


def ready(call: Call, s: Services) -> Answer:
    found = s.readiness.look()
    detail = {}
    if call.caller:
        detail = {
            "version": VERSION,
            "missing": found.missing,
            "deployments": found.deployments,
            "policy": found.policy,
            "prices": found.prices,
        }
    body = Ready(status=_status(found)).model_copy(update=detail)
    return answer(503 if found.missing else 200, body)


def _status(found: Found) -> Literal["ready", "degraded", "down"]:
    if found.missing:
        return "down"
    return "degraded" if found.degraded else "ready"


def webhook_key(call: Call, s: Services) -> Answer:
    return answer(200, WebhookKey(key=key_of(s.terms.ring.first.key)))
