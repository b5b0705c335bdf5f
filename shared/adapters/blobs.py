"""Block blobs in Azure: documents whole, images in pieces."""

from collections.abc import Iterator, Mapping
from io import BytesIO
from secrets import token_hex
from typing import Any

from azure.core import MatchConditions
from azure.storage.blob import BlobBlock, ContentSettings

from shared.adapters.storage import Storage
from shared.adapters.storage_errors import translated
from shared.chain.ports import BlobWriter, Page, Stored
from shared.errors import Changed, Missing

# What one image takes in memory, however large it is. 50,000 such blocks make a blob.
PIECE_BYTES = 4 * 1024 * 1024


class AzureBlobs:
    """Implements `Blobs`."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def read(self, container: str, name: str) -> Stored | None:
        blob = self._storage.blob(container, name)
        try:
            with translated():
                # Beyond one request the SDK itself holds the further ranges to this ETag.
                download = blob.download_blob(max_concurrency=1)
                properties = download.properties
                return Stored(download.readall(), properties.etag, dict(properties.metadata))
        except Missing:
            return None

    def put(
        self,
        container: str,
        name: str,
        data: bytes,
        *,
        content_type: str = "application/json",
        if_absent: bool = False,
        if_match: str | None = None,
    ) -> str:
        blob = self._storage.blob(container, name)
        try:
            with translated():
                answer = blob.upload_blob(
                    data,
                    length=len(data),
                    overwrite=not if_absent,
                    content_settings=ContentSettings(content_type=content_type),
                    **_condition(if_match),
                )
        except Missing as exc:
            raise Changed from exc  # 404 or 412: the blob with that ETag is gone
        return str(answer["etag"])

    def delete(self, container: str, name: str) -> None:
        blob = self._storage.blob(container, name)
        try:
            with translated():
                blob.delete_blob()
        except Missing:
            return

    def page(
        self, container: str, prefix: str, limit: int, continuation: str | None = None
    ) -> Page:
        found = self._storage.container(container).list_blob_names(
            name_starts_with=prefix, results_per_page=limit
        )
        with translated():
            pages: Any = found.by_page(continuation)
            names = tuple(next(pages, ()))
        return Page(names, pages.continuation_token or None)

    def writer(self, container: str, name: str, content_type: str) -> BlobWriter:
        return StagedWriter(self._storage, container, name, content_type)

    def chunks(self, container: str, name: str) -> Iterator[bytes]:
        blob = self._storage.blob(container, name)
        with translated():
            properties = blob.get_blob_properties()
        # From here on it is this version or `Changed`.
        condition = _condition(properties.etag)
        for start in range(0, properties.size, PIECE_BYTES):
            with translated():
                piece = blob.download_blob(start, PIECE_BYTES, max_concurrency=1, **condition)
                data = piece.readall()
            yield data


class StagedWriter:
    """Implements `BlobWriter`: blocks are staged as they fill and become the blob by `commit`."""

    def __init__(self, storage: Storage, container: str, name: str, content_type: str) -> None:
        self._blob = storage.blob(container, name)
        self._content_type = content_type
        # Two workers at one blob share its uncommitted blocks; with a name of one's own for
        # each, the later commit fails instead of mixing both.
        self._nonce = token_hex(8)
        self._blocks: list[BlobBlock] = []
        self._filling = BytesIO()

    def write(self, piece: bytes) -> None:
        rest = memoryview(piece)
        while rest:
            room = PIECE_BYTES - self._filling.tell()
            self._filling.write(rest[:room])
            rest = rest[room:]
            if self._filling.tell() == PIECE_BYTES:
                self._stage()

    def commit(self, metadata: Mapping[str, str], *, if_absent: bool = False) -> None:
        if self._filling.tell():
            self._stage()
        missing: dict[str, Any] = {"match_condition": MatchConditions.IfMissing}
        with translated():
            self._blob.commit_block_list(
                self._blocks,
                content_settings=ContentSettings(content_type=self._content_type),
                metadata=dict(metadata),
                **(missing if if_absent else {}),
            )

    def _stage(self) -> None:
        # Ids of one blob must all have the same length.
        block_id = f"{self._nonce}{len(self._blocks):05d}"
        length = self._filling.tell()
        self._filling.seek(0)
        with translated():
            self._blob.stage_block(block_id, self._filling, length=length)
        self._blocks.append(BlobBlock(block_id))
        self._filling = BytesIO()


def _condition(if_match: str | None) -> dict[str, Any]:
    if if_match is None:
        return {}
    return {"etag": if_match, "match_condition": MatchConditions.IfNotModified}
