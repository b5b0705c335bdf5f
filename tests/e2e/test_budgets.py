"""Limits of callers, as they meet them over HTTP and by queue, and the bill that adds up."""

import csv
import io
import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

from tests.e2e import marks
from tests.e2e.books import summed
from tests.e2e.client import Client
from tests.e2e.test_queue_door import QUEUE, put
from tests.e2e.waiting import until
from tests.e2e.world import ASKER_KEY, LONER_KEY, SAVER_KEY, SAVERS_BUDGET_USD, World

AT_ONCE = 8
ROOM_FOR = 2


def spent(client: Client) -> Decimal:
    """What the caller's requests say they cost, or may have cost."""
    costs = [one["cost"] for one in client.every()]
    return summed(costs, "amount") + summed(costs, "maybeBilledAmount")


def test_no_more_than_the_budget(world: World) -> None:
    """Eight at once, money for two: two are made, and the others cost nothing and leave nothing."""
    saver = world.client.by(SAVER_KEY)
    journals = set(world.store.names("requests"))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda _: saver.submit(marks.order()), range(AT_ONCE)))

    refused = [one for one in answers if one.status != 202]
    assert {(one.status, one.json()["code"]) for one in refused} == {(402, "budget_exhausted")}
    made = {one.json()["id"] for one in answers if one.status == 202}
    assert len(made) == ROOM_FOR
    for request_id in made:
        saver.reached(request_id, "awaitingApproval")
    new = set(world.store.names("requests")) - journals
    assert {name for name in new if "/" not in name} == made
    [cell] = [json.loads(world.store.read("state", name)) for name in budgets_of(world, "saver")]
    assert cell["open"] == {}
    assert Decimal(str(cell["spent"])) == spent(saver) <= Decimal(str(SAVERS_BUDGET_USD))


def budgets_of(world: World, caller: str) -> list[str]:
    return [name for name in world.store.names("state", "budgets/") if f"/{caller}." in name]


def test_budget_holds_by_queue(world: World) -> None:
    """The other door: there is a record with the reason, and no request."""
    before = set(world.store.names("dead", f"{QUEUE}/"))
    put(world.store, marks.order(caller="saver", quality="high"))

    [name] = until(lambda: set(world.store.names("dead", f"{QUEUE}/")) - before, "a record")

    assert json.loads(world.store.read("dead", name))["code"] == "budget_exhausted"


SPEND = {"decision": "approve", "stage": "spend"}


def allowed(world: World, asker: Client, request_id: str) -> None:
    """People let it go over the budget, and its images are made."""
    asked = asker.reached(request_id, "awaitingApproval")["approval"]
    assert (asked["phase"], asked["stage"]) == ("before", "spend")
    assert world.client.decide(request_id, SPEND).status == 200
    until(lambda: asker.resource(request_id)["images"], "its images are made")


def test_asked_before_more_is_spent(world: World) -> None:
    """With the rule `ask` it is accepted, and people are asked before anything is bought."""
    asker = world.client.by(ASKER_KEY)
    request_id = asker.submitted(marks.order())

    asker.reached(request_id, "awaitingApproval")
    assert world.simulator.calls(request_id) == []
    assert asker.decide(request_id, SPEND).status == 403

    allowed(world, asker, request_id)
    assert world.simulator.billed(request_id) == 1


def test_one_open_request(world: World) -> None:
    """Who has as many as allowed is told when to come again; an ended one makes room."""
    loner = world.client.by(LONER_KEY)
    first = loner.submitted(marks.order(), {"idempotency-key": "canary-idempotency-2"})
    loner.reached(first, "awaitingApproval")

    refused = loner.submit(marks.order())
    assert (refused.status, refused.json()["code"]) == (429, "too_many_open_requests")
    assert int(refused.headers["retry-after"]) > 0
    assert loner.submitted(marks.order(), {"idempotency-key": "canary-idempotency-2"}) == first

    loner.cancel(first)
    until(lambda: loner.submit(marks.order()).status == 202, "there is room again")


def test_own_usage_as_table_and_object(world: World) -> None:
    """Without `readAll` a caller sees its own lines alone, and both forms say the same."""
    asker = world.client.by(ASKER_KEY)
    request_id = asker.submitted(marks.order(costCenter="=MKT-42"))
    allowed(world, asker, request_id)

    def booked() -> bool:
        total = asker.usage().json()["total"]
        both = (Decimal(str(total[name])) for name in ("amount", "maybeBilledAmount"))
        return bool(sum(both) == spent(asker) > 0)

    until(booked, "every call is in the ledger")
    items = asker.usage(groupBy="costCenter").json()["items"]
    answer = asker.usage(groupBy="costCenter", format="csv")
    rows = list(csv.DictReader(io.StringIO(answer.body.decode())))

    assert answer.headers["content-type"].startswith("text/csv")
    assert "'=MKT-42" in {row["key"] for row in rows}
    assert summed(rows, "amount") == summed(items, "amount")
    assert [row["requests"] for row in rows] == [str(item["requests"]) for item in items]
    assert {one["key"] for one in asker.usage(groupBy="caller").json()["items"]} == {"asker"}
