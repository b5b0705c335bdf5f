"""
A system whose host can be killed, and whose time can be moved.

Storage, simulator and receiver stay up; the host reaches storage through our proxy, and is
started again on the same port, with the same keys and data, as the platform would do.
"""

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from dev.azurite import Ports, azurite_in
from dev.deployments import ORCHESTRATOR, SIMULATED
from dev.host_settings import Places, host_environment
from dev.http_client import Unreachable, send
from dev.keys import Keys, new_keys
from dev.places import ROOT
from dev.ports import LOOPBACK, free_ports
from dev.processes import Child, Recipe
from dev.simulator import running_simulator
from dev.storage import make_containers_and_queues
from shared.chain.due import Entry, entry_of
from shared.chain.sweep import sight_of
from shared.security.signatures import webhook_key
from tests.e2e.client import Client, SimulatorClient
from tests.e2e.marks import CALLBACK_PATH
from tests.e2e.receiver import Receiver
from tests.e2e.storage_proxy import ShiftedTime, StorageProxy, Trap, serving
from tests.e2e.store import Store, opened
from tests.e2e.waiting import until

START_TIMEOUT_S = 30.0
# Long enough past a due time for the whole seconds of `Date`.
PAST_DUE = timedelta(seconds=3)
# Losing every message costs minutes. The longest is a lease; a stage's deadline is days away.
LONGEST_WAIT = timedelta(minutes=15)
# A call that takes longer and sends nothing meanwhile is billed, and answered with 408.
SYNC_LIMIT_S = 2.0
MAKER_KEY, JUDGE_KEY = "canary-maker-key-b9a2e1c4", "canary-judge-key-77d1f3a8"
SAVER_KEY, ASKER_KEY = "canary-saver-key-4be01c7a", "canary-asker-key-c2d96f3b"
LONER_KEY = "canary-loner-key-90f7a5e2"
CALLER_KEYS = {
    "maker": MAKER_KEY,
    "judge": JUDGE_KEY,
    "saver": SAVER_KEY,
    "asker": ASKER_KEY,
    "loner": LONER_KEY,
}
# An image of quality low costs 0.006 USD: two of them, but not three.
SAVERS_BUDGET_USD = 0.0135


class KillableHost:
    """The host's process, and how to start it again."""

    def __init__(self, recipe: Recipe, health_url: str) -> None:
        self.recipe, self.health_url = recipe, health_url
        self.child: Child | None = None
        self.starts = 0

    def start(self) -> None:
        self.starts += 1
        self.child = Child(self.recipe)
        self.child.wait_for_event("host.started", START_TIMEOUT_S)
        until(self._healthy, "the host answers", START_TIMEOUT_S)

    def kill(self) -> None:
        """SIGKILL, as a machine dies; by the pid of the child that we started."""
        assert self.child is not None
        self.child.process.kill()
        self.child.process.wait()

    @property
    def dead(self) -> bool:
        return self.child is not None and self.child.process.poll() is not None

    def start_again(self) -> None:
        self.stop()
        self.start()

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop()

    def _healthy(self) -> bool:
        try:
            return send("GET", self.health_url, timeout_s=5.0).status == 200
        except Unreachable:
            return False


