"""
The HTTP action: retries, and the asynchronous pattern.
"""

from collections.abc import Iterator, Mapping
from threading import Event
from typing import Any
from urllib.parse import urlsplit

from dev.engine.durations import seconds
from dev.engine.errors import EngineError
from dev.engine.outcome import SUCCEEDED, Outcome
from dev.engine.pace import Limit
from dev.engine.wire import Ask, NoAnswer, Reply, send

# Documented for a 202 that says nothing of when to ask again.
POLL_AFTER_S = 20
RETRIED = frozenset({408, 429, *range(500, 600)})
DEFAULT_POLICY: Mapping[str, Any] = {
    "type": "exponential",
    "count": 4,
    "interval": "PT7.5S",
    "minimumInterval": "PT5S",
    "maximumInterval": "PT45S",
}


class NoLocation(EngineError):
    """A 202 that does not say where to ask again."""

    code = "AsyncOperationMissingLocation"


def pauses_s(policy: Mapping[str, Any] | None) -> Iterator[float]:
    """
    How long to wait before each retry. A `Retry-After` does not count: that it would is not
    documented.
    """
    policy = policy or DEFAULT_POLICY
    if policy["type"].lower() == "default":
        policy = DEFAULT_POLICY
    if policy["type"].lower() == "none":
        return
    interval_s = seconds(policy["interval"])
    shortest_s = seconds(policy.get("minimumInterval", "PT5S"))
    longest_s = seconds(policy.get("maximumInterval", "P1D"))
    for k in range(policy["count"]):
        growing = interval_s * 2**k if policy["type"].lower() == "exponential" else interval_s
        yield max(shortest_s, min(longest_s, growing))


def exchange(ask: Ask, policy: Mapping[str, Any] | None, limit: Limit, stop: Event) -> Reply:
    """
    Send, again as the policy says; the last answer, whatever it is.
    """
    for pause_s in pauses_s(policy):
        try:
            reply = send(ask)
        except NoAnswer:
            pass
        else:
            if reply.status not in RETRIED:
                return reply
        limit.wait(pause_s, stop)
    return send(ask)


def followed(
    reply: Reply,
    own: Mapping[str, str],
    policy: Mapping[str, Any] | None,
    limit: Limit,
    stop: Event,
) -> Iterator[Reply]:
    """
    Each answer from the first one to the first that is no 202. Polls carry none of the
    definition's headers, and so no key: the stricter of what is known of the two engines.
    """
    yield reply
    while reply.status == 202:
        place = _location(reply)
        limit.wait(_pause_s(reply), stop)
        reply = exchange(Ask("GET", place, own), policy, limit, stop)
        yield reply


def outcome_of(reply: Reply) -> Outcome:
    """
    2xx is success. Other statuses fail, and the workflow can still read the answer.
    """
    if 200 <= reply.status < 300:
        return Outcome(SUCCEEDED, reply.outputs())
    message = f"Http request failed with status {reply.status}."
    return Outcome.failed("HttpRequestFailed", message, reply.outputs())


def _location(reply: Reply) -> str:
    place = reply.header("location")
    if not place:
        raise NoLocation("A 202 without a Location: turn the asynchronous pattern off for it.")
    if not urlsplit(place).scheme:
        raise NoLocation("A relative Location: only absolute ones are documented.")
    return place


def _pause_s(reply: Reply) -> float:
    text = reply.header("retry-after") or str(POLL_AFTER_S)
    if not text.isdigit():
        raise NoLocation("Retry-After: only whole seconds are documented.")
    return float(text)
