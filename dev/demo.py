"""
`python3 dev demo`: one real request through the whole system, watched to its end.
"""

import argparse
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dev.cli import INTERRUPTED
from dev.display import Display, progress
from dev.http_client import Answer, Unreachable, send
from dev.locks import LockBusy
from dev.places import DOT_DEV, LOGS
from dev.processes import ChildFailed
from dev.quiet import tail
from dev.system import PARTS, STEPS, Plan, System, running_system
from dev.up_file import UpFile, owned_up_file

TIMEOUT_S = 120.0
# Often enough for a lively picture; the Location itself is polled as it asks.
LOOK_EVERY_S = 0.3

# The road of the request in words, by the statuses that mean it has been reached.
ROAD = ("submitted", "generating", "awaiting approval", "releasing", "approved")
REACHED = {
    "accepted": 0,
    "queued": 0,
    "generating": 1,
    "awaitingApproval": 2,
    "releasing": 3,
    "approved": 4,
}
FINAL = frozenset({"approved", "rejected", "expired", "failed", "cancelled"})


class DemoFailed(Exception):
    """It did not go as it should; the message says what happened."""


@dataclass(frozen=True)
class Submitted:
    """
    What the 202 said.
    """

    id: str
    status_url: str
    location: str


def run(options: argparse.Namespace) -> int:
    """
    The exit code is 0 only when the request was approved and its evidence verifies.
    """
    with ExitStack() as stack:
        try:
            up_file: UpFile | None = stack.enter_context(owned_up_file())
            logs = LOGS
        except LockBusy:
            # A system is up already: leave its file and logs alone, run beside it.
            up_file, logs = None, LOGS / f"demo-{os.getpid()}"
        return _run_in(Plan(logs=logs), up_file)


def _run_in(plan: Plan, up_file: UpFile | None) -> int:
    from dev.demo_report import Faulty, report

    started_s = time.monotonic()
    try:
        # The picture ends before the report begins, the system after it.
        with ExitStack() as stack:
            with progress((*STEPS, *ROAD)) as display, failing_step(display):
                system = stack.enter_context(running_system(plan, display, up_file))
                resource = _watch_one_request(system, display, started_s + TIMEOUT_S)
            report(system, resource, DOT_DEV / "demo" / resource["id"])
    except (DemoFailed, Faulty, ChildFailed, Unreachable) as error:
        print(f"\nThe demo failed: {error}")
        _print_tails(plan.logs)
        return 1
    except KeyboardInterrupt:
        print("\nstopped")
        return INTERRUPTED
    print(f"\nDone in {time.monotonic() - started_s:.1f} s. Everything is stopped again.")
    return 0


@contextmanager
def failing_step(display: Display) -> Iterator[None]:
    """
    An error marks the steps that were running.
    """
    try:
        yield
    except BaseException:
        display.fail_running()
        raise


def _watch_one_request(system: System, display: Display, deadline_s: float) -> dict[str, Any]:
    display.begin("submitted")
    submitted = submit(system)
    display.done("submitted", submitted.id)
    display.begin("generating")
    return follow(system, submitted, display, deadline_s)


def submit(system: System) -> Submitted:
    """
    As a flow would: with a callback, a purpose and an idempotency key.
    """
    order = {
        "prompt": "A lighthouse at dusk, watercolour",
        "n": 1,
        "size": "1024x1024",
        "quality": "medium",
        "callbackUrl": system.places.approver_url,
        "callbackEvents": ["*"],
        "purpose": "the demo of `python3 dev demo`",
    }
    headers = {"x-functions-key": system.keys.function, "idempotency-key": f'"{uuid.uuid4()}"'}
    answer = send("POST", f"{system.places.api_url}/images", order, headers)
    if answer.status != 202:
        raise DemoFailed(f"submit answered {answer.status}: {_short(answer)}")
    content = answer.json()
    return Submitted(content["id"], content["statusUrl"], answer.headers["location"])


def follow(
    system: System, submitted: Submitted, display: Display, deadline_s: float
) -> dict[str, Any]:
    """
    Show where the request is until its Location answers 200; that resource.
    """
    key = {"x-functions-key": system.keys.function}
    ask_at_s = time.monotonic()
    while time.monotonic() < deadline_s:
        status = _resource(send("GET", submitted.status_url, headers=key))["status"]
        show(status, display)
        if status in FINAL or time.monotonic() >= ask_at_s:
            answer = send("GET", submitted.location)
            if answer.status == 200:
                return _ended(_resource(answer), display)
            ask_at_s = time.monotonic() + float(answer.headers.get("retry-after") or 1)
        if status == "needsAttention":
            raise DemoFailed("the request needs attention")
        time.sleep(LOOK_EVERY_S)
    raise DemoFailed(f"not final within {TIMEOUT_S:.0f} s")


def show(status: str, display: Display) -> None:
    """
    Every step before the reached one is done: some are too quick to be seen.
    """
    reached = REACHED.get(status)
    if reached is None:
        return
    for step in ROAD[:reached]:
        display.done(step)
    display.begin(ROAD[reached])


def _ended(resource: dict[str, Any], display: Display) -> dict[str, Any]:
    if resource["status"] != "approved":
        error = resource.get("error") or {}
        raise DemoFailed(f"the request ended as {resource['status']} ({error.get('code')})")
    show("approved", display)
    display.done("approved")
    return resource


def _resource(answer: Answer) -> dict[str, Any]:
    if answer.status not in (200, 202):
        raise DemoFailed(f"the request's address answered {answer.status}: {_short(answer)}")
    return dict(answer.json())


def _short(answer: Answer) -> str:
    return answer.body[:500].decode(errors="replace")


def _print_tails(logs: Path) -> None:
    for name in PARTS:
        if (log := logs / f"{name}.log").exists():
            print("\n" + tail(log, lines=15))
