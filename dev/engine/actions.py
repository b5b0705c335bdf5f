"""
What each type of action does. One table: what is not in it, the stand-in refuses.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from dev.engine.conditions import holds
from dev.engine.door import Answer
from dev.engine.errors import BadExpression
from dev.engine.evaluate import Frame, evaluated
from dev.engine.functions import same
from dev.engine.outcome import FAILED, SUCCEEDED, Outcome
from dev.engine.run import Act, Run
from dev.engine.tree import Actions, branches
from dev.engine.waiting_actions import connection, connection_webhook, http, http_webhook

# As the engine does where nothing is said, and at most.
REPETITIONS, MAX_REPETITIONS = 20, 50

Action = Mapping[str, Any]


def _compose(name: str, action: Action, frame: Frame, run: Run) -> Outcome:
    return Outcome(SUCCEEDED, evaluated(action["inputs"], frame))


def _query(name: str, action: Action, frame: Frame, run: Run) -> Outcome:
    where = action["inputs"]["where"]
    kept = [
        one
        for one in _listed(action["inputs"]["from"], frame)
        if evaluated(where, frame.inside(name, one)) is True
    ]
    return Outcome(SUCCEEDED, {"body": kept})


def _select(name: str, action: Action, frame: Frame, run: Run) -> Outcome:
    select = action["inputs"]["select"]
    listed = _listed(action["inputs"]["from"], frame)
    return Outcome(
        SUCCEEDED, {"body": [evaluated(select, frame.inside(name, one)) for one in listed]}
    )


def _initialize(name: str, action: Action, frame: Frame, run: Run) -> Outcome:
    for variable in action["inputs"]["variables"]:
        run.variables[variable["name"]] = evaluated(variable.get("value"), frame)
    return Outcome(SUCCEEDED)


def _set(name: str, action: Action, frame: Frame, run: Run) -> Outcome:
    run.variables[action["inputs"]["name"]] = evaluated(action["inputs"]["value"], frame)
    return Outcome(SUCCEEDED)


def _if(name: str, action: Action, frame: Frame, run: Run) -> Outcome:
    chosen = "actions" if holds(action["expression"], frame) else "else"
    return _one_of(_group(action, chosen), action, frame, run)


def _switch(name: str, action: Action, frame: Frame, run: Run) -> Outcome:
    value = evaluated(action["expression"], frame)
    for case in action["cases"].values():
        if same(case["case"], value):
            return _one_of(case["actions"], action, frame, run)
    return _one_of(_group(action, "default"), action, frame, run)


def _scope(name: str, action: Action, frame: Frame, run: Run) -> Outcome:
    return _ended(run.run_group(action["actions"], frame))


def _foreach(name: str, action: Action, frame: Frame, run: Run) -> Outcome:
    """
    Rounds run side by side; one that fails stops none of the others.
    """
    concurrency = action.get("runtimeConfiguration", {}).get("concurrency", {})
    at_once = concurrency.get("repetitions", REPETITIONS)
    rounds = [frame.inside(name, one) for one in _listed(action["foreach"], frame)]
    with ThreadPoolExecutor(max_workers=at_once) as pool:
        statuses = list(pool.map(lambda one: run.run_group(action["actions"], one), rounds))
    return _ended(FAILED if FAILED in statuses else SUCCEEDED)


def _response(name: str, action: Action, frame: Frame, run: Run) -> Outcome:
    inputs = evaluated(action["inputs"], frame)
    headers = {key: str(value) for key, value in (inputs.get("headers") or {}).items()}
    run.response = Answer(int(inputs["statusCode"]), inputs.get("body"), headers)
    run.responded.set()
    return Outcome(SUCCEEDED)


def _terminate(name: str, action: Action, frame: Frame, run: Run) -> Outcome:
    inputs = evaluated(action["inputs"], frame)
    run.end(Outcome(inputs["runStatus"], None, inputs.get("runError")))
    return Outcome(SUCCEEDED)


def _listed(value: Any, frame: Frame) -> list[Any]:
    found = evaluated(value, frame)
    if not isinstance(found, list):
        raise BadExpression("A list was expected.")
    return found


def _group(action: Action, name: str) -> Actions:
    """
    `actions` stand in the action itself, those of `else` and `default` one level deeper.
    """
    group: Actions = (
        action.get(name, {}) if name == "actions" else action.get(name, {}).get("actions", {})
    )
    return group


def _one_of(chosen: Actions, action: Action, frame: Frame, run: Run) -> Outcome:
    run.skip_groups([group for group in branches(action) if group is not chosen], frame)
    return _ended(run.run_group(chosen, frame))


def _ended(status: str) -> Outcome:
    if status == FAILED:
        return Outcome.failed("ActionFailed", "An action inside failed.")
    return Outcome(status)


ACTIONS: Mapping[str, Act] = {
    "ApiConnection": connection,
    "ApiConnectionWebhook": connection_webhook,
    "Compose": _compose,
    "Foreach": _foreach,
    "Http": http,
    "HttpWebhook": http_webhook,
    "If": _if,
    "InitializeVariable": _initialize,
    "Query": _query,
    "Response": _response,
    "Scope": _scope,
    "Select": _select,
    "SetVariable": _set,
    "Switch": _switch,
    "Terminate": _terminate,
}
