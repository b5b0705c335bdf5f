"""Telling whoever listens that a queue message was no request."""

from shared.chain.services import Services
from shared.domain import names
from shared.domain.notices import RequestRefused, message_stream

ACTOR = "darkroom"


def refuse(record: str, caller: str, code: str, faults: int, s: Services) -> None:
    """
    Once, however often the message is handed over.

    What it said is not repeated, nor what was wrong with it: both may hold anything.
    """
    message = record.rpartition("/")[2].partition("-")[2].removesuffix(".json")
    notice = RequestRefused(
        caller=caller, code=code, faults=faults, record=f"{names.DEAD}/{record}"
    )
    s.streams.tell(message_stream(message), ACTOR, notice, bool)
