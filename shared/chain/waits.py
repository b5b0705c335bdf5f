"""
Finds who waits for people or an operator: one marker blob for each wait.

A marker is put before the fact that begins its wait, so none is missing, and read only together
with the journal, which alone says whether the wait is still on.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from shared.chain.journal import Journal, Journals
from shared.chain.listed import names_under
from shared.chain.ports import Blobs
from shared.domain import names
from shared.domain.facts import FactData
from shared.domain.waits import STATUSES, Wait, begun_by, over, prefix_of, wait_of
from shared.errors import StorageError


@dataclass(frozen=True, slots=True)
class Waits:
    blobs: Blobs
    journals: Journals

    def begin(self, journal: Journal, data: Sequence[FactData]) -> list[Wait]:
        """Mark the waits that the facts begin, before they are appended."""
        begun = begun_by(journal.request, data) if journal else []
        for wait in begun:
            self.blobs.put(names.STATE, wait.name, b"{}")
        return begun

    def end(self, journal: Journal, since: int) -> None:
        """Take the markers away of waits that were over after a fact past `since`."""
        for wait in over(journal.request, journal.facts, journal.as_of(since)):
            self.blobs.delete(names.STATE, wait.name)

    def forget(self, wait: Wait, journal: Journal) -> None:
        """
        Take the marker away, if the wait is over or never began.

        Where the journal is not so long yet, whoever has put the marker may still append.
        """
        if journal.seq >= wait.seq and wait_of(journal.request) != wait:
            self.blobs.delete(names.STATE, wait.name)

    def clear(self, request_id: str) -> None:
        """Take what is left away: of a worker that died right after it had put a marker."""
        for status in STATUSES:
            for name in names_under(self.blobs, names.STATE, prefix_of(status, request_id)):
                self.blobs.delete(names.STATE, name)

    def waiting(self, wait: Wait) -> Journal | None:
        """The request's journal, while it is in that wait; a marker of the past goes."""
        journal = self.journals.load(wait.request_id)
        if wait_of(journal.request) == wait:
            return journal
        with suppress(StorageError):  # it is in nobody's way
            self.forget(wait, journal)
        return None
