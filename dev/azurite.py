"""
Azurite, the storage emulator, on free ports.
"""

import http.client
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dev.node import Node
from dev.npm import INSTALLED, file_of, install_packages
from dev.ports import LOOPBACK, free_ports
from dev.processes import POLL_S, Child, Recipe

# Azurite's published account, the same on every machine: no secret.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

START_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Ports:
    blob: int
    queue: int
    table: int

    def connection_string(self) -> str:
        """
        What every Azure storage client takes.
        """
        ends = {"Blob": self.blob, "Queue": self.queue, "Table": self.table}
        parts = ["DefaultEndpointsProtocol=http", f"AccountName={ACCOUNT}", f"AccountKey={KEY}"]
        for service, port in ends.items():
            parts.append(f"{service}Endpoint=http://{LOOPBACK}:{port}/{ACCOUNT}")
        return ";".join(parts) + ";"


def azurite_recipe(node: Node, ports: Ports, logs: Path, data: Path | None) -> Recipe:
    """
    How to start it; without a data folder everything stays in memory.
    """
    program = file_of("azurite", "dist/src/azurite.js")
    argv = [node.node, str(program), "--skipApiVersionCheck", "--silent", "--disableTelemetry"]
    for service, port in (("blob", ports.blob), ("queue", ports.queue), ("table", ports.table)):
        argv += [f"--{service}Host", LOOPBACK, f"--{service}Port", str(port)]
    if data is None:
        argv.append("--inMemoryPersistence")
    else:
        data.mkdir(parents=True, exist_ok=True)
        argv += ["--location", str(data)]
    # In its install folder, so that nothing it writes on its own lands in the project.
    return Recipe("azurite", argv, cwd=INSTALLED, logs=logs)


def wait_until_answering(child: Child, ports: Ports) -> None:
    """
    Both services answer HTTP; what they say to a stranger does not matter.
    """
    deadline = time.monotonic() + START_TIMEOUT_S
    for port in (ports.blob, ports.queue):
        while not _answers(port):
            child.must_live(deadline, f"did not answer within {START_TIMEOUT_S:.0f} s")
            time.sleep(POLL_S)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=2.0)
    try:
        connection.request("GET", "/")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


@contextmanager
def azurite_in(logs: Path) -> Iterator[Ports]:
    """
    An empty Azurite of one's own, in memory, whose log lies in this folder.
    """
    node, ports = install_packages(), Ports(*free_ports(3))
    child = Child(azurite_recipe(node, ports, logs, data=None))
    try:
        wait_until_answering(child, ports)
        yield ports
    finally:
        child.stop()


@contextmanager
def running_azurite() -> Iterator[str]:
    """
    The same for tests; the value is its connection string.
    """
    with tempfile.TemporaryDirectory() as logs, azurite_in(Path(logs)) as ports:
        yield ports.connection_string()
