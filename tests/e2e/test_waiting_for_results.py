"""Ways to wait for a result, on the running system: holding the line, the list, a callback."""

from dev.system import System
from tests.e2e import marks
from tests.e2e.client import ApproverClient, Client
from tests.e2e.test_flows import callback_of

STEP = {"x-ms-client-tracking-id": "run-0858", "x-ms-workflow-operation-name": "Wait_for_images"}


def test_held_line(client: Client) -> None:
    """A caller that waits is answered with the images, while other workers make them."""
    answer = client.submit_and_wait(marks.order(), 20, until="generated")

    assert answer.status == 200, answer.body
    assert answer.headers["preference-applied"] == "wait=20"
    assert len(answer.json()["images"]) == 1
    assert client.cancel(answer.json()["id"]).status == 200


def test_who_waits_for_people(client: Client) -> None:
    """A request is in the list of those that wait while it does, and not any longer."""

    def waiting() -> set[str]:
        answer = client.listed(status="awaitingApproval", limit="100")
        return {item["id"] for item in answer.json()["items"]}

    request_id = client.submitted(marks.order())
    client.reached(request_id, "awaitingApproval")

    during = waiting()
    assert client.cancel(request_id).status == 200

    assert request_id in during
    assert request_id not in waiting()


def test_nobody_at_the_callback(system: System, client: Client, approver: ApproverClient) -> None:
    """An action that no longer waits is told nothing, and its request goes on."""
    order = marks.order(callbackUrl=callback_of(system))
    request_id = client.submitted(order, STEP)
    client.reached(request_id, "awaitingApproval")

    ended = client.unsubscribe(STEP)
    assert client.decide(request_id, {"decision": "approve"}).status == 200
    client.reached(request_id, "approved")

    assert ended == {"id": request_id, "detached": True, "status": "awaitingApproval"}
    assert client.evidence(request_id)["deliveries"] == []
    assert approver.received(request_id) == []
    assert client.unsubscribe(STEP)["status"] == "approved"
