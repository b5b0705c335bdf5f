"""A row takes over what was said of its whole batch, if that was said of these very images."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.chain import subjects
from shared.chain.journal import Journal
from shared.chain.services import Services
from shared.domain import names
from shared.domain import step as steps
from shared.domain.approval_facts import Decided
from shared.domain.batch import fold
from shared.domain.batch_asking import Asking, GivenBallot
from shared.domain.batch_notices import AskedRow
from shared.domain.content import Content, note_on
from shared.domain.facts import Expired, FactData
from shared.domain.notices import batch_stream
from shared.domain.parts import Opening
from shared.domain.request import Request
from shared.domain.step import WaitUntil
from shared.domain.values import BatchVerdict, ImageVerdict

# Whoever settles the batch nudges its rows, again and again; should all of that be lost, a row
# looks for itself.
EACH = timedelta(days=1)


def hear_batch(
    step: steps.HearBatch, journal: Journal, s: Services
) -> Sequence[FactData] | WaitUntil:
    """
    Its batch has settled what it asked about this opening, or it waits until its own time is over.

    What was said of another opening, round or manifest was said of other images.
    """
    request, opening = journal.request, journal.request.opening
    assert opening is not None and request.terms.batch is not None
    asking = _answered(request, opening, s)
    if asking is None or asking.settled is None:
        now = s.clock.now()
        return (
            [Expired()] if now >= step.until else WaitUntil(min(step.until, _again(opening, now)))
        )
    if asking.settled.outcome == "expired":
        return [Expired()]
    row = request.terms.batch.row
    ballot = asking.decisive(row)
    note = _remember(request, row, ballot, s)
    approved = row in asking.settled.approved
    return [
        Decided(
            stage=opening.stage,
            round=opening.round,
            reviewer=ballot.data.reviewer,
            via="batch",
            batch=BatchVerdict(seq=asking.settled_seq, root=asking.root),
            decision="approve" if approved else "reject",
            images=tuple(
                ImageVerdict(index=image.index, approved=approved, sha256=image.sha256)
                for image in request.images
                if image.index in opening.images
            ),
            checklist=ballot.data.checklist if approved else (),
            note=note,
        )
    ]


def _again(opening: Opening, now: datetime) -> datetime:
    """The same time for whoever looks within it, so that many looks leave one entry."""
    return opening.asked_at + ((now - opening.asked_at) // EACH + 1) * EACH


def _answered(request: Request, opening: Opening, s: Services) -> Asking | None:
    """The question that was about this very opening, and has its answer."""
    of_batch = request.terms.batch
    assert of_batch is not None
    if names.member_of(of_batch.id, of_batch.row) != request.id:
        return None
    asked = AskedRow(
        row=of_batch.row,
        round=opening.round,
        opening=opening.seq,
        manifest_sha256=opening.manifest_sha256,
    )
    batch = fold(of_batch.id, s.streams.load(batch_stream(of_batch.id)).facts)
    for one in batch.askings if batch else ():
        settled = one.settled and one.settled.outcome != "void"
        if settled and one.opening.stage == opening.stage and one.asks(asked):
            return one
    return None


def _remember(request: Request, row: int, ballot: GivenBallot, s: Services) -> str | None:
    """Who said it, and the words on this row, or else on all of them: beside the request's own."""
    assert request.terms.batch is not None
    said, who = ballot.data, ballot.data.reviewer
    text = s.contents.read(request.terms.batch.id) or Content(salt="", prompt="")
    words = (
        [text.comments.get(note_on(said.note, row)), text.comments.get(said.note)]
        if said.note
        else []
    )
    comment = next((one for one in words if one), None)
    people = {who: text.people[who]} if who in text.people else {}
    ticks = {mark: text.checklists[mark] for mark in said.checklist if mark in text.checklists}
    if not (comment or people or ticks):
        return None
    subjects.note(request.id, people, s)
    comments = {said.note: comment} if said.note and comment else {}
    added = {"people": people, "comments": comments, "checklists": ticks}
    s.contents.update(request.id, lambda content: content.with_more(**added))
    return said.note if comment else None
