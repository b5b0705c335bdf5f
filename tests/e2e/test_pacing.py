"""A burst on two hosts that share one storage: the quota is kept, and nothing is lost."""

from itertools import cycle

from dev.benchmarks.fleet import Quota, fleet
from dev.benchmarks.pacing import submit_all
from shared.chain.audit import verify
from tests.e2e.client import Client
from tests.e2e.waiting import until

HOSTS, THREADS, REQUESTS = 2, 25, 40
# About four a second. The simulator counts in slices of one second, ten seconds and a minute and
# rounds up: so it forgives the 0.2 s by which a burst on two cores makes the first calls late.
QUOTA = Quota(requests_per_minute=250, latency_s=0.5)
TIMEOUT_S = 90.0


def test_burst_keeps_the_quota() -> None:
    """All is made and paid once, and the model's side never had to say 429."""
    with fleet(QUOTA, HOSTS, THREADS) as running:
        ids = submit_all(running, REQUESTS)
        until(lambda: len(running.simulator.ledger()) >= REQUESTS, "all were called", TIMEOUT_S)
        clients = cycle(Client(url, running.function_key) for url in running.api_urls)
        for request_id, client in zip(ids, clients, strict=False):
            client.reached(request_id, "approved")
            assert verify(client.evidence(request_id)) == []
        rows = running.simulator.ledger()

    assert {row["outcome"] for row in rows} == {"completed"}
    # Not by attempt: whoever comes too late for its turn takes another, and nothing was sent.
    assert sorted(row["requestId"].partition("-")[0] for row in rows) == sorted(ids)
    assert all(row["billed"] for row in rows)
