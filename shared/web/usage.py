"""What was made and what it cost: the ledger of one month, added up by what is asked for."""

import csv
import re
from collections.abc import Callable, Iterable, Mapping
from io import StringIO
from typing import Literal, get_args

from shared.chain.budgets import CURRENCY
from shared.chain.services import Services
from shared.domain.budget import NOTHING, Money, month_of
from shared.domain.ledger import Figures, Row
from shared.domain.values import Value
from shared.errors import Fault, InvalidRequest
from shared.security.callers import Caller, Role
from shared.web.exchange import GUARDS, Answer, Call, all_read, answer

GroupBy = Literal["caller", "template", "model", "costCenter", "day"]
GROUPS: tuple[GroupBy, ...] = get_args(GroupBy)
FORMATS = ("json", "csv")
MONTH = r"20[0-9]{2}-(?:0[1-9]|1[0-2])"
# What a spreadsheet takes for a formula, and a way to make it text again.
_FORMULA, _TEXT = ("=", "+", "-", "@", "\t", "\r"), "'"


class BudgetView(Value):
    """
    `limit` is today's; `spent` counts what may have been billed as well, `held` is for calls to
    come. Beyond `limit` goes only what people let through.
    """

    limit: Money
    spent: Money
    held: Money
    currency: str = CURRENCY


class UsageItem(Figures):
    """`key` null: requests that named none. `budget` of a caller that has one."""

    key: str | None
    budget: BudgetView | None = None


class Usage(Value):
    """
    A request counts in the month and day (UTC) in which it was accepted, whenever its calls were
    made; each is counted once. `maybeBilledAmount`: refused calls and calls of unknown outcome.
    `currency` null: nothing was bought, or prices were in several currencies.
    """

    month: str
    group_by: GroupBy
    items: tuple[UsageItem, ...]
    total: Figures
    currency: str | None


KEYS: dict[GroupBy, Callable[[Row], str | None]] = {
    "caller": lambda row: row.caller,
    "template": lambda row: row.template,
    "model": lambda row: row.model,
    "costCenter": lambda row: row.cost_center,
    "day": lambda row: row.day,
}


def usage(call: Call, s: Services) -> Answer:
    """Everybody's with the role `readAll`, else the caller's own."""
    readers = (
        lambda: _month(call, s),
        lambda: call.chosen("groupBy", GROUPS),
        lambda: call.chosen("format", FORMATS),
    )
    month, group_by, form = all_read(readers)
    known = call.known_caller
    everybody = Role.READ_ALL in known.roles
    rows = [row for row in s.ledger.rows(month) if everybody or row.caller == known.name]
    report = report_of(month, group_by or "caller", rows)
    if report.group_by == "caller":
        seen = s.terms.callers.everyone.values() if everybody else (known,)
        report = _with_budgets(report, seen, s)
    return _csv(report) if form == "csv" else answer(200, report)


def _month(call: Call, s: Services) -> str:
    month = call.query.get("month", month_of(s.clock.now()))
    if not re.fullmatch(MONTH, month):
        raise InvalidRequest([Fault("#/query/month", "Expected a month such as 2026-11.")])
    return month


def report_of(month: str, group_by: GroupBy, rows: Iterable[Row]) -> Usage:
    groups: dict[str | None, Figures] = {}
    total, currencies = Figures(), set[str]()
    for row in rows:
        key = KEYS[group_by](row)
        groups[key] = groups.get(key, Figures()).plus(row.figures)
        total = total.plus(row.figures)
        currencies |= {row.currency} if row.currency else set()
    items = _sorted({key: UsageItem(key=key, **dict(one)) for key, one in groups.items()})
    currency = currencies.pop() if len(currencies) == 1 else None
    return Usage(month=month, group_by=group_by, items=tuple(items), total=total, currency=currency)


def _with_budgets(report: Usage, callers: Iterable[Caller], s: Services) -> Usage:
    """Whoever has a budget is there, be nothing spent of it."""
    items: dict[str | None, UsageItem] = {item.key: item for item in report.items}
    for caller in callers:
        item = items.get(caller.name, UsageItem(key=caller.name))
        if (budget := _budget(caller, report.month, item, s)) is not None:
            items[caller.name] = item.model_copy(update={"budget": budget})
    return report.model_copy(update={"items": tuple(_sorted(items))})


def _budget(caller: Caller, month: str, used: Figures, s: Services) -> BudgetView | None:
    """Before the first call under a budget there is no cell; the ledger says what was spent."""
    if (limit := caller.monthly_budget_usd) is None:
        return None
    known = s.budgets.look(caller, month)
    spent = known.settled if known else used.amount + used.maybe_billed_amount
    held = known.committed - known.settled if known else NOTHING
    return BudgetView(limit=limit, spent=spent, held=held)


def _sorted(items: Mapping[str | None, UsageItem]) -> list[UsageItem]:
    return [items[key] for key in sorted(items, key=lambda key: (key is None, key or ""))]


def _csv(report: Usage) -> Answer:
    """One line a group; the total is left out, so that a column adds up to it."""
    head = ["key", *Figures().wire()]
    text = StringIO()
    # Unquoted, a cell could begin another one where the separator is a semicolon or a tab.
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(head)
    for item in report.items:
        cells = item.wire()
        writer.writerow([_cell(cells[name]) for name in head])
    name = f"usage-{report.month}-by-{report.group_by}.csv"
    headers = {**GUARDS, "Content-Disposition": f'attachment; filename="{name}"'}
    return Answer(200, text.getvalue().encode(), "text/csv", headers)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6f}"
    text = "" if value is None else str(value)
    return _TEXT + text if text.startswith(_FORMULA) else text
