"""Partial images: shown while the model works, and never in the way of the paid call."""

from collections.abc import Callable
from functools import partial

from shared.chain.measuring import Measuring
from shared.chain.ports import Blobs
from shared.domain import names
from shared.errors import ModelUnknown, StorageError


class Preview:
    """
    An `ImageWriter` that raises nothing: one that cannot be stored is given up.

    `failed` tells; a write to a storage that does not answer takes a minute to fail.
    """

    def __init__(self, blobs: Blobs, request_id: str, index: int, failed: bool = False) -> None:
        stem = names.preview_of(request_id, index)
        self._measuring = Measuring(blobs, names.PREVIEWS, stem)
        self._index, self._request_id = index, request_id
        self.failed = failed

    def write(self, piece: bytes) -> None:
        self._attempt(partial(self._measuring.write, piece))

    def commit(self) -> None:
        self._attempt(self._commit)

    def _commit(self) -> None:
        self._measuring.finished(self._index)
        self._measuring.commit({"requestid": self._request_id, "aigenerated": "true"})

    def _attempt(self, work: Callable[[], None]) -> None:
        if self.failed:
            return
        try:
            work()
        except (StorageError, ModelUnknown):
            self.failed = True
