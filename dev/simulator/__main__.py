"""The command line: ``python -m dev.simulator --key KEY --deployment name=model``."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Sequence

from .families import MODELS
from .options import Options
from .running import Simulator

# Waiting in short turns: on Windows an endless wait would not notice Ctrl-C.
TURN_S = 0.2


def _deployment(text: str) -> tuple[str, str]:
    name, _, model_id = text.partition("=")
    if not name or model_id not in MODELS:
        raise argparse.ArgumentTypeError(f"expected NAME=MODEL, MODEL one of {', '.join(MODELS)}")
    return name, model_id


def _per_minute(text: str) -> tuple[str | None, int]:
    name, equals, number = text.rpartition("=")
    if not number.isdecimal() or int(number) < 1 or bool(equals) != bool(name):
        raise argparse.ArgumentTypeError("expected N or NAME=N, N a whole number from 1 on")
    return name or None, int(number)


def parser() -> argparse.ArgumentParser:
    """The arguments, each with its help."""
    parser = argparse.ArgumentParser(
        prog="python -m dev.simulator",
        description="Simulates the images API of Azure OpenAI, its chat, and Content Safety.",
    )
    parser.add_argument("--port", type=int, default=8090, help="0 takes any free port")
    parser.add_argument("--key", required=True, help="the api-key clients must send")
    parser.add_argument("--token", help="an Entra token to accept as well")
    parser.add_argument(
        "--deployment",
        type=_deployment,
        action="append",
        required=True,
        metavar="NAME=MODEL",
        help="may be given several times",
    )
    parser.add_argument(
        "--orchestrator",
        action="append",
        default=[],
        metavar="NAME",
        help="a deployment for the Responses and chat routes; may be given several times",
    )
    parser.add_argument("--latency-s", type=float, default=0.0, help="seconds per request")
    parser.add_argument(
        "--requests-per-minute",
        type=_per_minute,
        action="append",
        default=[],
        metavar="[NAME=]N",
        help="quota of each image deployment, or of the named one; off by default",
    )
    parser.add_argument(
        "--sync-limit-s", type=float, metavar="S", help="408 for longer calls that send nothing"
    )
    parser.add_argument(
        "--no-c2pa", action="store_true", help="leave the pictures without a signed manifest"
    )
    return parser


def options(given: argparse.Namespace) -> Options:
    """What the arguments say; a quota without a name is that of all image deployments."""
    per_minute = dict(given.requests_per_minute)
    return Options(
        key=given.key,
        deployments=dict(given.deployment),
        orchestrators=given.orchestrator,
        port=given.port,
        token=given.token,
        latency_s=given.latency_s,
        requests_per_minute=per_minute.pop(None, None),
        requests_per_minute_of=per_minute,
        sync_limit_s=given.sync_limit_s,
        c2pa=not given.no_c2pa,
    )


def _wait_for_signal(stop: threading.Event) -> None:
    names = ("SIGINT", "SIGTERM", "SIGBREAK")
    for number in (getattr(signal, name, None) for name in names):
        if number is not None:
            signal.signal(number, lambda *_: stop.set())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until a signal asks to stop."""
    reading = parser()
    given = reading.parse_args(arguments)
    stop = threading.Event()
    _wait_for_signal(stop)
    try:
        simulator = Simulator(options(given))
    except ValueError as wrong:
        reading.error(str(wrong))
    except OSError as refused:
        print(f"cannot listen on port {given.port}: {refused.strerror}", file=sys.stderr)
        return 1
    with simulator:
        print(json.dumps({"event": "simulator.started", "url": simulator.url}), flush=True)
        while not stop.wait(TURN_S):
            pass
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
