"""Command line: python -m dev.functions_host --root . --port 7071 --keys keys.json

Exit codes: 0 stopped on request, 2 unusable configuration, 3 the app cannot be indexed,
134 a function outlived `functionTimeout` (start the host again, as Azure restarts the worker).
"""

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from .errors import ConfigurationError, IndexingError
from .eventlog import log_event, route_app_logging
from .host import Host, HostConfig, environment
from .keys import read_keys
from .settings import fill_environment

_NOT_DONE = (
    "This local host serves http, queue and timer triggers and http and queue outputs of one "
    "app in one process. It does not do: other bindings, {expressions} in binding fields, retry "
    "policies, dynamic concurrency, time span schedules, the singleton lock of timers (run one "
    "host per storage account), several worker processes, scaling, CORS, Easy Auth, system keys "
    "and /runtime/webhooks, key management, streaming HTTP, the front end's 230 s and URL length "
    "limits, log levels and sampling of host.json, reload on change."
)
EXIT_CONFIGURATION = 2
EXIT_INDEXING = 3


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m dev.functions_host")
    parser.add_argument("--root", type=Path, default=Path(), help="folder of host.json")
    parser.add_argument("--port", type=int, default=7071, help="on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--keys", type=Path, required=True, help="JSON: master, host, function")
    parser.add_argument("--poll-max-s", type=float, help="ceiling of the queue polling delay")
    parser.add_argument("--drain-s", type=float, default=10.0, help="grace when stopping")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Run until a signal comes; returns the exit code."""
    options = _arguments(argv)
    root = options.root.resolve()
    route_app_logging()
    sys.stderr.write(_NOT_DONE + "\n")
    # Signals first: one that comes while the app is still being imported must stop us, too.
    stop_requested = _listen_for_signals()
    try:
        fill_environment(root, os.environ)
        keys = read_keys(options.keys)
        host = Host(HostConfig(root, options.port, keys, environment(), options.poll_max_s))
        host.start()
    except IndexingError as exc:
        return _failed("app.indexing_failed", exc, EXIT_INDEXING)
    except (ConfigurationError, OSError) as exc:
        return _failed("host.configuration_failed", exc, EXIT_CONFIGURATION)
    _announce(host)
    _wait(stop_requested)
    return _stop(host, options.drain_s)


def _failed(event: str, exc: Exception, exit_code: int) -> int:
    log_event(event)
    sys.stderr.write(f"{exc}\n")
    return exit_code


def _announce(host: Host) -> None:
    """The one line on stdout; whoever started us waits for it."""
    line = {"event": "host.started", "url": host.url, "functions": list(host.functions)}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _listen_for_signals() -> threading.Event:
    requested = threading.Event()

    def request(number: int, frame: FrameType | None) -> None:
        if requested.is_set():
            # A second signal: the person does not want to wait for the grace to end.
            os._exit(128 + number)
        requested.set()

    # Windows has SIGBREAK (Ctrl+Break) and delivers no SIGTERM from other processes.
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), request)
    return requested


def _wait(requested: threading.Event) -> None:
    """In short pieces: on Windows a plain wait would not let the signal handler run."""
    while not requested.wait(0.5):
        continue


def _stop(host: Host, drain_s: float) -> int:
    log_event("host.stopping", drain_s=drain_s)
    drained = host.stop(drain_s)
    log_event("host.stopped", drained=drained)
    sys.stdout.flush()
    if not drained:
        # Handlers that outlived the grace run on threads that would block a normal exit;
        # past its grace the platform kills them, too.
        os._exit(0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
