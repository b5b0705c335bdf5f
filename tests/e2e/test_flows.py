"""The life of a request from outside: submit, wait, decide, release, and the ways out of it."""

import hashlib

from dev.http_client import send
from dev.system import System
from shared.chain.audit import verify
from tests.e2e import marks
from tests.e2e.client import ApproverClient, Client, SimulatorClient
from tests.e2e.store import Store
from tests.e2e.waiting import until

TOLD = [
    *("darkroom.request.accepted", "darkroom.images.generated", "darkroom.approval.requested"),
    "darkroom.request.approved",
]


def callback_of(system: System) -> str:
    """The approver, at a path that must not become known."""
    return system.places.approver_url.removesuffix("/hook") + f"/{marks.CALLBACK_PATH}"


def test_approved_by_the_approver(
    system: System,
    client: Client,
    simulator: SimulatorClient,
    approver: ApproverClient,
    store: Store,
) -> None:
    """A flow's request is told of each step, decided, released as reviewed, and provable."""
    order = marks.order(callbackUrl=callback_of(system), callbackEvents=["*"])
    request_id = client.submitted(order)

    resource = client.reached(request_id, "approved")

    [image] = resource["images"]
    container, _, name = image["blob"].partition("/")
    released = store.read(container, name)
    assert container == "approved"
    assert hashlib.sha256(released).hexdigest() == image["sha256"]
    assert verify(client.evidence(request_id)) == []
    assert simulator.billed(request_id) == 1
    received = until(
        lambda: (got := approver.received(request_id)) and len(got) >= len(TOLD) and got,
        "all events came",
    )
    assert received == TOLD
    assert resource["cost"]["amount"] > 0
    assert resource["promptSha256"] != hashlib.sha256(marks.PROMPT.encode()).hexdigest()


def test_poll_link_ends_with_the_request(client: Client, system: System) -> None:
    """The 202's Location needs no key, answers 202 until the end, and then the resource."""
    asks = {"callbackUrl": callback_of(system), "callbackEvents": ["darkroom.approval.requested"]}
    answer = client.submit(marks.order(**asks))
    location = answer.headers["location"]
    assert location == answer.json()["resultUrl"]

    first = client.poll(location)
    assert first.status == 202
    assert int(first.headers["retry-after"]) >= 1
    assert first.headers["location"] == location
    last = until(
        lambda: found if (found := client.poll(location)).status == 200 else None, "a result"
    )
    assert last.json()["status"] == "approved"


def test_what_is_offered_can_be_started(client: Client, system: System) -> None:
    """A model of the list, asked for without waiting: 201, no poll link, images in the end."""
    offered = client.models()
    asks = {"callbackUrl": callback_of(system), "callbackEvents": ["darkroom.approval.requested"]}

    answer = client.start(marks.order(model=offered[0]["name"], **asks))

    assert answer.status == 201
    assert answer.headers["location"] == answer.json()["statusUrl"]
    assert "retry-after" not in answer.headers
    assert client.reached(answer.json()["id"], "approved")["options"]["model"] == offered[0]["name"]


def test_cancelled_while_it_waits(client: Client, store: Store) -> None:
    """Nothing is released, a late verdict finds the review closed, a repeat changes nothing."""
    request_id = client.submitted(marks.order())
    client.reached(request_id, "awaitingApproval")

    assert client.cancel(request_id).json()["status"] == "cancelled"
    assert client.cancel(request_id).status == 200
    late = client.decide(request_id, {"decision": "approve"})
    assert (late.status, late.json()["code"]) == (410, "review_closed")
    assert store.names("approved", request_id) == []


def test_cancelled_during_the_call(client: Client, simulator: SimulatorClient) -> None:
    """It is noted at once and takes effect when the outcome is in; what was paid is shown."""
    simulator.order({"kind": "slow", "seconds": 1.0})
    request_id = client.submitted(marks.order())
    until(lambda: simulator.calls(request_id), "the call has begun")

    asked = client.cancel(request_id)
    assert (asked.status, asked.json()["cancelRequested"]) == (200, True)
    assert asked.json()["status"] == "generating"

    end = client.reached(request_id, "cancelled")
    assert simulator.billed(request_id) == 1
    assert end["cost"]["amount"] > 0
    assert verify(client.evidence(request_id)) == []


def test_same_key_same_request(client: Client) -> None:
    """A repeat answers the same request, quotes or not; another body is refused."""
    key = "canary-idempotency-1"
    first = client.submitted(marks.order(), {"idempotency-key": key})

    assert client.submitted(marks.order(), {"idempotency-key": f'"{key}"'}) == first
    other = client.submit(marks.order(n=2), {"idempotency-key": key})
    assert (other.status, other.json()["code"]) == (422, "idempotency_key_reused")
    found = client.listed(idempotencyKey=key).json()["items"]
    assert [one["id"] for one in found] == [first]


def test_run_again(client: Client, store: Store) -> None:
    """A final request's content makes a new request; one that is still open does not."""
    request_id = client.submitted(marks.order())
    client.reached(request_id, "awaitingApproval")
    early = client.rerun(request_id)
    assert (early.status, early.json()["code"]) == (409, "not_final")
    client.cancel(request_id)

    answer = client.rerun(request_id)
    assert answer.status == 202
    again = client.reached(answer.json()["id"], "awaitingApproval")
    assert again["rerunOf"] == request_id
    assert marks.PROMPT.encode() in store.read("content", f"{again['id']}.json")


def test_alive_and_ready(client: Client) -> None:
    """Both health routes are open to everybody."""
    assert send("GET", f"{client.api_url}/health").status == 200
    ready = send("GET", f"{client.api_url}/health/ready")
    assert (ready.status, ready.json()["status"]) == (200, "ready")
