"""Erasing a request: once it has ended, and its caller's engine has been told that it has."""

from collections.abc import Sequence
from datetime import timedelta

from shared.chain.desk import Desk
from shared.chain.erasing import remove
from shared.chain.journal import Journal
from shared.chain.services import Services
from shared.chain.sources import of_request
from shared.chain.steps.looks import second_look
from shared.domain import names
from shared.domain import step as steps
from shared.domain.deliveries import CALLBACK
from shared.domain.erasure_facts import ErasureDone, ErasureRemoved
from shared.domain.facts import FactData
from shared.domain.step import WaitUntil

# The callback's address goes with the rest, so whoever waits there is told first, if they answer.
TOLD_WITHIN = timedelta(minutes=5)
TOLD_YET_EVERY = timedelta(seconds=15)


def erase(step: steps.Erase, journal: Journal, s: Services) -> Sequence[FactData] | WaitUntil:
    """What was paid for is settled before its last trace goes."""
    if found := second_look(journal, s):
        return found
    if (wait := _while_told(journal, s)) is not None:
        return wait
    blobs = remove(journal, s)
    return [ErasureRemoved(blobs=blobs)] if blobs else [ErasureDone()]


def _while_told(journal: Journal, s: Services) -> WaitUntil | None:
    erasure, now = journal.request.erasure, s.clock.now()
    assert erasure is not None
    if now > erasure.at + TOLD_WITHIN or not journal.request.callback_events:
        return None
    desk = Desk(names.stream_of(journal.id), s)
    owed = any(one.sink.name == CALLBACK for one in desk.owed(of_request(journal)))
    return WaitUntil(now + TOLD_YET_EVERY) if owed else None
