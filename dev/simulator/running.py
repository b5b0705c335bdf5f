"""A simulator that runs in the background of the caller's process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType

from .faults import parse_faults
from .server import HOST, Server
from .service import Service

POLL_S = 0.02  # how long stopping may take to be noticed


class Simulator:
    """One simulated resource on 127.0.0.1; port 0 takes any free one.

    ``deployments`` maps deployment names to model ids. ``now_s`` is the clock of the quota and of
    ``created``; tests pass their own. Calls that take longer than ``sync_limit_s`` and send nothing
    meanwhile end with 408, as reported of Azure.
    """

    def __init__(
        self,
        *,
        key: str,
        deployments: Mapping[str, str],
        port: int = 0,
        token: str | None = None,
        latency_s: float = 0.0,
        requests_per_minute: int | None = None,
        sync_limit_s: float | None = None,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self.key = key
        self._service = Service(
            key=key,
            deployments=deployments,
            token=token,
            latency_s=latency_s,
            requests_per_minute=requests_per_minute,
            sync_limit_s=sync_limit_s,
            now_s=now_s,
        )
        self._server = Server(port, self._service)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL_S,), name="simulator"
        )

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._server.server_port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End waits, hang up on clients and join every thread."""
        self._service.stopping.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.hang_up()
        self._server.server_close()

    def order(self, *faults: Mapping[str, object]) -> None:
        """Queue fault orders, each of the shape ``POST /__faults`` takes."""
        self._service.faults.add(parse_faults([dict(fault) for fault in faults]))

    def faults(self) -> list[dict[str, object]]:
        return self._service.faults.rows()

    def ledger(self) -> list[dict[str, object]]:
        return self._service.ledger.rows()

    def clear(self) -> None:
        """Forget orders and ledger."""
        self._service.faults.clear()
        self._service.ledger.clear()

    def __enter__(self) -> Simulator:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


@contextmanager
def running_simulator(
    *,
    key: str,
    deployments: Mapping[str, str],
    port: int = 0,
    token: str | None = None,
    latency_s: float = 0.0,
    requests_per_minute: int | None = None,
    sync_limit_s: float | None = None,
    now_s: Callable[[], float] = time.time,
) -> Iterator[Simulator]:
    """A started simulator, stopped at the end of the block."""
    with Simulator(
        key=key,
        deployments=deployments,
        port=port,
        token=token,
        latency_s=latency_s,
        requests_per_minute=requests_per_minute,
        sync_limit_s=sync_limit_s,
        now_s=now_s,
    ) as simulator:
        yield simulator
