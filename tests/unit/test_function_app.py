"""`function_app.py`: what the host indexes is what the table says."""

import importlib.util
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import azure.functions as func
import pytest

from shared.domain import names
from shared.errors import SettingsError
from shared.web.access import Access
from shared.web.queues import HANDLERS
from shared.web.table import ROUTES

ROOT = Path(__file__).parents[2]
SAMPLE: Mapping[str, str] = json.loads((ROOT / "local.settings.sample.json").read_text())["Values"]
ENTRA = {"DARKROOM_ENTRA_AUDIENCE": "api://darkroom", "WEBSITE_AUTH_ENABLED": "true"}


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def imported(**changed: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location("function_app", ROOT / "function_app.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    with environment({**SAMPLE, **changed}):
        spec.loader.exec_module(module)
    return module


def bindings(module: ModuleType) -> dict[str, dict[str, Any]]:
    """Each function's trigger, as the host is told."""
    return {
        function.get_function_name(): binding
        for function in module.app.get_functions()
        for binding in map(json.loads, function.get_raw_bindings())
        if binding["type"].endswith("Trigger")
    }


@pytest.mark.parametrize("changed", [{}, ENTRA])
def test_routes_are_the_table(changed: dict[str, str]) -> None:
    """Each HTTP function is a row with the same route, method and level, and each row one."""
    found = {
        name: (trigger["route"], trigger["methods"], trigger["authLevel"].lower())
        for name, trigger in bindings(imported(**changed)).items()
        if trigger["type"] == "httpTrigger"
    }

    checked_by_host = Access.KEY if not changed else None
    assert found == {
        name: (
            *(route.path, [route.method]),
            "function" if route.access is checked_by_host else "anonymous",
        )
        for name, route in ROUTES.items()
    }


def test_messages_come_as_bytes() -> None:
    """Else the host would let a body's fields take the place of the message's own metadata."""
    triggers = [one for one in bindings(imported()).values() if one["type"] == "queueTrigger"]

    assert {one.get("dataType") for one in triggers} == {"BINARY"}


def test_queues() -> None:
    """Every queue and every poison queue has its function, on the app's storage."""
    found = {
        name: (trigger["queueName"], trigger["connection"])
        for name, trigger in bindings(imported()).items()
        if trigger["type"] == "queueTrigger"
    }

    assert {queue for queue, _ in found.values()} == set(names.QUEUES)
    assert {connection for _, connection in found.values()} == {"AzureWebJobsStorage"}
    assert set(found) == set(HANDLERS)
    for name, (queue, _) in found.items():
        assert name.endswith("_poison") == queue.endswith("-poison")


def test_own_storage() -> None:
    """With storage of its own, the app's queues are there."""
    module = imported(DARKROOM_STORAGE="UseDevelopmentStorage=true")

    connections = {t.get("connection") for t in bindings(module).values()} - {None}
    assert connections == {"DARKROOM_STORAGE"}


def test_sweep_every_minute() -> None:
    """The sweep runs each minute, by a monitor that makes up for missed ones."""
    timer = bindings(imported())["sweep"]

    assert (timer["schedule"], timer["useMonitor"]) == ("0 * * * * *", True)


def test_one_app() -> None:
    """The worker takes a module with exactly one app."""
    module = imported()

    assert [n for n, value in vars(module).items() if isinstance(value, func.FunctionApp)] == [
        "app"
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"DARKROOM_SIGNING_KEYS": ""},
        {"DARKROOM_DEFAULT_APPROVAL": '{"after": []}'},
        {"DARKROOM_DEPLOYMENTS": SAMPLE["DARKROOM_DEPLOYMENTS"].replace("gpt-image-2", "gpt-0")},
    ],
)
def test_wrong_settings_stop_the_import(changed: dict[str, str]) -> None:
    """An app with a wrong setting takes no message."""
    with pytest.raises(SettingsError):
        imported(**changed)


def test_handlers_answer() -> None:
    """A function takes a real request and gives a real response."""
    module = imported()
    request = func.HttpRequest("GET", "https://h/api/health", body=b"")

    answer = module.health(request)

    assert answer.status_code == 200
