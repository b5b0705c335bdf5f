"""A simulator that runs in the background of the caller's process."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from .faults import parse_faults
from .options import Options
from .server import HOST, Server
from .service import Service

POLL_S = 0.02  # how long stopping may take to be noticed


class Simulator:
    """One simulated resource, its server and the thread that serves."""

    def __init__(self, options: Options) -> None:
        self.key = options.key
        self._service = Service(options)
        self._server = Server(options.port, self._service)
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

    def block(self, **lists: Sequence[str]) -> None:
        """Have these blocklists, in place of all there were; `_` in a name stands for `-`."""
        self._service.shelf.replace({name.replace("_", "-"): lists[name] for name in lists})

    def screenings(self) -> list[dict[str, object]]:
        return self._service.shelf.rows()

    def clear(self) -> None:
        """Forget orders, ledger and blocklists."""
        self._service.faults.clear()
        self._service.ledger.clear()
        self._service.shelf.clear()

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
def running_simulator(**options: Any) -> Iterator[Simulator]:
    """A started simulator with these ``Options``, stopped at the end of the block."""
    with Simulator(Options(**options)) as simulator:
        yield simulator
