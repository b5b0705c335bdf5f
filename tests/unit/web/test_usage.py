"""GET /usage: sums that add up, to whom they belong; and the limits as callers meet them."""

import csv
import hashlib
import io
import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from shared.errors import ModelRefused
from shared.security.callers import Caller, CallerBook, Role
from shared.web.table import ROUTES
from tests.fakes import Plays, ScriptedModel
from tests.unit.web.world import FLOW, OPERATOR, OTHER, SUBMIT, World, book, terms

POOR = "poor-key"


def used() -> World:
    """Two callers, three requests, one of them refused and perhaps billed."""
    world = World(model=ScriptedModel(Plays(), Plays(error=_filtered())))
    world.reviewing({**SUBMIT, "costCenter": "MKT-42"})
    world.reviewing({**SUBMIT, "costCenter": "=1+1", "n": 2})
    world.reviewing(SUBMIT, key=OTHER)
    return world


def _filtered() -> ModelRefused:
    error = ModelRefused(code="content_filtered")
    error.maybe_billed = True
    return error


def report(world: World, key: str = OPERATOR, **query: str) -> dict[str, Any]:
    answer = world.http("usage", key=key, query=query)
    assert answer.status == 200, answer.json
    return dict(json.loads(answer.body, parse_float=Decimal))


def test_everybodys_month() -> None:
    """What each caller's requests came to; what may have been billed stands apart."""
    found = report(used(), month="2026-11")

    assert (found["month"], found["groupBy"], found["currency"]) == ("2026-11", "caller", "USD")
    flow, other = found["items"]
    assert (flow["key"], flow["requests"], flow["images"]) == ("flow", 2, 1)
    assert flow["maybeBilledAmount"] > flow["amount"] > 0
    assert (other["key"], other["requests"], other["inputTokens"]) == ("other", 1, 18)


@pytest.mark.parametrize("group_by", ["caller", "template", "model", "costCenter", "day"])
def test_items_add_up(group_by: str) -> None:
    """To the last decimal, in whatever way they are grouped."""
    found = report(used(), groupBy=group_by)

    assert found["total"]["requests"] == 3
    for figure, total in found["total"].items():
        assert sum(item[figure] for item in found["items"]) == total, figure


def test_groups() -> None:
    """Nameless things come last, under null."""
    world = used()
    keys = {
        group: [item["key"] for item in report(world, groupBy=group)["items"]]
        for group in ("template", "model", "costCenter", "day")
    }

    assert keys == {
        "template": [None],
        "model": ["gpt-image-2"],
        "costCenter": ["=1+1", "MKT-42", None],
        "day": ["2026-11-20"],
    }


def test_ones_own() -> None:
    """Without the role `readAll` everybody else's usage is none of one's business."""
    found = report(used(), key=OTHER)

    assert [item["key"] for item in found["items"]] == ["other"]
    assert found["total"]["requests"] == 1


def test_a_month_without_usage() -> None:
    """Nothing is something that can be reported."""
    found = report(used(), month="2025-01")

    assert (found["items"], found["currency"], found["total"]["amount"]) == ([], None, 0)


def test_all_faults_at_once() -> None:
    """Each wrong parameter is named."""
    answer = World().http("usage", query={"month": "2026-13", "groupBy": "x", "format": "xml"})

    assert answer.code == "invalid_request"
    assert answer.pointers == {"#/query/month", "#/query/groupBy", "#/query/format"}


def test_csv() -> None:
    """The same figures for a spreadsheet, which is not to take any cell for a formula."""
    world = used()
    answer = world.http("usage", key=OPERATOR, query={"groupBy": "costCenter", "format": "csv"})
    rows = list(csv.DictReader(io.StringIO(answer.body.decode())))

    assert answer.headers["Content-Type"] == "text/csv"
    named = 'attachment; filename="usage-2026-11-by-costCenter.csv"'
    assert answer.headers["Content-Disposition"] == named
    assert [row["key"] for row in rows] == ["'=1+1", "MKT-42", ""]
    total = report(world)["total"]
    assert sum(Decimal(row["amount"]) for row in rows) == total["amount"]
    assert set(rows[0]) == {"key", *total}


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
def test_cells_are_no_formulas(text: str) -> None:
    """Whatever a cell begins with, a spreadsheet shows it as text."""
    world = World()
    world.reviewing({**SUBMIT, "costCenter": text})
    answer = world.http("usage", query={"groupBy": "costCenter", "format": "csv"})
    [row] = csv.DictReader(io.StringIO(answer.body.decode(), newline=""))

    assert row["key"] == f"'{text}"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("between", [";", '";', '"";', "\t", '"\t', ",", '",', "\n", '"\r\n'])
def test_nothing_within_a_cell_begins_another(between: str, separator: str) -> None:
    """Whichever separator a spreadsheet takes: in many languages a file's is the semicolon."""
    world = World()
    world.reviewing({**SUBMIT, "costCenter": f"x{between}=1+1"})
    answer = world.http("usage", query={"groupBy": "costCenter", "format": "csv"})
    rows = csv.reader(io.StringIO(answer.body.decode(), newline=""), delimiter=separator)

    assert [cell for row in rows for cell in row if cell.startswith("=")] == []


