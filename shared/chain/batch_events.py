"""What is sent where people are asked about a whole batch: the question, and links to decide by."""

from collections.abc import Callable, Mapping
from typing import Any

from shared.chain.batch_review import NOTHING_KEPT, approval_of, item_of
from shared.chain.services import Services
from shared.domain.batch import Batch, fold
from shared.domain.batch_asking import Asking
from shared.domain.batch_review_views import BatchApprovalView, BatchAskingData
from shared.domain.content import Content
from shared.domain.event_views import OwnLinks
from shared.domain.facts import Fact
from shared.errors import CorruptJournal

# Rows one event shows, if there is room for them: whoever looks at more opens the page.
MOST_SHOWN = 20

# Adds a field to the data, where that is not more than an event may be.
Roomy = Callable[[dict[str, Any], str, object], dict[str, Any]]


def asking_data(
    batch_id: str, facts: tuple[Fact, ...], content: Content | None, roomy: Roomy, s: Services
) -> dict[str, Any]:
    """As of the last of these facts; links alone are made now."""
    batch, text = fold(batch_id, facts), content or NOTHING_KEPT
    asking = batch.asking if batch else None
    approval = approval_of(batch, text) if batch else None
    if batch is None or asking is None or approval is None:
        raise CorruptJournal("The batch tells of a question that it did not ask.")
    data = BatchAskingData(
        name=batch_id,
        title=text.purpose,
        status=batch.status,
        caller=batch.accepted.caller,
        rows=batch.rows,
        approval=approval.model_copy(update={"decisions": ()}),
        decision_url=s.links.batch_decision(batch_id, asking),
        review_url=s.links.batch_review(batch_id, asking),
    ).wire()
    data = roomy(data, "reviewers", _own_links(batch_id, asking, text.people, s))
    # What was said before may be of any length: it is left out, or its comments, or nothing.
    for wider in (_uncommented(approval), approval):
        data = roomy(data, "approval", wider.wire())
    return _with_items(data, batch, asking, roomy, s)


def _uncommented(approval: BatchApprovalView) -> BatchApprovalView:
    silent = tuple(one.model_copy(update={"comment": None}) for one in approval.decisions)
    return approval.model_copy(update={"decisions": silent})


def _own_links(
    batch_id: str, asking: Asking, people: Mapping[str, str], s: Services
) -> list[dict[str, Any]]:
    """Of each person who has not answered yet."""
    found = (
        OwnLinks(
            reviewer=people.get(who, who),
            review_url=s.links.batch_review(batch_id, asking, who),
            decision_url=s.links.batch_decision(batch_id, asking, who),
        )
        for who in asking.waiting_for
    )
    return [one.wire() for one in found]


def _with_items(
    data: dict[str, Any], batch: Batch, asking: Asking, roomy: Roomy, s: Services
) -> dict[str, Any]:
    """A card or a mail shows the images for as long as people may answer."""
    shown: list[dict[str, Any]] = []
    for row in sorted(asking.rows)[:MOST_SHOWN]:
        item = item_of(batch, asking.rows[row], asking.opening.deadline, s)
        wider = [*shown, item.model_copy(update={"prompt": None}).wire()]
        larger = roomy(data, "items", wider)
        if len(larger["items"]) != len(wider):
            break
        data, shown = larger, wider
    return data
