"""
The ledger: one line for each outcome of a call, in the day its request was accepted.

Lines are written at least once and in any order. Of those with the same key the one with the
highest `seq` holds: it is the latest fact about that call.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from pydantic import ValidationError

from shared.domain.budget import NOTHING, Money, key_of, money
from shared.domain.facts import Completed, Fact, NotSent, Outcome, Refused, Unknown
from shared.domain.request import Request
from shared.domain.values import Cost, Instant, Value
from shared.errors import CorruptJournal

Kind = Literal["completed", "refused", "unknown", "not_sent"]


class Line(Value):
    """
    `seq` is that of the outcome's fact, `at` its time. `amount` is what the call cost,
    `maybe_billed_amount` what it may have cost; `estimated`: upstream did not say.
    """

    v: Literal[1] = 1
    key: str
    seq: int
    kind: Kind
    at: Instant
    caller: str
    template: str | None = None
    model: str
    deployment: str
    cost_center: str | None = None
    images: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    amount: Money = NOTHING
    maybe_billed_amount: Money = NOTHING
    currency: str | None = None
    price_book: str | None = None
    estimated: bool = False

    @property
    def request_id(self) -> str:
        return self.key.partition(".")[0]


KINDS: Mapping[type[Outcome], Kind] = {
    Completed: "completed",
    Refused: "refused",
    Unknown: "unknown",
    NotSent: "not_sent",
}


def line_of(
    request: Request, facts: Sequence[Fact], fact: Fact, cost_center: str | None
) -> Line | None:
    """
    The line for an outcome of the request; None where nothing was bought.

    A call that turns out not to have been sent, after it counted as unknown, takes that back.
    """
    outcome = fact.data
    assert isinstance(outcome, Outcome)
    if isinstance(outcome, NotSent) and not _was_unknown(outcome.attempt, facts):
        return None
    done = outcome if isinstance(outcome, Completed) else None
    cost = done.cost if done else _maybe_billed(outcome)
    usage = done.usage if done else None
    return Line(
        key=key_of(request.id, outcome.attempt),
        seq=fact.seq,
        kind=KINDS[type(outcome)],
        at=fact.at,
        caller=request.terms.caller,
        template=request.terms.template.name if request.terms.template else None,
        model=request.terms.options.model,
        deployment=request.attempt(outcome.attempt).deployment,
        cost_center=cost_center,
        images=len(done.images) if done else 0,
        input_tokens=usage.input_tokens if usage else 0,
        output_tokens=usage.output_tokens if usage else 0,
        amount=money(cost) if done else NOTHING,
        maybe_billed_amount=NOTHING if done else money(cost),
        currency=cost.currency if cost else None,
        price_book=cost.price_book if cost else None,
        estimated=bool(cost and cost.estimated),
    )


def _was_unknown(attempt: int, facts: Iterable[Fact]) -> bool:
    unknown = (fact.data for fact in facts if isinstance(fact.data, Unknown))
    return any(outcome.attempt == attempt for outcome in unknown)


def _maybe_billed(outcome: Outcome) -> Cost | None:
    return outcome.maybe_billed if isinstance(outcome, Unknown | Refused) else None


def parse(data: bytes) -> list[Line]:
    try:
        return [Line.model_validate_json(raw) for raw in data.splitlines()]
    except ValidationError:
        raise CorruptJournal("A line of the ledger is not one of ours.") from None


def latest(lines: Iterable[Line]) -> list[Line]:
    """
    The lines that hold, one a key.

    Of a line that was written twice the first holds: its cost center may be gone by the second.
    """
    found: dict[str, Line] = {}
    for line in lines:
        if line.key not in found or line.seq > found[line.key].seq:
            found[line.key] = line
    return [line for line in found.values() if line.kind != "not_sent"]


class Figures(Value):
    """What some lines come to; `requests` counts each request once."""

    requests: int = 0
    images: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    amount: Money = NOTHING
    maybe_billed_amount: Money = NOTHING

    def plus(self, other: "Figures") -> "Figures":
        return Figures(
            requests=self.requests + other.requests,
            images=self.images + other.images,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            amount=self.amount + other.amount,
            maybe_billed_amount=self.maybe_billed_amount + other.maybe_billed_amount,
        )


class Row(Value):
    """One day's figures of what is alike in everything that a report may group by."""

    day: str
    caller: str
    template: str | None
    model: str
    cost_center: str | None
    currency: str | None
    figures: Figures


def rows_of(day: str, lines: Iterable[Line]) -> tuple[Row, ...]:
    """The day added up. A request has one cost center, that of its first line to know it."""
    held = sorted(latest(lines), key=lambda line: line.key)
    centers: dict[str, str] = {}
    for line in held:
        if line.cost_center is not None:
            centers.setdefault(line.request_id, line.cost_center)
    rows: dict[tuple[str | None, ...], Row] = {}
    counted: set[str] = set()
    for line in held:
        row = _row(day, line, centers.get(line.request_id), line.request_id not in counted)
        counted.add(line.request_id)
        alike = (row.caller, row.template, row.model, row.cost_center, row.currency)
        known = rows.get(alike)
        rows[alike] = (
            row.model_copy(update={"figures": known.figures.plus(row.figures)}) if known else row
        )
    return tuple(rows.values())


def _row(day: str, line: Line, cost_center: str | None, first: bool) -> Row:
    return Row(
        day=day,
        caller=line.caller,
        template=line.template,
        model=line.model,
        cost_center=cost_center,
        currency=line.currency,
        figures=Figures(
            requests=int(first),
            images=line.images,
            input_tokens=line.input_tokens,
            output_tokens=line.output_tokens,
            amount=line.amount,
            maybe_billed_amount=line.maybe_billed_amount,
        ),
    )


class Totals(Value):
    """A day's totals; without `rows` somebody who began at `at` is still adding up."""

    v: Literal[1] = 1
    at: Instant
    rows: tuple[Row, ...] | None = None


def day_of(accepted_at: datetime) -> str:
    """`2026-11-05`."""
    return accepted_at.strftime("%Y-%m-%d")


def folder_of(day: str) -> str:
    return f"{day[:7]}/{day[8:]}/"


def blob_of(day: str, caller: str, at: datetime) -> str:
    """A new blob each hour of outcomes: 50,000 blocks, the service's limit, last for that."""
    return f"{folder_of(day)}{caller}-{at.hour}.jsonl"


def totals_of(day: str) -> str:
    return f"{folder_of(day)}totals.json"


def place_of(name: str) -> tuple[str, str] | None:
    """Day and caller of a blob of lines; None for any other blob."""
    folder, _, file = name.rpartition("/")
    caller, _, rest = file.rpartition("-")
    if not caller or not rest.endswith(".jsonl"):
        return None
    return folder.replace("/", "-"), caller
