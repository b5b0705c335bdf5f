"""
The whole local system: storage, simulator, approver, host. Started together, stopped together.
"""

import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dev.azurite import Ports, azurite_recipe, wait_until_answering
from dev.deployments import DEPLOYMENT, MODEL, simulator_arguments
from dev.display import Display
from dev.host_settings import Places, child_environment, host_environment
from dev.http_client import Unreachable, send
from dev.keys import Keys, kept_keys, new_keys
from dev.npm import install_packages
from dev.places import KEPT_DATA, LOGS, ROOT, RUN, private_folder, write_private
from dev.ports import free_ports
from dev.processes import POLL_S, Child, Recipe
from dev.supervisor import Supervised
from dev.up_file import UpFile

PARTS = ("azurite", "simulator", "approver", "host")
STEPS = ("storage", "simulator", "approver", "host")
READY_TIMEOUT_S = 45.0


@dataclass(frozen=True)
class Plan:
    """
    What kind of system. `port` 0 is any free one; `logs` get one file for each part.
    """

    port: int = 0
    keep_data: bool = False
    approver: str = "auto"
    latency_s: float = 1.5
    logs: Path = LOGS


@dataclass
class System:
    """
    A running system: addresses, keys, processes.
    """

    places: Places
    keys: Keys
    webhook_key: str
    children: dict[str, Child]
    host: Supervised

    def record(self) -> dict[str, Any]:
        """
        The content of `.dev/up.json`.
        """
        pids = {"dev": os.getpid(), "host": self.host.child.pid}
        pids |= {name: child.pid for name, child in self.children.items()}
        return {
            "apiUrl": self.places.api_url,
            "functionKey": self.keys.function,
            "readOnlyKey": self.keys.read_only,
            "webhookKey": self.webhook_key,
            "simulator": {
                "url": self.places.simulator_url,
                "key": self.keys.simulator,
                "deployment": DEPLOYMENT,
                "model": MODEL,
            },
            "approverUrl": self.places.approver_url,
            "storageConnectionString": self.places.storage,
            "consoleUrl": f"{self.places.api_url}/console",
            "pids": pids,
        }


@contextmanager
def running_system(plan: Plan, display: Display, up_file: UpFile | None = None) -> Iterator[System]:
    """
    Everything up and answering; on leaving, everything gone. The host goes first, while
    the storage it drains into still answers.
    """
    node = install_packages()
    storage, (simulator, approver, any_port) = Ports(*free_ports(3)), free_ports(3)
    places = Places(plan.port or any_port, simulator, approver, storage.connection_string())
    keys = kept_keys(KEPT_DATA / "keys.json") if plan.keep_data else new_keys()
    webhook_key = _webhook_key(keys)
    with ExitStack() as stack:
        run_folder = stack.enter_context(_run_folder())
        data = KEPT_DATA / "azurite" if plan.keep_data else None
        recipes = [
            azurite_recipe(node, storage, plan.logs, data),
            _simulator_recipe(places, keys, plan),
            _approver_recipe(places, webhook_key, plan),
        ]
        _forget_old_logs(plan.logs)
        children = {recipe.name: _started(stack, recipe) for recipe in recipes}
        _wait_for_parts(children, storage, places, display)
        recipe = _host_recipe(places, keys, run_folder, plan.logs)
        on_restart = (lambda pid: up_file.new_pid("host", pid)) if up_file else None
        display.begin("host")
        host = Supervised(recipe, on_restart)
        stack.callback(host.stop)
        _wait_for_host(host.child, places)
        host.supervise()
        display.done("host", places.api_url)
        system = System(places, keys, webhook_key, children, host)
        if up_file:
            up_file.write(system.record(), keys)
            stack.callback(up_file.remove)
        yield system


@contextmanager
def _run_folder() -> Iterator[Path]:
    folder = private_folder(RUN / str(os.getpid()))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _forget_old_logs(logs: Path) -> None:
    """
    A log is of one system: what earlier ones said would only mislead. A host that is started
    again goes on in its own.
    """
    for name in PARTS:
        (logs / f"{name}.log").unlink(missing_ok=True)


def _started(stack: ExitStack, recipe: Recipe) -> Child:
    child = Child(recipe)
    stack.callback(child.stop)
    return child


def _wait_for_parts(
    children: Mapping[str, Child], storage: Ports, places: Places, display: Display
) -> None:
    """
    They start at the same time; we look at them one after the other.
    """
    for step in ("storage", "simulator", "approver"):
        display.begin(step)
    # Slow to import; meanwhile Azurite starts.
    from dev.storage import make_containers_and_queues

    wait_until_answering(children["azurite"], storage)
    made = make_containers_and_queues(places.storage)
    display.done("storage", made)
    for name, place in (("simulator", places.simulator_url), ("approver", places.approver_url)):
        children[name].wait_for_event(f"{name}.started", READY_TIMEOUT_S)
        display.done(name, place)


def _wait_for_host(child: Child, places: Places) -> None:
    child.wait_for_event("host.started", READY_TIMEOUT_S)
    deadline = time.monotonic() + READY_TIMEOUT_S
    while not _healthy(places):
        child.must_live(deadline, "started, but its /health does not answer 200")
        time.sleep(POLL_S)


def _healthy(places: Places) -> bool:
    try:
        return send("GET", f"{places.api_url}/health", timeout_s=5.0).status == 200
    except Unreachable:
        return False


def _webhook_key(keys: Keys) -> str:
    from shared.security.signatures import webhook_key

    return str(webhook_key(keys.signing_bytes()))


def _python(name: str, module: str, arguments: list[str], plan: Plan) -> Recipe:
    argv = [sys.executable, "-m", module, *arguments]
    return Recipe(name, argv, cwd=ROOT, logs=plan.logs, env=child_environment(os.environ))


def _simulator_recipe(places: Places, keys: Keys, plan: Plan) -> Recipe:
    arguments = ["--port", str(places.simulator_port), "--key", keys.simulator]
    arguments += ["--latency-s", str(plan.latency_s), *simulator_arguments()]
    return _python("simulator", "dev.simulator", arguments, plan)


def _approver_recipe(places: Places, webhook_key: str, plan: Plan) -> Recipe:
    arguments = ["--port", str(places.approver_port), "--webhook-key", webhook_key]
    arguments += ["--mode", plan.approver]
    return _python("approver", "dev.approver", arguments, plan)


def _host_recipe(places: Places, keys: Keys, run_folder: Path, logs: Path) -> Recipe:
    keys_file = run_folder / "host-keys.json"
    write_private(keys_file, keys.host_file())
    argv = [sys.executable, "-m", "dev.functions_host", "--root", str(ROOT)]
    argv += ["--port", str(places.host_port), "--keys", str(keys_file)]
    return Recipe("host", argv, cwd=ROOT, logs=logs, env=host_environment(places, keys))
