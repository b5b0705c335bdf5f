"""
A document in a blob that may change meanwhile: the newest good one holds.

The blob is looked at once a minute, and a new version holds from then on. One that cannot be read
changes nothing: the last good one holds, and says so. Where there is no good one yet, each look
asks anew, so that mending it takes effect at once.
"""

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from shared import logs
from shared.chain.ports import Blobs, Clock
from shared.domain.document_place import DocumentBlob
from shared.domain.document_views import DocumentFault, State
from shared.errors import DocumentBroken, Fault, StorageError

KEPT = timedelta(seconds=60)
# Faults in one line of the log; the page of health has them all.
MAX_TOLD = 10

MISSING = Fault("#", "The blob is not there.")


class Versioned(Protocol):
    @property
    def version(self) -> str: ...


Document = TypeVar("Document", bound=Versioned)


@dataclass(frozen=True, slots=True)
class Look(Generic[Document]):
    """
    What came of the last look at the blob; `etag` None: it could not be read.

    `sha256` is of the document that holds.
    """

    at: datetime
    etag: str | None
    document: Document | None
    sha256: str | None
    faults: tuple[Fault, ...]

    @property
    def state(self) -> State:
        if self.document is None:
            return "missing"
        return "stale" if self.faults else "current"

    @property
    def views(self) -> tuple[DocumentFault, ...]:
        return tuple(DocumentFault(pointer=one.pointer, detail=one.detail) for one in self.faults)


class DocumentInForce(Generic[Document]):
    """`read` raises `DocumentBroken`; `name` begins the lines of the log."""

    def __init__(
        self,
        blobs: Blobs,
        clock: Clock,
        place: DocumentBlob,
        read: Callable[[bytes], Document],
        name: str,
    ) -> None:
        self._blobs, self._clock, self._place = blobs, clock, place
        self._read, self._name = read, name
        self._last: Look[Document] | None = None

    def look(self) -> Look[Document]:
        now, last = self._clock.now(), self._last
        fresh = last is not None and timedelta(0) <= now - last.at < KEPT
        if last is None or not fresh or last.document is None:
            self._last = last = self._look(now, last)
        return last

    def _look(self, now: datetime, last: Look[Document] | None) -> Look[Document]:
        before, digest = (last.document, last.sha256) if last else (None, None)
        try:
            found = self._blobs.read(self._place.container, self._place.name)
        except StorageError as error:
            faults = (Fault("#", str(error)),)
            return self._failed(Look(now, None, before, digest, faults), last)
        if found is None:
            return self._failed(Look(now, None, before, digest, (MISSING,)), last)
        if last is not None and found.etag == last.etag:
            return Look(now, last.etag, before, digest, last.faults)
        try:
            document = self._read(found.data)
        except DocumentBroken as error:
            return self._failed(Look(now, found.etag, before, digest, error.faults), last)
        sha256 = hashlib.sha256(found.data).hexdigest()
        logs.event(f"{self._name}.read", version=document.version, sha256=sha256)
        return Look(now, found.etag, document, sha256, ())

    def _failed(self, look: Look[Document], last: Look[Document] | None) -> Look[Document]:
        """Told once for each thing that goes wrong, not each minute."""
        if last is None or look.faults != last.faults:
            places = "; ".join(f"{one.pointer}: {one.detail}" for one in look.faults[:MAX_TOLD])
            holds = look.document.version if look.document else None
            name = f"{self._name}.unread"
            logs.event(name, level=logging.ERROR, holds=holds, faults=places)
        return look
