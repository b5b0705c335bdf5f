"""What a row agrees to whose batch is decided on as one."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from shared.chain.checklists import written_out
from shared.chain.order import Order
from shared.chain.policing import judge, own_stages
from shared.chain.services import Services
from shared.domain.batch import APPROVAL_CHANGED, fold
from shared.domain.batch_stages import of_batch, of_row
from shared.domain.notices import batch_stream
from shared.domain.request import Request
from shared.domain.values import Stage
from shared.errors import Conflict
from shared.security.keys import KeyRing
from shared.security.people import marks_of, pseudonyms


def asked_with_batch(order: Order, stages: tuple[Stage, ...], s: Services) -> Order:
    """
    The order with stages that wait for the batch, which alone names people.

    Raises:
        Conflict: by what holds now other people would be asked, or in another way, than was agreed
            when the batch was taken.
    """
    judged = judge(order, s).allowed()
    if same_asked(judged.stages, judged.content.people, s.terms.ring, stages) != stages:
        raise Conflict("It would be asked about in other stages today.", code=APPROVAL_CHANGED)
    alone = judged.content.model_copy(update={"people": {}})
    return replace(judged, stages=of_row(stages, s.terms.max_wait_days), content=alone)


def stages_before(request: Request, s: Services) -> tuple[tuple[Stage, ...], Mapping[str, str]]:
    """
    The stages that a request had which is run again, and whom they name. A row's are those of its
    batch: by itself, it asks for itself.

    Raises:
        Conflict: what its batch had agreed is not kept any more.
    """
    own, of_batch = own_stages(request), request.terms.batch
    waiting = {stage.name for stage in own if stage.scope == "batch"}
    if not waiting or of_batch is None:
        return own, {}
    batch = fold(of_batch.id, s.streams.load(batch_stream(of_batch.id)).facts)
    content = s.contents.read(of_batch.id)
    if batch is None or content is None:
        detail = "What was agreed with its batch is no longer kept."
        raise Conflict(detail, code="content_retired")
    stages = written_out(batch.accepted.stages, content)
    return tuple(one for one in stages if one.name in waiting), content.people


def same_asked(
    stages: Iterable[Stage],
    people: Mapping[str, str],
    ring: KeyRing,
    agreed: Iterable[Stage],
) -> tuple[Stage, ...]:
    """The stages with all called and marked as in those agreed, under whatever key that was."""
    known = {who for one in agreed for who in (*one.reviewers, *one.escalate_to, *one.checklist)}

    def called(who: str) -> str:
        names = pseudonyms(ring, people[who]) if who in people else (who,)
        return next((one for one in names if one in known), who)

    def marked(text: str) -> str:
        return next((one for one in marks_of(ring, text) if one in known), text)

    return tuple(
        one.model_copy(
            update={
                "reviewers": tuple(map(called, one.reviewers)),
                "escalate_to": tuple(map(called, one.escalate_to)),
                "checklist": tuple(map(marked, one.checklist)),
            }
        )
        for one in of_batch(tuple(stages))
    )
