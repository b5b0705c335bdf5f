"""
The actions that go outside: HTTP, HTTP Webhook, and a connector's call or webhook.
"""

from collections.abc import Mapping
from typing import Any

from dev.engine.door import Callback, Incoming
from dev.engine.durations import seconds
from dev.engine.errors import EngineError, Stopped
from dev.engine.evaluate import Frame, evaluated
from dev.engine.http_action import exchange, followed, outcome_of
from dev.engine.mailbox import Connector
from dev.engine.outcome import SUCCEEDED, Outcome
from dev.engine.pace import Limit
from dev.engine.run import Run
from dev.engine.wire import Reply, ask_of, own_headers

Action = Mapping[str, Any]


def http(name: str, action: Action, frame: Frame, run: Run) -> Outcome:
    """
    With the asynchronous pattern, unless it is turned off.
    """
    inputs, limit = evaluated(action["inputs"], frame), _limit(action, run)
    own, policy = _own(name, run), inputs.get("retryPolicy")
    reply = exchange(ask_of(inputs, own), policy, limit, run.stop)
    if "DisableAsyncPattern" not in action.get("operationOptions", ""):
        for polled in followed(reply, own, policy, limit, run.stop):
            run.world.watcher.waits(name, _progress(polled))
            reply = polled
    return outcome_of(reply)


def http_webhook(name: str, action: Action, frame: Frame, run: Run) -> Outcome:
    """
    Subscribe, wait for the one call back, and unsubscribe however the waiting ended.
    """
    limit, callback = _limit(action, run), run.open_callback(name)
    subscribe = evaluated(action["inputs"]["subscribe"], frame.subscribing(callback.url))
    ask = ask_of(subscribe, _own(name, run))
    outcome = outcome_of(exchange(ask, subscribe.get("retryPolicy"), limit, run.stop))
    if outcome.status != SUCCEEDED:
        return outcome
    run.world.watcher.waits(name, "subscribed")
    try:
        return Outcome(SUCCEEDED, _called_back(callback, limit, run).outputs())
    finally:
        _unsubscribe(name, action, frame, run)


def connection_webhook(name: str, action: Action, frame: Frame, run: Run) -> Outcome:
    """
    The connector subscribes for us, so there is nobody to tell that we wait no longer.
    """
    limit, callback = _limit(action, run), run.open_callback(name)
    inputs = evaluated(action["inputs"], frame.subscribing(callback.url))
    _connector(inputs, run).subscribe(inputs["path"], inputs["body"])
    run.world.watcher.waits(name, "sent")
    return Outcome(SUCCEEDED, _called_back(callback, limit, run).outputs())


def connection(name: str, action: Action, frame: Frame, run: Run) -> Outcome:
    """
    A connector answers at once.
    """
    inputs = evaluated(action["inputs"], frame)
    connector = _connector(inputs, run)
    return Outcome(SUCCEEDED, connector.call(inputs["method"], inputs["path"], inputs["body"]))


def _connector(inputs: Mapping[str, Any], run: Run) -> Connector:
    name = str(inputs["host"]["connection"]["name"]).rpartition("/")[2]
    if name not in run.world.connectors:
        raise EngineError(f"The stand-in has no connector `{name}`.")
    return run.world.connectors[name]


def _called_back(callback: Callback, limit: Limit, run: Run) -> Incoming:
    incoming = run.world.pace.receive(callback.box, limit.left_s())
    if incoming is None:
        raise Stopped("The run ended.")
    assert isinstance(incoming, Incoming)
    return incoming


def _unsubscribe(name: str, action: Action, frame: Frame, run: Run) -> None:
    """
    Once, and whatever is answered: the action has ended already.
    """
    inputs = evaluated(action["inputs"].get("unsubscribe") or {}, frame)
    if not inputs.get("uri"):
        return
    try:
        limit = Limit(run.world.pace, None)
        reply = exchange(ask_of(inputs, _own(name, run)), {"type": "none"}, limit, run.stop)
        told = f"unsubscribed: {reply.status}"
    except EngineError as error:
        told = f"not unsubscribed: {error.code}"
    run.unsubscribed.append(told)
    run.world.watcher.waits(name, told)


def _limit(action: Action, run: Run) -> Limit:
    text = action.get("limit", {}).get("timeout")
    return Limit(run.world.pace, None if text is None else seconds(text))


def _own(name: str, run: Run) -> dict[str, str]:
    return own_headers(run.id, run.world.workflow, name, run.tracking_id)


def _progress(reply: Reply) -> str:
    status = reply.body.get("status") if isinstance(reply.body, dict) else None
    return f"{reply.status} {status}" if status else str(reply.status)