@dataclass(frozen=True)
class World:
    """Everything that a test of the killable system needs."""

    host: KillableHost
    places: Places
    keys: Keys = field(repr=False)
    time: ShiftedTime
    trap: Trap
    receiver: Receiver
    store: Store
    messages: list[bytes] = field(repr=False)
    logs: Path

    @property
    def client(self) -> Client:
        return Client(self.places.api_url, self.keys.function)

    @property
    def simulator(self) -> SimulatorClient:
        return SimulatorClient(self.places.simulator_url)

    @property
    def callback_url(self) -> str:
        return f"http://{LOOPBACK}:{self.receiver.server_address[1]}/{CALLBACK_PATH}"

    def due(self, request_id: str) -> list[Entry]:
        """The due entries of a request, the earliest first."""
        entries = [entry_of(name) for name in self.store.names("state", "due/")]
        return [entry for entry in entries if entry and entry.request_id == request_id]

    def move_on(self, request_id: str) -> datetime:
        """Let time pass until the request's next due entry counts as overdue, and sweep at once."""
        entry = until(lambda: self.due(request_id), "there is a due entry")[0]
        at = max(entry.at, sight_of(entry))
        assert at - self.time.now() < LONGEST_WAIT, at
        self.move_to(at + PAST_DUE)
        self.client.run_sweep(self.keys.master)
        return entry.at

    def free(self, deployment: str) -> str:
        """The deployment's state once an operator has ended what kept calls from it."""
        if self.client.go_on(deployment)["state"] != "closed":
            # A moved clock is only as exact as `Date`: it may still be early for a moment.
            self.move_to(self.time.now() + PAST_DUE)
        return str(self.client.go_on(deployment)["state"])

    def move_to(self, moment: datetime) -> None:
        """From now on it is at least this late, for the app as well."""
        self.time.move_to(moment)
        # The app learns the time from its next answer of storage.
        self.client.listed(limit="1")


@contextmanager
def running_world(logs: Path, settings: Mapping[str, str] = {}) -> Iterator[World]:
    """Started once for many kills; all of it is gone at the end of the block."""
    keys, time, trap = new_keys(), ShiftedTime(), Trap()
    with ExitStack() as stack:
        direct = stack.enter_context(azurite_in(logs))
        make_containers_and_queues(direct.connection_string())
        queues = StorageProxy(direct.queue, time, trap)
        through = Ports(
            blob=stack.enter_context(serving(StorageProxy(direct.blob, time, trap))),
            queue=stack.enter_context(serving(queues)),
            table=direct.table,
        )
        simulator = stack.enter_context(
            running_simulator(
                key=keys.simulator,
                deployments=SIMULATED,
                orchestrators=[ORCHESTRATOR],
                sync_limit_s=SYNC_LIMIT_S,
            )
        )
        receiver = Receiver(webhook_key(keys.signing_bytes()), time)
        hook_port = stack.enter_context(serving(receiver))
        model_port = int(simulator.url.rpartition(":")[2])
        places = Places(free_ports(1)[0], model_port, hook_port, through.connection_string())
        recipe = _host_recipe(places, keys, settings, logs)
        host = KillableHost(recipe, f"{places.api_url}/health")
        stack.callback(host.stop)
        host.start()
        store = stack.enter_context(opened(direct.connection_string()))
        yield World(host, places, keys, time, trap, receiver, store, queues.messages, logs)


def _host_recipe(places: Places, keys: Keys, settings: Mapping[str, str], logs: Path) -> Recipe:
    """More callers than the usual system has, and quick polling."""
    environment = host_environment(places, keys)
    callers = [
        *json.loads(environment["DARKROOM_CALLERS"]),
        _caller("maker", ["submit", "read", "decide"]),
        _caller("judge", ["readAll", "read", "decide"]),
        _caller("saver", ["submit", "read"], monthlyBudgetUsd=SAVERS_BUDGET_USD),
        _caller("asker", ["submit", "read"], monthlyBudgetUsd=0.001, overBudget="ask"),
        _caller("loner", ["submit", "read"], maxOpenRequests=1),
    ]
    key_file = json.loads(keys.host_file())
    key_file["host"] |= CALLER_KEYS
    keys_path = logs / "keys" / "host.json"
    keys_path.parent.mkdir(mode=0o700)
    keys_path.write_text(json.dumps(key_file))
    argv = [sys.executable, "-m", "dev.functions_host", "--root", str(ROOT), "--poll-max-s", "0.2"]
    argv += ["--port", str(places.host_port), "--keys", str(keys_path)]
    environment |= {"DARKROOM_CALLERS": json.dumps(callers), **settings}
    return Recipe("host", argv, cwd=ROOT, logs=logs, env=environment)


def _caller(name: str, roles: list[str], **limits: object) -> dict[str, object]:
    digest = hashlib.sha256(CALLER_KEYS[name].encode()).hexdigest()
    return {"name": name, "keySha256": digest, "roles": roles, **limits}
