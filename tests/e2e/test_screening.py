"""Screening in the running system: what is flagged stays unseen, what is down is waited for."""

from shared.chain.audit import verify
from tests.e2e import marks
from tests.e2e.client import Client, SimulatorClient


def test_flagged(client: Client, simulator: SimulatorClient) -> None:
    """The caller learns the categories, the model hears nothing, and the record proves it."""
    told = client.checked(marks.order(prompt=f"{marks.PROMPT}, violence-4"))
    assert "not_screened" in [one["code"] for one in told["warnings"]]
    request_id = client.submitted(marks.order(prompt=f"{marks.PROMPT}, violence-4"))

    end = client.reached(request_id, "failed")

    assert (end["error"]["code"], end["error"]["categories"]) == ("policy_rejected", ["violence"])
    assert (simulator.calls(request_id), end["cost"]["amount"]) == ([], 0)
    pack = client.evidence(request_id)
    assert verify(pack) == []
    assert [one["categories"] for one in pack["screenings"]] == [["violence"]]


def test_away_and_back(client: Client, simulator: SimulatorClient) -> None:
    """It is asked again after the pause; the canary finds nothing of the text in the log."""
    simulator.order({"kind": "screen429", "retryAfterS": 1})
    request_id = client.submitted(marks.order())

    client.reached(request_id, "awaitingApproval")

    kinds = [fact["type"] for fact in client.facts(request_id)]
    assert kinds[:3] == ["request.accepted", "screening.failed", "content.screened"]
    simulator.forget_faults()
