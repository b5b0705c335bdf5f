"""
What a pack proves of a verdict that a request has taken over from its batch.

The pack has the batch's own stream, up to the line that says what was settled: its chain of hashes
is followed, its facts are folded by the rules of the app, and the root that people decided on is
worked out again from the rows. Then this request's opening, round and manifest have to be among
them, with the outcome that its own journal tells.
"""

from collections.abc import Sequence
from typing import Any

from shared.domain.batch import Batch, fold
from shared.domain.batch_notices import AskedRow
from shared.domain.evidence import chain_of
from shared.domain.facts import Fact
from shared.domain.lines import read_line
from shared.domain.notices import NOTICES
from shared.domain.parts import Decision
from shared.domain.request import Request
from shared.errors import DarkroomError


def taken_over(request: Request) -> list[Decision]:
    return [one for one in request.decisions if one.data.batch is not None]


def batch_faults(request: Request, facts: Sequence[Fact], shown: Any) -> list[str]:
    """Everything that does not hold of the batch in the pack; `facts` are the request's."""
    taken = taken_over(request)
    if not taken:
        return [] if shown is None else ["The pack shows a batch that has decided nothing here."]
    batch = _batch_of(request, shown)
    if batch is None:
        return ["The pack does not hold the record of its batch, or that is broken."]
    return [
        f"The verdict of line {one.seq} is not what the batch says."
        for one in taken
        if not _is_said(batch, request, one, facts[one.opening - 1])
    ]


def _batch_of(request: Request, shown: Any) -> Batch | None:
    of_batch = request.terms.batch
    if of_batch is None or not isinstance(shown, dict) or shown.keys() != {"id", "journal"}:
        return None
    lines = shown["journal"]
    if shown["id"] != of_batch.id or not isinstance(lines, list):
        return None
    if not all(isinstance(one, str) for one in lines) or not chain_of(lines, NOTICES)["ok"]:
        return None
    try:
        return fold(of_batch.id, [read_line(one.encode(), NOTICES) for one in lines])
    except DarkroomError:
        return None


def _is_said(batch: Batch, request: Request, decision: Decision, opened: Fact) -> bool:
    of_batch, named, data = request.terms.batch, decision.data.batch, decision.data
    opening: Any = opened.data
    assert of_batch is not None and named is not None
    asked = AskedRow(
        row=of_batch.row,
        round=data.round,
        opening=opened.seq,
        manifest_sha256=opening.manifest_sha256,
    )
    for one in batch.askings:
        if one.settled is None or (one.settled_seq, one.root) != (named.seq, named.root):
            continue
        approved = of_batch.row in one.settled.approved
        same = approved == (data.decision == "approve") and one.opening.stage == data.stage
        who = one.decisive(of_batch.row).data.reviewer
        return same and one.asks(asked) and who == data.reviewer
    return False
