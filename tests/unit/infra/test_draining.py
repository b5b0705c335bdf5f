"""Before workers are replaced no paid call is open, and afterwards nothing stays paused."""

import importlib
import json
from typing import Any

import pytest

from tests.unit.infra.deployed import DRY_RUN, Answer, App
from tests.unit.infra.machine import HERE, OPERATOR, READS, READY, VAULT, Hooks, Machine

KNOWN = (VAULT, ["signing-keys"])
GONE: Answer = (502, None)
READY_PAGE = "health/ready"


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return "".join(capsys.readouterr())


def test_drained(hooks: Hooks, app: App, capsys: pytest.CaptureFixture[str]) -> None:
    """Deployments are paused first; calls come to their end before the deployment goes on."""
    app.calls(2)()
    app.later = [(120, app.calls(0))]

    assert hooks.run("drain") == 0
    assert app.asked == ["/api/deployments/weu/pause"]
    assert app.now_s >= 120 and "2 paid call(s) open" in said(capsys)


def test_a_page_of_before_the_pause(hooks: Hooks, app: App) -> None:
    """A call that departed after somebody's last look at the page is waited for."""
    app.answer(READY_PAGE, None)
    app.now_s = 3
    app.calls(1)()
    app.later = [(300, app.calls(0))]

    assert hooks.run("drain") == 0
    assert app.now_s >= 300


def test_a_call_that_departs_after_the_pause(hooks: Hooks, app: App) -> None:
    """A worker that had looked at the breaker before may depart three seconds later."""
    app.deployments["weu"]["state"] = "paused"
    app.later = [(3, app.calls(1)), (200, app.calls(0))]

    assert hooks.run("drain") == 0
    assert app.now_s >= 200


@pytest.mark.parametrize("odd", [(0, None), GONE, (500, None), (503, {"deployments": []})])
def test_no_answer_is_not_drained(hooks: Hooks, app: App, odd: Answer) -> None:
    """An answer that tells nothing, in between, is no sign that no call is open."""
    app.calls(3)()
    app.later = [
        (20, lambda: app.odd.update({READY_PAGE: [odd]})),
        (60, lambda: app.odd.clear()),
        (200, app.calls(0)),
    ]

    assert hooks.run("drain") == 0
    assert app.now_s >= 200


@pytest.mark.parametrize(
    ("path", "answers", "fault"),
    [
        (READY_PAGE, [GONE], "does not tell"),
        (READY_PAGE, [(200, {"status": "ready"})], "does not tell"),
        ("deployments/weu/pause", [(403, {})], "weu could not be paused"),
    ],
)
def test_not_drained(
    hooks: Hooks,
    app: App,
    capsys: pytest.CaptureFixture[str],
    path: str,
    answers: list[Answer],
    fault: str,
) -> None:
    """An app that runs and does not tell, or does not let us, stops the deployment."""
    app.odd[path] = answers

    assert hooks.run("drain") == 1
    told = said(capsys)
    assert fault in told and "smoke.py" in told


@pytest.mark.parametrize("state", ["closed", "paused"])
def test_calls_that_do_not_end(hooks: Hooks, app: App, state: str) -> None:
    """Nor does it go on while calls are open, or after somebody took a deployment up again."""
    calls = 1 if state == "paused" else 0
    app.later = [(10, lambda: app.deployments["weu"].update(state=state, openCalls=calls))]

    assert hooks.run("drain") == 1
    assert app.now_s >= 660


def test_a_worker_that_is_being_replaced(hooks: Hooks, app: App) -> None:
    """One odd answer at first is asked again, whatever the question."""
    app.odd = {
        "health": [GONE, (200, {})],
        READY_PAGE: [GONE, app.answer(READY_PAGE, None)],
        "deployments/weu/pause": [GONE, (200, {})],
    }
    app.later = [
        (9, lambda: app.odd.clear()),
        (9, lambda: app.deployments["weu"].update(state="paused")),
    ]

    assert hooks.run("drain") == 0
    assert "/api/deployments/weu/pause" in app.asked


