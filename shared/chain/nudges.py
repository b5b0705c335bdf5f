"""Nudges: "look at this request, or stream". Whoever sends one has put a due entry before."""

from contextlib import suppress

from shared import logs
from shared.chain.services import Services
from shared.domain import names
from shared.domain.messages import Nudge
from shared.errors import StorageError


def nudge(s: Services, subject: str, since: int, due: str | None, wait_s: float = 0) -> None:
    message = Nudge(request_id=subject, since=since, due=due)
    s.queue.send(names.STEP_QUEUE, message.model_dump_json(by_alias=True), wait_s)


def nudge_quietly(s: Services, subject: str, since: int, due: str | None) -> None:
    """The due entry covers it: a queue that is down must not fail what is stored already."""
    with suppress(StorageError):
        nudge(s, subject, since, due)
        return
    logs.event("nudge.failed", request_id=subject)
