"""
How many requests of a caller are unfinished: one marker blob each, for callers with a limit.

A door puts its marker before it counts, so that of two doors at the last place at least one sees
both. Each may then see the other's and be refused, but never are both let in.
"""

from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from pydantic import ValidationError

from shared import logs
from shared.chain.journal import Journals
from shared.chain.listed import PAGE_NAMES, names_under
from shared.chain.ports import Blobs, Clock, Entropy
from shared.domain import names
from shared.domain.values import Instant, Value
from shared.errors import TooManyOpenRequests
from shared.security.callers import Caller

# Without a journal by then its door is dead; until then its caller may repeat.
STALE_AFTER = timedelta(hours=1)
# Journals that are read before a refusal, to find markers that nobody took away.
MAX_LOOKS = 10


class Marker(Value):
    at: Instant


@dataclass(frozen=True, slots=True)
class OpenRequests:
    blobs: Blobs
    journals: Journals
    clock: Clock
    entropy: Entropy

    def enter(self, request_id: str, caller: Caller) -> None:
        """
        Count the request among the caller's unfinished ones.

        Raises:
            TooManyOpenRequests: there is no place; it was not counted.
        """
        limit = caller.max_open_requests
        if limit is None:
            return
        marker = Marker(at=self.clock.now()).model_dump_json(by_alias=True).encode()
        self.blobs.put(names.STATE, _name(caller.name, request_id), marker)
        if self._fits(caller.name, limit) or self.journals.load(request_id):
            return  # there is a journal when another door got the same key
        self.leave(request_id, caller)
        logs.event("open_requests.refused", caller=caller.name, limit=limit)
        raise TooManyOpenRequests

    def has_room(self, request_id: str, caller: Caller) -> bool:
        """Whether `enter` would count it now; it is not counted, and no marker is taken away."""
        limit = caller.max_open_requests
        if limit is None:
            return True
        found = self._open(caller.name, limit + 1 + MAX_LOOKS)
        others = [one for one in found if one != request_id]
        if len(others) < limit:
            return True
        stale = self._stale_among(caller.name, others[: limit + 1])
        return len(others) - len(stale) < limit

    def leave(self, request_id: str, caller: Caller) -> None:
        if caller.max_open_requests is not None:
            self.blobs.delete(names.STATE, _name(caller.name, request_id))

    def _open(self, caller: str, most: int) -> list[str]:
        """The ids of unfinished requests, at most so many."""
        folder = f"{names.OPEN}{caller}/"
        found = names_under(self.blobs, names.STATE, folder, min(most, PAGE_NAMES))
        return [name.removeprefix(folder) for name in islice(found, most)]

    def _fits(self, caller: str, limit: int) -> bool:
        found = self._open(caller, limit + 1)
        if len(found) <= limit:
            return True
        return self._cleaned(caller, found) and len(self._open(caller, limit + 1)) <= limit

    def _cleaned(self, caller: str, found: list[str]) -> bool:
        """Take stale markers away."""
        stale = self._stale_among(caller, found)
        for request_id in stale:
            self.blobs.delete(names.STATE, _name(caller, request_id))
        return bool(stale)

    def _stale_among(self, caller: str, found: list[str]) -> list[str]:
        """Looks at a few; begins anywhere, so that all get their turn."""
        start = int.from_bytes(self.entropy.token_bytes(4)) % len(found)
        looked_at = (found[start:] + found[:start])[:MAX_LOOKS]
        return [request_id for request_id in looked_at if self._stale(caller, request_id)]

    def _stale(self, caller: str, request_id: str) -> bool:
        journal = self.journals.load(request_id)
        if journal:
            return journal.request.final
        found = self.blobs.read(names.STATE, _name(caller, request_id))
        if found is None:
            return False
        try:
            put = Marker.model_validate_json(found.data).at
        except ValidationError:
            return True
        return self.clock.now() - put > STALE_AFTER


def _name(caller: str, request_id: str) -> str:
    return f"{names.OPEN}{caller}/{request_id}"