def test_nothing_to_drain(hooks: Hooks, app: App, capsys: pytest.CaptureFixture[str]) -> None:
    """On the first deployment there is no app yet, or one without code."""
    app.odd["health"] = [(404, None)]

    assert hooks.run("drain") == 0 and "nothing to drain" in said(capsys)
    assert hooks.run("drain", DARKROOM_API_URL="") == 0
    assert app.asked == []


def test_drained_with_the_key_that_the_app_has(hooks: Hooks, app: App, machine: Machine) -> None:
    """An operator's key that was just made is not the app's yet; the platform has the old one."""
    app.key = "the-old-one"
    machine.answers([("functionapp keys list --resource-group rg-1 --name func-1", app.key)])

    assert hooks.run("drain") == 0
    assert app.deployments["weu"]["state"] == "paused"


def test_provisioning_drains(hooks: Hooks, app: App, machine: Machine) -> None:
    """New settings restart the app: it is drained as soon as nothing else is in the way."""
    machine.answers(READY)

    assert hooks.run("preflight", **HERE) == 0
    assert app.asked == ["/api/deployments/weu/pause"]


def test_nothing_is_paused_for_nothing(hooks: Hooks, app: App, machine: Machine) -> None:
    """With a fault nothing will be provisioned, and so nothing is paused."""
    machine.answers([("account show", "another"), *READY])

    assert hooks.run("preflight", **HERE) == 1
    assert app.asked == []


def test_taken_up_after_provisioning(hooks: Hooks, app: App, machine: Machine) -> None:
    """Once the app answers with its new settings, nothing stays paused."""
    machine.answers([READS, KNOWN])
    app.deployments["weu"]["state"] = "paused"
    app.odd["health"] = [GONE]
    app.later = [(60, lambda: app.odd.clear())]

    assert hooks.run("keys", []) == 0
    assert app.deployments["weu"]["state"] == "closed"


