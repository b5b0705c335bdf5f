"""Drafts of alt texts in the running system; the canary looks for their words afterwards."""

from typing import Any

import pytest

from dev.deployments import ORCHESTRATOR
from dev.system import System
from shared.chain.audit import verify
from tests.e2e import books, marks
from tests.e2e.client import Client, SimulatorClient
from tests.e2e.store import Store
from tests.e2e.test_flows import callback_of


def undescribed(system: System) -> dict[str, Any]:
    """To be approved by the approver."""
    return marks.order(altText=None, callbackUrl=callback_of(system), callbackEvents=["*"])


def test_a_draft(system: System, client: Client, simulator: SimulatorClient, store: Store) -> None:
    """Whoever gives no alt text gets a model's, in the answer and in the content's room only."""
    request_id = client.submitted(undescribed(system))

    end = client.reached(request_id, "approved")

    [image] = end["images"]
    assert (image["altText"].startswith(marks.DRAFT), image["altTextBy"]) == (True, "model")
    assert marks.DRAFT.encode() in store.read("content", f"{request_id}.json")
    assert marks.DRAFT.encode() not in store.read("requests", request_id)
    rows = simulator.calls(request_id)
    assert [(row["route"], row["billed"]) for row in rows] == [
        ("generations", True),
        ("chat", True),
    ]
    drawn, described = books.lines_of(store, request_id)
    assert (described["model"], described["deployment"]) == ("gpt-5-mini", ORCHESTRATOR)
    assert described["amount"] > 0 and described["images"] == 0
    assert end["cost"]["amount"] == pytest.approx(drawn["amount"] + described["amount"])
    assert verify(client.evidence(request_id)) == []


def test_without_one(system: System, client: Client, simulator: SimulatorClient) -> None:
    """A service that fails costs the draft, and nothing else."""
    simulator.order({"kind": "500", "deployment": ORCHESTRATOR})
    request_id = client.submitted(undescribed(system))

    end = client.reached(request_id, "approved")

    assert (end["images"][0]["altText"], end["images"][0]["altTextBy"]) == (None, None)
    assert end["cost"]["maybeBilledAmount"] > 0
    simulator.forget_faults()