def limited(**limits: Any) -> World:
    caller = Caller("poor", key_sha256=(hashlib.sha256(POOR.encode()).hexdigest(),), **limits)
    return World(terms=terms(callers=CallerBook((*book().callers, caller))))


def test_no_money() -> None:
    """402 by HTTP; the queue puts the message aside with the same code."""
    world = limited(monthly_budget_usd=Decimal("0.01"))
    answer = world.http("submit", dict(SUBMIT), key=POOR)
    world.message("request_message", json.dumps({**SUBMIT, "caller": "poor"}))

    assert (answer.status, answer.code) == (402, "budget_exhausted")
    assert [record["code"] for record in world.dead()] == ["budget_exhausted"]


def test_too_many() -> None:
    """429 says when to come again; the repeat of an accepted request is answered as ever."""
    world = limited(max_open_requests=1)
    keyed = {"Idempotency-Key": "a"}
    assert world.http("submit", dict(SUBMIT), key=POOR, headers=keyed).status == 202
    answer = world.http("submit", dict(SUBMIT), key=POOR)
    world.message("request_message", json.dumps({**SUBMIT, "caller": "poor"}))

    assert (answer.status, answer.code) == (429, "too_many_open_requests")
    assert answer.headers["Retry-After"] == "30"
    assert [record["code"] for record in world.dead()] == ["too_many_open_requests"]
    assert world.http("submit", dict(SUBMIT), key=POOR, headers=keyed).status == 202


def test_run_again_needs_money_too() -> None:
    """A rerun is a new request."""
    world = limited(monthly_budget_usd=Decimal("0.06"))
    request_id = world.submitted(key=POOR)
    world.http("cancel", key=POOR, id=request_id)
    assert world.http("rerun", key=POOR, id=request_id).code == "budget_exhausted"
    world.drain()

    assert world.http("rerun", key=POOR, id=request_id).status == 202


def test_documented() -> None:
    """The limits are among the answers that the document names, and both formats of the report."""
    document = World().http("openapi", key=None).json
    submit = document["paths"]["/images"]["post"]["responses"]
    content = document["paths"]["/usage"]["get"]["responses"]["200"]["content"]

    assert {"402", "429"} <= set(submit)
    assert {"402", "429"} <= set(document["paths"]["/images/{id}/rerun"]["post"]["responses"])
    assert set(content) == {"application/json", "text/csv"}
    assert ROUTES["usage"].role is Role.READ


def budget_of(world: World, name: str, key: str = OPERATOR, **query: str) -> Any:
    [item] = [one for one in report(world, key, **query)["items"] if one["key"] == name]
    return item["budget"]


def test_a_budget_nobody_has_touched() -> None:
    """A caller with a budget is shown before its first request; others have none."""
    world = limited(monthly_budget_usd=Decimal("5"))
    world.reviewing()

    untouched = {"limit": 5, "spent": 0, "held": 0, "currency": "USD"}
    assert budget_of(world, "poor") == untouched
    assert budget_of(world, "flow") is None
    assert report(world)["total"]["requests"] == 1


def test_a_budget_in_use() -> None:
    """What is held for a call to come turns into what it cost; both as the cell has them."""
    world = limited(monthly_budget_usd=Decimal("5"))
    world.submitted(key=POOR)
    held = budget_of(world, "poor", POOR)
    world.drain()
    after = budget_of(world, "poor", POOR)
    [item] = report(world, POOR)["items"]

    assert (held["spent"], after["held"]) == (0, 0)
    assert held["held"] > 0 < after["spent"] == item["amount"]


def test_what_may_have_been_billed_counts() -> None:
    """A budget treats a call of unknown outcome as spent, and so does the report."""
    world = limited(monthly_budget_usd=Decimal("5"))
    world.model = ScriptedModel(Plays(error=_filtered()))
    world.reviewing(key=POOR)
    [item] = report(world, POOR)["items"]

    assert item["budget"]["spent"] == item["maybeBilledAmount"] > item["amount"] == 0


def test_a_budget_that_came_later() -> None:
    """Until the first call under it, the ledger says what was spent, doubtful amounts included."""
    world = used()
    before = report(world, FLOW)["items"][0]
    flow = next(one for one in world.terms.callers.callers if one.name == "flow")
    others = tuple(one for one in world.terms.callers.callers if one.name != "flow")
    limited_flow = replace(flow, monthly_budget_usd=Decimal("7"))
    later = World(terms=terms(callers=CallerBook((*others, limited_flow))), store=world.store)

    budget = budget_of(later, "flow", FLOW)
    assert budget["spent"] == before["amount"] + before["maybeBilledAmount"]
    assert (budget["limit"], budget["held"]) == (7, 0)


def test_budgets_are_each_callers_own() -> None:
    """Without `readAll` no other caller's budget is shown, nor in any other grouping."""
    world = limited(monthly_budget_usd=Decimal("5"))
    world.reviewing()

    assert [item["key"] for item in report(world, FLOW)["items"]] == ["flow"]
    assert {item["budget"] for item in report(world, groupBy="model")["items"]} == {None}
    answer = world.http("usage", key=OPERATOR, query={"format": "csv"})
    assert "budget" not in answer.body.decode()
