"""
The really running system. Tests talk to it over HTTP, queues and blobs, and in no other way.
"""

import io
from collections.abc import Iterator

import pytest

from dev.display import Board, PlainDisplay
from dev.system import STEPS, Plan, System, running_system
from tests.e2e.client import ApproverClient, Client, SimulatorClient
from tests.e2e.pictures import Gallery
from tests.e2e.storage_proxy import serving
from tests.e2e.store import Store, opened
from tests.e2e.world import World, running_world

LATENCY_S = 0.2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The bill is of what all other tests asked for; the canary searches what they left behind."""
    last = ("test_books.py", "test_canary.py")
    items.sort(key=lambda item: last.index(name) if (name := item.path.name) in last else -1)


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The whole local system with an approver that approves; no `.dev/up.json` is written."""
    plan = Plan(latency_s=LATENCY_S, logs=tmp_path_factory.mktemp("system"))
    with running_system(plan, PlainDisplay(Board(STEPS), io.StringIO())) as running:
        yield running


@pytest.fixture(scope="session")
def client(system: System) -> Client:
    """The caller with every role."""
    return Client(system.places.api_url, system.keys.function)


@pytest.fixture(scope="session")
def simulator(system: System) -> SimulatorClient:
    return SimulatorClient(system.places.simulator_url)


@pytest.fixture(scope="session")
def approver(system: System) -> ApproverClient:
    return ApproverClient(system.places.approver_url)


@pytest.fixture(scope="session")
def store(system: System) -> Iterator[Store]:
    with opened(system.places.storage) as view:
        yield view


@pytest.fixture
def gallery() -> Iterator[Gallery]:
    """A host on this machine that has a picture."""
    server = Gallery()
    with serving(server):
        yield server


@pytest.fixture(scope="session")
def running_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("world")) as running:
        yield running


@pytest.fixture(scope="session")
def running_with_a_retry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    settings = {"DARKROOM_UNKNOWN_OUTCOME": "retry_once"}
    with running_world(tmp_path_factory.mktemp("retrying"), settings) as running:
        yield running


@pytest.fixture
def retrying(running_with_a_retry: World) -> World:
    """Another such system, which makes a call of unknown outcome once more by itself."""
    if running_with_a_retry.host.dead:
        running_with_a_retry.host.start_again()
    return running_with_a_retry


@pytest.fixture
def world(running_once: World) -> World:
    """The system whose host can be killed; alive when the test begins."""
    if running_once.host.dead:
        running_once.host.start_again()
    return running_once
