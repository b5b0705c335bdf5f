"""Append blobs in Azure: where journals are."""

from azure.core import MatchConditions

from shared.adapters.storage import Storage
from shared.adapters.storage_errors import translated
from shared.errors import AlreadyThere, Missing


class AzureAppendBlobs:
    """Implements `AppendBlobs`."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def create(self, container: str, name: str) -> None:
        blob = self._storage.blob(container, name)
        try:
            with translated():
                # Without the condition, creating empties a blob that is there.
                blob.create_append_blob(match_condition=MatchConditions.IfMissing)
        except AlreadyThere:
            return

    def read(self, container: str, name: str) -> bytes | None:
        blob = self._storage.blob(container, name)
        try:
            with translated():
                return blob.download_blob(max_concurrency=1).readall()
        except Missing:
            return None

    def append(self, container: str, name: str, at_length: int, block: bytes) -> None:
        blob = self._storage.blob(container, name)
        with translated():
            blob.append_block(block, length=len(block), appendpos_condition=at_length)

    def add(self, container: str, name: str, block: bytes) -> None:
        blob = self._storage.blob(container, name)
        try:
            with translated():
                blob.append_block(block, length=len(block))
        except Missing:
            self.create(container, name)
            with translated():
                blob.append_block(block, length=len(block))
