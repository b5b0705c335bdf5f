"""The broom: deletes what a final request no longer may keep."""

from collections.abc import Sequence

from shared.chain import inbox
from shared.chain.journal import Journal
from shared.chain.services import Services
from shared.chain.steps.looks import second_look
from shared.domain import names
from shared.domain import step as steps
from shared.domain.facts import FactData, Retired
from shared.domain.retention import LAST_PHASE, containers_of


def retire(step: steps.Retire, journal: Journal, s: Services) -> Sequence[FactData]:
    """Before the images go, calls of unknown outcome are looked at a last time."""
    if step.phase == LAST_PHASE and (found := second_look(journal, s)):
        return found
    if not journal.request.retired:
        inbox.forget_all(journal.id, s)
        s.waits.clear(journal.id)
    for container in containers_of(step.phase):
        _empty(container, journal.id, s)
    return [Retired(phase=step.phase)]


def _empty(container: str, request_id: str, s: Services) -> None:
    if container == names.CONTENT:
        s.blobs.delete(container, names.content_of(request_id))
        return
    while found := s.blobs.page(container, f"{request_id}/", limit=100).names:
        for name in found:
            s.blobs.delete(container, name)
