"""Subscribers with bad habits on the running system, and one without any."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.e2e import marks
from tests.e2e.client import Client
from tests.e2e.planned_receiver import HABITS, PlannedReceiver
from tests.e2e.storage_proxy import serving
from tests.e2e.waiting import until

# What the log says once each first attempt is over: state and last status.
AFTER_ONE_ATTEMPT = {
    "good": ("delivered", 200),
    "huge": ("delivered", 200),
    "500": ("pending", 500),
    "429": ("pending", 429),
    "301": ("pending", 301),
    "410": ("gone", 410),
    "silent": ("pending", None),
    "drip": ("pending", None),
    "closed": ("pending", None),
}


@pytest.fixture
def receivers() -> Iterator[dict[str, PlannedReceiver]]:
    found = {habit: PlannedReceiver(habit) for habit in HABITS}
    with ExitStack() as stack:
        for one in found.values():
            stack.enter_context(serving(one))
        yield found
        for one in found.values():
            one.ended.set()


def test_one_sink_keeps_no_other_waiting(
    client: Client, receivers: dict[str, PlannedReceiver]
) -> None:
    """Eight receivers misbehave in all ways; the ninth hears of everything at once, in order."""
    ids = {client.subscribed(one.url): habit for habit, one in receivers.items()}
    request_id = client.submitted(marks.order())
    client.reached(request_id, "awaitingApproval")
    stream = f"images/{request_id}"
    good = receivers["good"]
    until(lambda: len(set(good.seqs(stream))) >= 3, "the good one heard of everything", 10)
    assert good.seqs(stream) == sorted(good.seqs(stream))

    def tried() -> dict[str, tuple[str, int | None]] | None:
        log = client.deliveries(requestId=request_id, limit="100")
        ours = {one["sink"].removeprefix("sub-"): one for one in log if one["seq"] == 1}
        first = {ids[name]: one for name, one in ours.items() if name in ids}
        over = all(
            one["attempt"] and (one["nextAt"] or one["state"] != "pending")
            for one in first.values()
        )
        known = {habit: (one["state"], one["status"]) for habit, one in first.items()}
        return known if over and len(known) == len(HABITS) else None

    assert until(tried, "every first attempt is over", 60) == AFTER_ONE_ATTEMPT
    left = {one["id"] for one in client.subscriptions()}
    assert {habit for name, habit in ids.items() if name not in left} == {"410"}
    for name in ids:
        client.unsubscribed(name)
    assert client.deliveries(requestId=request_id, state="pending") == []
    client.cancel(request_id)
    client.reached(request_id, "cancelled")
    assert {len(set(one.seqs(stream))) for one in receivers.values()} <= {1, 3}
