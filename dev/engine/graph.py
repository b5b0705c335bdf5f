"""
The order of actions: each runs after those it names, if they ended as it says.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from threading import Event
from typing import Any

from dev.engine.outcome import CANCELLED, FAILED, SKIPPED, SUCCEEDED, TIMED_OUT, Outcome
from dev.engine.tree import Actions

Perform = Callable[[str, Mapping[str, Any]], Outcome]
_BAD = (FAILED, TIMED_OUT, CANCELLED)


def run_all(actions: Actions, perform: Perform, skip: Perform, stop: Event) -> str:
    """
    Run a group to its end, side by side where nothing forbids it; the status of the whole.

    Once `stop` is set nothing more is begun.
    """
    outcomes: dict[str, Outcome] = {}
    pending, running = dict(actions), dict[Future[Outcome], str]()
    with ThreadPoolExecutor(max_workers=max(len(actions), 1)) as pool:
        while pending or running:
            for name in _ready(pending, outcomes):
                action = pending.pop(name)
                if stop.is_set() or not _allowed(action, outcomes):
                    outcomes[name] = skip(name, action)
                else:
                    running[pool.submit(perform, name, action)] = name
            if running:
                for done in wait(running, return_when=FIRST_COMPLETED).done:
                    outcomes[running.pop(done)] = done.result()
    return status_of(actions, outcomes)


def status_of(actions: Actions, outcomes: Mapping[str, Outcome]) -> str:
    """
    The last action of each branch decides; where it was skipped, those before it.
    """
    before = {name for action in actions.values() for name in action.get("runAfter", {})}
    last = [name for name in actions if name not in before]
    deciding = [one for name in last for one in _deciding(name, actions, outcomes)]
    return FAILED if any(one in _BAD for one in deciding) else SUCCEEDED


def _deciding(name: str, actions: Actions, outcomes: Mapping[str, Outcome]) -> list[str]:
    if outcomes[name].status != SKIPPED:
        return [outcomes[name].status]
    earlier = actions[name].get("runAfter", {})
    return [one for before in earlier for one in _deciding(before, actions, outcomes)]


def _ready(pending: Actions, outcomes: Mapping[str, Outcome]) -> list[str]:
    return [
        name
        for name, action in pending.items()
        if all(before in outcomes for before in action.get("runAfter", {}))
    ]


def _allowed(action: Mapping[str, Any], outcomes: Mapping[str, Outcome]) -> bool:
    wanted = action.get("runAfter", {})
    return all(outcomes[name].status in statuses for name, statuses in wanted.items())
