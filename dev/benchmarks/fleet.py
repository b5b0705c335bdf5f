"""
Two real hosts on one storage and one simulated resource with a quota: what a load needs.
"""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dev.azurite import Ports, azurite_in
from dev.deployments import DEPLOYMENT, MODEL
from dev.host_settings import Places, child_environment, host_environment
from dev.http_client import send
from dev.keys import Keys, new_keys
from dev.places import ROOT
from dev.ports import LOOPBACK, free_ports
from dev.processes import Child, Recipe

START_TIMEOUT_S = 45.0


@dataclass(frozen=True)
class Quota:
    """What the simulated deployment allows, and how long it takes for an image."""

    requests_per_minute: int
    latency_s: float


@dataclass(frozen=True)
class Simulated:
    url: str
    key: str = field(repr=False)

    def ledger(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = send("GET", f"{self.url}/__ledger").json()
        return rows


@dataclass(frozen=True)
class Fleet:
    """`api_urls` has one address for each host; `function_key` opens both."""

    simulator: Simulated
    api_urls: tuple[str, ...]
    function_key: str = field(repr=False)


@contextmanager
def simulated(quota: Quota) -> Iterator[Simulated]:
    """A resource of its own process, so that whoever measures does not slow it down."""
    with ExitStack() as stack:
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        yield _simulator(stack, quota, new_keys(), free_ports(1)[0], logs)


@contextmanager
def fleet(quota: Quota, hosts: int, threads: int) -> Iterator[Fleet]:
    with ExitStack() as stack:
        logs, keys = Path(stack.enter_context(tempfile.TemporaryDirectory())), new_keys()
        storage = _storage(stack, logs)
        ports = free_ports(hosts + 1)
        simulator = _simulator(stack, quota, keys, ports[0], logs)
        places = [Places(port, ports[0], 1, storage.connection_string()) for port in ports[1:]]
        for number, place in enumerate(places):
            _host(stack, f"host{number}", place, keys, quota, threads, logs)
        yield Fleet(simulator, tuple(place.api_url for place in places), keys.function)


def _storage(stack: ExitStack, logs: Path) -> Ports:
    from dev.storage import make_containers_and_queues

    ports = stack.enter_context(azurite_in(logs))
    make_containers_and_queues(ports.connection_string())
    return ports


def _simulator(stack: ExitStack, quota: Quota, keys: Keys, port: int, logs: Path) -> Simulated:
    argv = [sys.executable, "-m", "dev.simulator", "--port", str(port), "--key", keys.simulator]
    argv += ["--deployment", f"{DEPLOYMENT}={MODEL}", "--latency-s", str(quota.latency_s)]
    argv += ["--requests-per-minute", str(quota.requests_per_minute), "--no-c2pa"]
    child = Child(Recipe("simulator", argv, ROOT, logs, child_environment(os.environ)))
    stack.callback(child.stop)
    child.wait_for_event("simulator.started", START_TIMEOUT_S)
    return Simulated(f"http://{LOOPBACK}:{port}", keys.simulator)


def _host(
    stack: ExitStack,
    name: str,
    places: Places,
    keys: Keys,
    quota: Quota,
    threads: int,
    logs: Path,
) -> None:
    keys_file = logs / "keys.json"
    keys_file.write_text(keys.host_file())
    argv = [sys.executable, "-m", "dev.functions_host", "--root", str(ROOT)]
    argv += ["--port", str(places.host_port), "--keys", str(keys_file)]
    environment = host_environment(places, keys)
    deployment, *_ = json.loads(environment["DARKROOM_DEPLOYMENTS"])
    paced = deployment | {"requestsPerMinute": quota.requests_per_minute}
    environment |= {
        "DARKROOM_DEPLOYMENTS": json.dumps([paced]),
        "DARKROOM_DEFAULT_APPROVAL": "none",
        # Only calls for images are measured.
        "DARKROOM_ALT_TEXT_DEPLOYMENT": "",
        "PYTHON_THREADPOOL_THREAD_COUNT": str(threads),
    }
    host = Child(Recipe(name, argv, ROOT, logs, environment))
    stack.callback(host.stop)
    host.wait_for_event("host.started", START_TIMEOUT_S)
