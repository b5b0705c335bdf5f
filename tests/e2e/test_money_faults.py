"""
Every way in which a paid call can end badly, against both books: the model's side's and ours.

With `hold` nobody pays twice; with `retry_once` twice at most, by two intents, and it is told.
"""

import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from dev.deployments import DEPLOYMENT, SPARE
from shared.chain.audit import verify
from tests.e2e import marks
from tests.e2e.books import Line, lines_of, summed
from tests.e2e.story import Story
from tests.e2e.waiting import until
from tests.e2e.world import SYNC_LIMIT_S, World

PLAIN = {"decision": "approve", "reviewer": marks.REVIEWER}
# Of the model that is asked when none is named: low comes in one answer, medium is streamed.
WHOLE, STREAMED = {"quality": "low"}, {"quality": "medium"}
BILLED, FREE = True, False

# The order to the simulator, what is submitted, and whether that first call is billed.
UNKNOWN: Mapping[str, tuple[dict[str, Any], dict[str, str], bool]] = {
    "408 after billing": ({"kind": "slow", "seconds": SYNC_LIMIT_S + 1}, WHOLE, BILLED),
    "408": ({"kind": "408"}, WHOLE, FREE),
    "500": ({"kind": "500"}, WHOLE, FREE),
    "503": ({"kind": "503"}, STREAMED, FREE),
    "503 without a word": ({"kind": "503empty"}, WHOLE, FREE),
    "cut before the work": ({"kind": "cutBefore"}, WHOLE, FREE),
    "cut before the stream": ({"kind": "cutBefore"}, STREAMED, FREE),
    "cut after the work": ({"kind": "cutAfterBilling"}, WHOLE, BILLED),
    "cut within the stream": ({"kind": "cutAfterBilling"}, STREAMED, BILLED),
    "an error as an event": ({"kind": "streamError", "form": "event"}, STREAMED, BILLED),
    "an error as data": ({"kind": "streamError", "form": "flat"}, STREAMED, BILLED),
    "a stream without its end": ({"kind": "streamNoCompleted"}, STREAMED, BILLED),
    "an answer without images": ({"kind": "emptyData"}, WHOLE, BILLED),
}
BOUGHT: Mapping[str, tuple[dict[str, Any], dict[str, str]]] = {
    "a dripping answer": ({"kind": "drip", "seconds": 0.5}, WHOLE),
    "a dripping stream": ({"kind": "drip", "seconds": 0.5}, STREAMED),
    "a slow stream": ({"kind": "slow", "seconds": SYNC_LIMIT_S + 1}, STREAMED),
    "usage that nobody can read": ({"kind": "malformedUsage"}, STREAMED),
}


def ordered(world: World, fault: dict[str, Any]) -> None:
    """This fault for the next call and no other, with nothing left of earlier ones."""
    world.simulator.forget_faults()
    for name in (DEPLOYMENT, SPARE):
        world.free(name)
    world.simulator.order(fault)


def intents(world: World, request_id: str) -> int:
    facts = world.client.facts(request_id)
    return sum(fact["type"] == "generation.intended" for fact in facts)


def booked(world: World, request_id: str, count: int) -> list[Line]:
    """The lines of our ledger once there are so many, held against the resource and its proof."""
    found = until(
        lambda: rows if len(rows := lines_of(world.store, request_id)) == count else None,
        f"{count} lines of {request_id}",
    )
    cost = world.client.resource(request_id)["cost"]
    assert summed(found, "amount") == Decimal(str(cost["amount"]))
    assert summed(found, "maybeBilledAmount") == Decimal(str(cost["maybeBilledAmount"]))
    assert verify(world.client.evidence(request_id)) == []
    return found


def let_through(world: World, request_id: str) -> dict[str, Any]:
    world.client.reached(request_id, "awaitingApproval")
    assert world.client.decide(request_id, PLAIN).status == 200
    return world.client.reached(request_id, "approved")


@pytest.mark.parametrize("name", UNKNOWN)
def test_held(world: World, name: str) -> None:
    """Nothing is paid for again, and what may have been paid is in both of our accounts."""
    fault, wanted, billed = UNKNOWN[name]
    ordered(world, fault)
    request_id = world.client.submitted(marks.order(**wanted))

    held = world.client.reached(request_id, "needsAttention")["attention"]
    assert held["code"] == "outcome_unknown"
    wrong = world.client.resume(request_id, "abandon", held["seq"] + 1)
    assert (wrong.status, wrong.json()["code"]) == (409, "stale_attention")
    world.client.resume(request_id, "abandon", held["seq"])
    end = world.client.reached(request_id, "failed")

    assert end["error"]["code"] == "outcome_unknown"
    assert [row["billed"] for row in world.simulator.calls(request_id)] == [billed]
    assert intents(world, request_id) == 1
    [line] = booked(world, request_id, 1)
    assert (line["kind"], line["amount"]) == ("unknown", 0)
    assert line["maybeBilledAmount"] > 0


