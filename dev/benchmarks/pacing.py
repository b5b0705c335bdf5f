"""
A burst of requests at a deployment with a small quota: two hosts of ours, and beside them the
official client with its own retries.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from dev.benchmarks.fleet import Fleet, Quota, Simulated, fleet, simulated
from dev.benchmarks.row import Failed, Row
from dev.deployments import DEPLOYMENT
from dev.http_client import send

HOSTS, THREADS = 2, 25
REQUESTS = 120
QUOTA = Quota(requests_per_minute=60, latency_s=6.0)
# Even spacing takes 119 s; whoever is not done after three times that is stuck.
PATIENCE_S = 360.0
LOOK_S = 0.5
PROMPT = "A red boat"


@dataclass(frozen=True)
class Load:
    """What the simulator saw; `rate` is of the images made, against what the quota allows."""

    refused: int
    made: int
    elapsed_s: float
    lost: int

    @property
    def rate(self) -> float:
        possible = 1 + self.elapsed_s * QUOTA.requests_per_minute / 60
        return self.made / possible


def pacing() -> list[Row]:
    """
    A burst at a small quota: who is refused, and how much of the quota is used.
    """
    ours, theirs = _ours(), _theirs()
    load = f"{REQUESTS} requests at once, {QUOTA.requests_per_minute} a minute"
    client = f"official client, {HOSTS * THREADS} threads, its retries"
    fleet_note = f"{HOSTS} hosts of {THREADS} threads"
    return [
        _row(
            "refusals (429)", ours.refused, theirs.refused, "calls", client, f"{load}; {fleet_note}"
        ),
        _row("requests lost", ours.lost, theirs.lost, "requests", client, load),
        _row(
            *("share of the possible rate", round(ours.rate, 4), round(theirs.rate, 4)),
            *("of 1", client, f"{load}; from the first arrival to the last"),
        ),
    ]


def _row(what: str, value: float, other: float, unit: str, baseline: str, note: str) -> Row:
    return Row(
        name=f"pacing: {what}",
        value=value,
        unit=unit,
        baseline=baseline,
        baselineValue=other,
        ratio=round(value / other, 4) if other else 0.0,
        note=note,
    )


def _ours() -> Load:
    with fleet(QUOTA, HOSTS, THREADS) as running:
        ids = submit_all(running, REQUESTS)
        wait_for(lambda: len(made_in(running.simulator)) >= len(ids))
        return load_of(running.simulator, len(ids))


def submit_all(running: Fleet, count: int) -> list[str]:
    """At once, by turns to each host; the ids of what was accepted."""
    urls = cycle(running.api_urls)
    targets = [next(urls) for _ in range(count)]

    def submit(url: str) -> str:
        body, key = {"prompt": PROMPT, "quality": "low"}, running.function_key
        answer = send("POST", f"{url}/images", body, {"x-functions-key": key}, timeout_s=60.0)
        if answer.status != 202:
            raise Failed(f"a host answered {answer.status}")
        return str(answer.json()["id"])

    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(submit, targets))


def _theirs() -> Load:
    from openai import OpenAI, OpenAIError

    with simulated(QUOTA) as simulator:
        client = OpenAI(base_url=f"{simulator.url}/openai/v1", api_key=simulator.key)

        def ask(_: int) -> bool:
            try:
                client.images.generate(model=DEPLOYMENT, prompt=PROMPT, quality="low")
            except OpenAIError:
                return False
            return True

        with client, ThreadPoolExecutor(HOSTS * THREADS) as pool:
            list(pool.map(ask, range(REQUESTS)))
        return load_of(simulator, REQUESTS)


def made_in(simulator: Simulated) -> list[dict[str, Any]]:
    return [row for row in simulator.ledger() if row["outcome"] == "completed"]


def load_of(simulator: Simulated, asked: int) -> Load:
    rows = simulator.ledger()
    made = [row for row in rows if row["billed"]]
    if not made:
        raise Failed("nothing was made")
    arrivals: Sequence[float] = sorted(row["arrivedAt"] for row in made)
    return Load(
        refused=sum(row["outcome"] == "429" for row in rows),
        made=len(made),
        elapsed_s=arrivals[-1] - arrivals[0],
        lost=asked - len(made),
    )


def wait_for(done: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not done():
        if time.monotonic() > deadline_s:
            raise Failed("the load was not done in time")
        time.sleep(LOOK_S)
