"""What people approved is asked for again, and comes without a call, a question or a cost."""

import hashlib

from dev.system import System
from shared.chain.audit import verify
from tests.e2e import books, marks
from tests.e2e.client import Client, SimulatorClient
from tests.e2e.store import Store
from tests.e2e.test_flows import callback_of


def test_asked_for_again(
    system: System, client: Client, simulator: SimulatorClient, store: Store
) -> None:
    """The dry run says whose approval it will be; the pack proves that it was."""
    asks = {"callbackUrl": callback_of(system), "callbackEvents": ["*"]}
    wanted = marks.order(size="1536x1024")
    first = client.submitted({**wanted, **asks})
    approved = client.reached(first, "approved")
    told = client.checked({**wanted, "reuse": "allow"})
    second = client.submitted({**wanted, "reuse": "allow"})
    again = client.reached(second, "approved")
    pack = client.evidence(second)

    assert told["reusedFrom"]["id"] == again["reusedFrom"]["id"] == first
    assert [one["sha256"] for one in again["images"]] == [
        one["sha256"] for one in approved["images"]
    ]
    image = client.content(second, 0)
    assert hashlib.sha256(image.body).hexdigest() == again["images"][0]["sha256"]
    assert again["cost"]["amount"] == 0 and again["approval"] is None
    assert [fact["type"] for fact in client.facts(second)] == [
        *("request.accepted", "content.screened", "images.reused", "request.approved")
    ]
    lines = client.evidence(first)["journal"]
    assert verify(pack) == [] and pack["source"] == lines[: len(pack["source"])]
    assert simulator.calls(second) == [] and books.lines_of(store, second) == []
