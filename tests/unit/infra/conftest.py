"""What the hooks of a deployment meet."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from tests.unit.infra.deployed import App
from tests.unit.infra.machine import Hooks, Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def app() -> Iterator[App]:
    running = App()
    thread = Thread(target=running.server.serve_forever)
    thread.start()
    yield running
    running.server.shutdown()
    thread.join()
    running.server.server_close()


@pytest.fixture
def hooks(machine: Machine, app: App, monkeypatch: pytest.MonkeyPatch) -> Hooks:
    return Hooks(machine, app, monkeypatch)