@pytest.mark.parametrize("name", UNKNOWN)
def test_made_once_more(retrying: World, name: str) -> None:
    """Two intents and two calls, the first of which may have been paid: the ledger has both."""
    fault, wanted, billed = UNKNOWN[name]
    ordered(retrying, fault)
    request_id = retrying.client.submitted(marks.order(**wanted))

    end = let_through(retrying, request_id)

    assert [row["billed"] for row in retrying.simulator.calls(request_id)] == [billed, True]
    assert intents(retrying, request_id) == 2
    first, second = booked(retrying, request_id, 2)
    assert (first["kind"], second["kind"]) == ("unknown", "completed")
    assert first["maybeBilledAmount"] > 0
    assert second["amount"] == end["cost"]["amount"] > 0


def test_once_more_is_once(retrying: World) -> None:
    """A second call of unknown outcome is the last one that nobody was asked about."""
    ordered(retrying, {"kind": "cutAfterBilling", "times": 2})
    request_id = retrying.client.submitted(marks.order())

    held = retrying.client.reached(request_id, "needsAttention")["attention"]
    retrying.client.resume(request_id, "abandon", held["seq"])
    retrying.client.reached(request_id, "failed")

    assert retrying.simulator.billed(request_id) == intents(retrying, request_id) == 2
    assert [line["kind"] for line in booked(retrying, request_id, 2)] == ["unknown"] * 2


@pytest.mark.parametrize("name", BOUGHT)
def test_bought_all_the_same(retrying: World, name: str) -> None:
    """What comes slowly, or with a bill that makes no sense, is one call and kept."""
    fault, wanted = BOUGHT[name]
    ordered(retrying, fault)
    request_id = retrying.client.submitted(marks.order(**wanted))

    end = let_through(retrying, request_id)

    assert retrying.simulator.billed(request_id) == intents(retrying, request_id) == 1
    [line] = booked(retrying, request_id, 1)
    assert (line["kind"], line["images"]) == ("completed", 1)
    assert line["amount"] == end["cost"]["amount"] > 0


def killed_while_streaming(world: World) -> tuple[Story, dict[str, Any]]:
    """A request whose first call loses its worker in the middle, at its end."""
    ordered(world, {"kind": "drip", "seconds": 5.0})
    story = Story(world, str(uuid.uuid4()), on_attention="abandon", **STREAMED)
    request_id = story.id = story.submit()
    until(lambda: world.simulator.calls(request_id), "the call has begun")
    world.host.kill()
    return story, story.lived()


def test_killed_while_streaming_held(world: World) -> None:
    """The call counts as perhaps paid when its lease is over, and none is made again."""
    story, end = killed_while_streaming(world)

    assert (end["status"], story.attentions) == ("failed", 1)
    assert world.simulator.billed(end["id"]) == intents(world, end["id"]) == 1
    [line] = booked(world, end["id"], 1)
    assert line["maybeBilledAmount"] > 0


def test_killed_while_streaming_made_once_more(retrying: World) -> None:
    """After the lease there is a second intent, and nobody has to be asked."""
    story, end = killed_while_streaming(retrying)

    assert (end["status"], story.attentions) == ("approved", 0)
    assert retrying.simulator.billed(end["id"]) == intents(retrying, end["id"]) == 2
    first, second = booked(retrying, end["id"], 2)
    assert first["maybeBilledAmount"] > 0
    assert second["amount"] > 0


@pytest.mark.parametrize("wanted", [WHOLE, STREAMED], ids=["whole", "streamed"])
def test_cancelled_during_the_call(retrying: World, wanted: dict[str, str]) -> None:
    """What was under way is paid for and told, and no other call is made."""
    ordered(retrying, {"kind": "slow", "seconds": 1.0})
    request_id = retrying.client.submitted(marks.order(**wanted))
    until(lambda: retrying.simulator.calls(request_id), "the call has begun")

    assert retrying.client.cancel(request_id).json()["cancelRequested"] is True
    end = retrying.client.reached(request_id, "cancelled")

    assert retrying.simulator.billed(request_id) == intents(retrying, request_id) == 1
    [line] = booked(retrying, request_id, 1)
    assert line["amount"] == end["cost"]["amount"] > 0


def test_cancelled_during_a_call_that_is_cut(retrying: World) -> None:
    """Nobody wants the images any more, so an unknown outcome is not tried once more."""
    ordered(retrying, {"kind": "slow", "seconds": SYNC_LIMIT_S + 1})
    request_id = retrying.client.submitted(marks.order())
    until(lambda: retrying.simulator.calls(request_id), "the call has begun")

    assert retrying.client.cancel(request_id).json()["cancelRequested"] is True
    retrying.client.reached(request_id, "cancelled")

    assert retrying.simulator.billed(request_id) == intents(retrying, request_id) == 1
    [line] = booked(retrying, request_id, 1)
    assert (line["kind"], line["amount"]) == ("unknown", 0)
    assert line["maybeBilledAmount"] > 0