def test_settings_that_need_the_new_code(
    hooks: Hooks, app: App, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    """The old code may not start with them: then the new one is deployed all the same."""
    machine.answers([READS, KNOWN])
    app.odd["health"] = [GONE]

    assert hooks.run("keys", []) == 0
    told = said(capsys)
    assert "does not answer" in told and "infra/hooks/smoke.py" in told


def test_stays_paused_after_provisioning(
    hooks: Hooks, app: App, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    """An app that runs and stays paused fails the provisioning."""
    machine.answers([READS, KNOWN])
    app.deployments["weu"]["state"] = "paused"
    app.odd["deployments/weu/resume"] = [(403, {})]

    assert hooks.run("keys", []) == 1
    assert "weu is still paused" in said(capsys)


def test_first_provisioning_waits_for_nobody(hooks: Hooks, app: App, machine: Machine) -> None:
    """An empty vault says that there was no app before."""
    machine.answers([READS, (OPERATOR, {"fails": "BadRequest"})])
    app.odd["health"] = [(404, None)]

    assert hooks.run("keys", []) == 0
    assert app.now_s == 0


APPS = ("functionapp list --resource-group", [{"name": "func-1", "defaultHostName": "127.0.0.1:1"}])
KEYS = "functionapp keys list --resource-group rg-dev --name func-1"


def forget(hooks: Hooks) -> None:
    """As in a pipeline, or on the machine of another operator."""
    for name in ("DARKROOM_API_URL", "DARKROOM_OPERATOR_KEY"):
        del hooks.environment[name]


def test_the_key_comes_from_the_app(
    hooks: Hooks, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever knows nothing has address and key before anything changes, and shows no key."""
    key = "operator-key-of-this-test"
    machine.answers([("group exists --name rg-dev", True), APPS, (KEYS, key), *READY])
    forget(hooks)

    assert hooks.run("preflight", **HERE) == 0
    assert machine.remembered["DARKROOM_OPERATOR_KEY"] == key
    assert machine.remembered["DARKROOM_API_URL"] == "https://127.0.0.1:1/api"
    assert key not in said(capsys)
    assert key not in json.dumps([words for _, words, _ in machine.calls])


@pytest.mark.parametrize(
    "answers",
    [
        [("group exists", False)],
        [("group exists", True), ("functionapp list --resource-group", [])],
        # An app without code cannot tell its keys; its code is deployed next all the same.
        [("group exists", True), APPS, (KEYS, {"fails": "BadRequest"})],
    ],
)
def test_where_no_app_runs_there_is_nothing_to_know(
    hooks: Hooks, machine: Machine, answers: list[tuple[str, Any]]
) -> None:
    """Then the operator's key is made."""
    machine.answers([*answers, *READY])
    forget(hooks)

    assert hooks.run("preflight", **HERE) == 0
    assert "DARKROOM_API_URL" not in machine.remembered
    assert len(machine.remembered["DARKROOM_OPERATOR_KEY"]) > 50


@pytest.mark.parametrize("runs", [True, False])
def test_an_app_without_the_operators_key(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, hooks: Hooks, runs: bool
) -> None:
    """One that runs and has no such key cannot be drained, and is not taken for drained."""
    machine.answers([("group exists", True), APPS, *READY])
    forget(hooks)
    monkeypatch.setattr(importlib.import_module("recall"), "alive", lambda url: runs)

    assert hooks.run("preflight", **HERE) == (1 if runs else 0)


def test_smoke(
    hooks: Hooks, app: App, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    """Work is taken up again, what is no request is refused, one would be taken, and what next."""
    app.deployments["weu"]["state"] = "paused"

    assert hooks.run("smoke", DARKROOM_NEXT_STEPS="Review page: there.") == 0
    told = said(capsys)
    assert app.asked == ["/api/deployments/weu/resume", "/api/images", "/api/policy/check"]
    assert "go to weu" in told and "Review page: there." in told
    words = [words for _, words, _ in machine.calls]
    assert [" ".join(one).startswith(OPERATOR) for one in words] == [True]


def test_smoke_asks_again(hooks: Hooks, app: App) -> None:
    """A first look that was not answered leaves nothing paused."""
    app.deployments["weu"]["state"] = "paused"
    app.odd[READY_PAGE] = [GONE]
    app.later = [(5, lambda: app.odd.clear())]

    assert hooks.run("smoke") == 0
    assert app.deployments["weu"]["state"] == "closed"


@pytest.mark.parametrize(
    ("path", "answer", "fault"),
    [
        (READY_PAGE, GONE, "none was taken up again"),
        ("deployments/weu/resume", (200, {}), "weu is still paused"),
        ("deployments/weu/resume", (403, {}), "weu is still paused"),
    ],
)
def test_what_stays_paused_is_a_fault(
    hooks: Hooks,
    app: App,
    capsys: pytest.CaptureFixture[str],
    path: str,
    answer: Answer,
    fault: str,
) -> None:
    """Nothing is left paused without a word."""
    app.deployments["weu"]["state"] = "paused"
    app.odd[path] = [answer]

    assert hooks.run("smoke") == 1
    assert fault in said(capsys)


def routed(reason: str) -> dict[str, Any]:
    return DRY_RUN | {"routing": {"deployment": None, "reason": reason}}


@pytest.mark.parametrize(
    ("told", "code", "words"),
    [
        ((200, routed("upstream_blocked")), 0, "(upstream_blocked)"),
        ((200, routed("paused")), 1, "paused"),
        ((403, {"code": "forbidden"}), 0, ""),
        ((404, None), 1, "answered with 404"),
        ((200, {"ok": False, "problems": [{"code": "budget_exhausted"}]}), 1, "budget_exhausted"),
    ],
)
def test_smoke_tells_what_a_request_would_meet(
    hooks: Hooks, app: App, capsys: pytest.CaptureFixture[str], told: Answer, code: int, words: str
) -> None:
    """Refused, still paused, or no dry run at all is a fault; to wait, or no right, is none."""
    app.dry_run = told

    assert hooks.run("smoke") == code
    assert words in said(capsys)


def test_smoke_finds_what_is_missing(
    hooks: Hooks, app: App, capsys: pytest.CaptureFixture[str]
) -> None:
    """A container that is not there fails the deployment, by name."""
    app.missing = "requests"

    assert hooks.run("smoke") == 1 and "requests" in said(capsys)
