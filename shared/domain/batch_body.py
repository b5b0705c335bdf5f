"""The body of a batch: its own fields, and its rows as plain JSON for whoever checks a submit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from pydantic import Field, StrictStr, StringConstraints

from shared.domain import batch_csv
from shared.domain.batch import MAX_ROWS
from shared.domain.stage_body import ApprovalBody, Short
from shared.domain.submission import MAX_URL_CHARS, SubmitBody, TemplateRef, parse
from shared.domain.values import Value
from shared.errors import Fault


class BatchBody(Value):
    """Up to 1,000 requests as one."""

    name: Short | None = None
    items: tuple[SubmitBody, ...] | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_ROWS,
        description="What each row asks for; always in the lane `bulk`.",
    )
    csv: StrictStr | None = Field(
        default=None,
        repr=False,
        description="Instead of `items`, with `template`: a header of variables, and of fields of "
        "a request as `request.<field>`; then a line for each row.",
    )
    template: TemplateRef | None = Field(
        default=None, description="With `csv`; its variables hold where a line has none."
    )
    approval: ApprovalBody | Literal["none", "default"] | None = Field(
        default=None, description="For every row that does not say its own."
    )
    approval_scope: Literal["each", "batch"] = Field(
        default="each",
        description="`each`: people are asked about each row by itself. `batch`: once every row "
        "has its images, they are asked about all of them at once.",
    )
    callback_url: Annotated[StrictStr, StringConstraints(max_length=MAX_URL_CHARS)] | None = Field(
        default=None,
        repr=False,
        description="Told when every row is over; and, where people are asked about the whole "
        "batch, of that.",
    )
    callback_secret: Short | None = Field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ParsedBatch:
    """
    `rows` as they came, or as the lines of the table say; `shared` is what each takes that does
    not say its own.
    """

    body: BatchBody
    rows: Sequence[Mapping[str, Any]]
    shared: Mapping[str, Any]
    faults: Sequence[Fault]
    table: bool = False

    def whole(self, row: int) -> dict[str, Any]:
        """What this row asks for."""
        return {**self.shared, **self.rows[row]}

    def sound(self, row: int) -> bool:
        """Whether it has the shape of a row; where not, that says all that is wrong with it."""
        return all(fault.pointer != self.at(row) for fault in self.faults)

    def placed(self, row: int, fault: Fault) -> Fault:
        """A fault of a row, as one of the batch; what the row took from it is wrong there."""
        name = fault.pointer.split("/")[1] if "/" in fault.pointer else ""
        if name in self.shared and name not in self.rows[row]:
            return fault
        if not self.table:
            return replace(fault, pointer=f"{self.at(row)}{fault.pointer[1:]}")
        if fault.pointer in ("#/template/name", "#/template/version"):
            return fault
        column = batch_csv.column_of(fault.pointer)
        return replace(fault, pointer=self.at(row) + (f"/{column}" if column else ""))

    def at(self, row: int) -> str:
        return f"#/csv/{row}" if self.table else f"#/items/{row}"


def parse_batch(raw: object) -> ParsedBatch:
    """What is wrong within a row is for whoever checks it."""
    if not isinstance(raw, dict):
        body, faults = parse(raw, BatchBody)
        return ParsedBatch(body, (), {}, faults)
    own = {name: one for name, one in raw.items() if name != "items"}
    body, faults = parse(own, BatchBody)
    shared = {"lane": "bulk"} | {k: raw[k] for k in ("approval",) if raw.get(k) is not None}
    by_table = raw.get("csv") is not None
    rows, found = _lines(body, raw) if by_table else _items(raw)
    return ParsedBatch(body, rows, shared, [*faults, *found], by_table)


def _items(raw: Mapping[str, Any]) -> tuple[list[Mapping[str, Any]], list[Fault]]:
    items = raw.get("items")
    rows: list[Mapping[str, Any]] = []
    faults = [Fault("#/template", "Only with csv.")] if raw.get("template") is not None else []
    if not isinstance(items, list) or not 1 <= len(items) <= MAX_ROWS:
        problem = f"A list of 1 to {MAX_ROWS:,} requests; or give csv and template."
        return [], [*faults, Fault("#/items", problem)]
    for k, one in enumerate(items):
        rows.append(one if isinstance(one, dict) else {})
        if not isinstance(one, dict):
            faults.append(Fault(f"#/items/{k}", "A row must be a JSON object."))
        elif one.get("lane", "bulk") != "bulk":
            faults.append(Fault(f"#/items/{k}/lane", "A batch is bulk work; leave it out."))
    return rows, faults


def _lines(body: BatchBody, raw: Mapping[str, Any]) -> tuple[list[Mapping[str, Any]], list[Fault]]:
    both = raw.get("items") is not None
    faults = [Fault("#/items", "Give either items or csv, not both.")] if both else []
    if raw.get("template") is None:
        faults.append(Fault("#/template", "It is needed with csv."))
    if body.csv is None or (template := body.template) is None:
        return [], faults
    table, found = batch_csv.read(body.csv, MAX_ROWS)
    named: dict[str, Any] = {"name": template.name}
    if template.version is not None:
        named |= {"version": template.version}
    rows: list[Mapping[str, Any]] = [
        {**fields, "template": {**named, "variables": {**template.variables, **variables}}}
        for variables, fields in table.rows
    ]
    return rows, [*faults, *found]
