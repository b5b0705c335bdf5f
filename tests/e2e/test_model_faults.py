"""The model's side fails in every way it can: nothing is paid for twice unknowingly."""

from typing import Any

import pytest

from dev.deployments import DEPLOYMENT
from shared.chain.audit import verify
from tests.e2e import marks
from tests.e2e.client import Client, SimulatorClient

PLAIN = {"decision": "approve", "reviewer": marks.REVIEWER}


@pytest.fixture(autouse=True)
def no_faults_left(simulator: SimulatorClient) -> None:
    """A fault that another test left would hit the wrong request."""
    simulator.forget_faults()


def intents(client: Client, request_id: str) -> int:
    facts = client.facts(request_id)
    return sum(1 for fact in facts if fact["type"] == "generation.intended")


def approved(client: Client, request_id: str) -> dict[str, Any]:
    """The end of a request that is let through."""
    client.reached(request_id, "awaitingApproval")
    assert client.decide(request_id, PLAIN).status == 200
    end = client.reached(request_id, "approved")
    assert verify(client.evidence(request_id)) == []
    return end


def attention(client: Client, request_id: str) -> int:
    found = client.reached(request_id, "needsAttention")["attention"]
    assert found["code"] == "outcome_unknown"
    return int(found["seq"])


def test_throttled(client: Client, simulator: SimulatorClient) -> None:
    """429 buys nothing: after the short time that it names, the same deployment is asked again."""
    simulator.order({"kind": "429", "retryAfterS": 2})
    request_id = client.submitted(marks.order())

    approved(client, request_id)

    first, second = simulator.calls(request_id)
    assert (first["outcome"], second["outcome"]) == ("429", "completed")
    assert (first["deployment"], second["deployment"]) == (DEPLOYMENT, DEPLOYMENT)
    assert second["arrivedAt"] - first["arrivedAt"] >= 2
    assert simulator.billed(request_id) == 1


def test_filtered(client: Client, simulator: SimulatorClient) -> None:
    """The filter's no is final, is not tried again, and names its categories."""
    simulator.order({"kind": "400"})
    request_id = client.submitted(marks.order())

    end = client.reached(request_id, "failed")

    assert end["error"]["code"] == "content_filtered"
    assert end["error"]["categories"] == ["violence"]
    assert len(simulator.calls(request_id)) == 1
    assert verify(client.evidence(request_id)) == []


def test_refused_parameter(client: Client, simulator: SimulatorClient) -> None:
    """A 400 that is not the filter's is told apart from it."""
    simulator.order({"kind": "400param"})
    request_id = client.submitted(marks.order())

    end = client.reached(request_id, "failed")

    assert end["error"]["code"] == "model_rejected_request"
    assert len(simulator.calls(request_id)) == 1


@pytest.mark.parametrize(
    ("kind", "billed"),
    [("500", 0), ("408", 0), ("cutBefore", 0), ("cutAfterBilling", 1), ("emptyData", 1)],
)
def test_unknown_outcome_paid_again_knowingly(
    client: Client, simulator: SimulatorClient, kind: str, billed: int
) -> None:
    """An operator is asked; `retry` is a second intent, and the ledger shows both."""
    simulator.order({"kind": kind})
    request_id = client.submitted(marks.order())
    seq = attention(client, request_id)
    assert simulator.billed(request_id) == billed

    assert client.resume(request_id, "retry", seq).status == 200
    assert client.resume(request_id, "retry", seq).status == 200
    end = approved(client, request_id)

    assert intents(client, request_id) == 2
    assert simulator.billed(request_id) == billed + 1
    assert end["cost"]["maybeBilledAmount"] > 0


def test_malformed_usage(client: Client, simulator: SimulatorClient) -> None:
    """Images with a usage nobody can read are kept; their cost is an estimate, and says so."""
    simulator.order({"kind": "malformedUsage"})
    request_id = client.submitted(marks.order())

    end = approved(client, request_id)

    assert end["usage"] is None
    assert end["cost"]["estimated"] is True
    assert end["cost"]["amount"] > 0
    assert simulator.billed(request_id) == 1
