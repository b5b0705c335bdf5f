"""The body of a batch: its own fields, and its rows as plain JSON for whoever checks a submit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, StrictStr, StringConstraints

from shared.domain.batch import MAX_ROWS
from shared.domain.stage_body import ApprovalBody, Short
from shared.domain.submission import MAX_URL_CHARS, SubmitBody, parse
from shared.domain.values import Value
from shared.errors import Fault

# One answer names so many faults; what is wrong with a thousand rows is wrong in the first ones.
MAX_FAULTS = 200


class BatchBody(Value):
    """Up to 1,000 requests as one."""

    name: Short | None = None
    items: tuple[SubmitBody, ...] | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_ROWS,
        description="What each row asks for; always in the lane `bulk`.",
    )
    approval: ApprovalBody | Literal["none", "default"] | None = Field(
        default=None, description="For every row that does not say its own."
    )
    approval_scope: Literal["each"] = Field(
        default="each", description="People are asked about each row by itself."
    )
    callback_url: Annotated[StrictStr, StringConstraints(max_length=MAX_URL_CHARS)] | None = Field(
        default=None, repr=False, description="Told once, when every row is over."
    )
    callback_secret: Short | None = Field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ParsedBatch:
    """`rows` as they came; `shared` is what each takes that does not say its own."""

    body: BatchBody
    rows: Sequence[Mapping[str, Any]]
    shared: Mapping[str, Any]
    faults: Sequence[Fault]

    def whole(self, row: int) -> dict[str, Any]:
        """What this row asks for."""
        return {**self.shared, **self.rows[row]}

    def shapeless(self, row: int) -> bool:
        """Whether it is no object, which says all that is wrong with it."""
        return any(fault.pointer == f"#/items/{row}" for fault in self.faults)

    def placed(self, row: int, fault: Fault) -> Fault:
        """A fault of a row, as one of the batch; what the row took from it is wrong there."""
        of = fault.pointer.split("/")[1:2]
        if of and of[0] in self.shared and of[0] not in self.rows[row]:
            return fault
        return Fault(f"#/items/{row}{fault.pointer[1:]}", fault.detail)


def parse_batch(raw: object) -> ParsedBatch:
    """What is wrong within a row is for whoever checks it."""
    if not isinstance(raw, dict):
        body, faults = parse(raw, BatchBody)
        return ParsedBatch(body, (), {}, faults)
    own, wrong = _asked_once({name: one for name, one in raw.items() if name != "items"})
    body, faults = parse(own, BatchBody)
    rows, found = _rows(raw.get("items"))
    shared = {"lane": "bulk"} | {k: raw[k] for k in ("approval",) if raw.get(k) is not None}
    return ParsedBatch(body, rows, shared, [*wrong, *faults, *found])


def _asked_once(own: dict[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """One verdict for a whole batch is not to be had; a schema would not say so."""
    if own.get("approvalScope") != "batch":
        return own, []
    detail = "Not in this version: people decide about each row. Leave it out, or say each."
    del own["approvalScope"]
    return own, [Fault("#/approvalScope", detail)]


def _rows(items: object) -> tuple[list[Mapping[str, Any]], list[Fault]]:
    if not isinstance(items, list) or not 1 <= len(items) <= MAX_ROWS:
        return [], [Fault("#/items", f"A list of 1 to {MAX_ROWS:,} requests.")]
    rows: list[Mapping[str, Any]] = []
    faults = []
    for k, one in enumerate(items):
        rows.append(one if isinstance(one, dict) else {})
        if not isinstance(one, dict):
            faults.append(Fault(f"#/items/{k}", "A row must be a JSON object."))
        elif one.get("lane", "bulk") != "bulk":
            faults.append(Fault(f"#/items/{k}/lane", "A batch is bulk work; leave it out."))
    return rows, faults


def first_of(faults: list[Fault]) -> list[Fault]:
    """As many as one answer names, and how many more there are."""
    if len(faults) <= MAX_FAULTS:
        return faults
    more = len(faults) - MAX_FAULTS
    return [*faults[:MAX_FAULTS], Fault("#/items", f"{more:,} more faults are not listed.")]
