"""
Ending a callback: an engine that no longer waits says so, and is told nothing any more.

It also says so after it was told, so what is over already is no failure.
"""

from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from shared.chain import doors
from shared.chain.accept import run_folder
from shared.chain.desk import Desk
from shared.chain.journal import Journal
from shared.chain.listed import names_under
from shared.chain.request_keys import Origin, key_name, read_key
from shared.chain.services import Services
from shared.chain.sources import of_request
from shared.domain import names
from shared.domain.deliveries import CALLBACK
from shared.domain.facts import CallbackDetached, FactData
from shared.errors import Conflict, NotFound
from shared.security.callers import Caller


@dataclass(frozen=True, slots=True)
class Detached:
    """The request as it is by now; None when none was meant, or nobody can say which."""

    journal: Journal | None = None

    @property
    def done(self) -> bool:
        return self.journal is not None and self.journal.request.callback_detached


def unsubscribe(caller: Caller, origin: Origin, cancel: bool, s: Services) -> Detached:
    """
    Detach the callback of the request that `origin` tells, and cancel it, if that is wanted and
    still possible.
    """
    request_id = _meant(caller, origin, s)
    if request_id is None:
        return Detached()
    try:
        journal = _detach(request_id, caller, s)
    except NotFound:  # its door has not come so far
        return Detached()
    if cancel:
        with suppress(Conflict):
            journal = doors.cancel(request_id, caller, s)
    return Detached(journal)


def _meant(caller: Caller, origin: Origin, s: Services) -> str | None:
    if origin.key is not None:
        name = key_name(caller.name, origin, "")
        known = name is not None and s.blobs.read(names.STATE, name) is not None
        return read_key(name, s)[0].id if name and known else None
    folder = run_folder(caller.name, origin)
    if folder is None:
        return None
    # Steps of a loop have one name: to detach another turn's callback would let it wait for ever.
    found = list(islice(names_under(s.blobs, names.STATE, folder, at_a_time=2), 2))
    return found[0].removeprefix(folder) if len(found) == 1 else None


def _detach(request_id: str, caller: Caller, s: Services) -> Journal:
    def choose(journal: Journal) -> list[FactData]:
        request = journal.request
        if not request.callback_events:
            return []
        source = of_request(journal)
        owed = Desk(source.stream, s).owed(source)
        told = request.final and all(one.sink.name != CALLBACK for one in owed)
        return [] if told else [CallbackDetached()]

    return doors.append_choice(request_id, f"caller:{caller.name}", choose, s)
