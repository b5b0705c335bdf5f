"""Where a document of the operator's lies, if not in a file of the app: policy, price book."""

import re
from dataclasses import dataclass

from shared.domain.names import CONTAINERS, MAX_BLOB_CHARS

SCHEME = "blob:"
# https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
_CONTAINER = re.compile(r"[a-z0-9](?:-?[a-z0-9]){2,62}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*")


@dataclass(frozen=True, slots=True)
class DocumentBlob:
    """In the app's own storage."""

    container: str
    name: str


def document_place(text: str) -> str | DocumentBlob:
    """
    The path of a file, or `blob:<container>/<name>`.

    Raises:
        ValueError: it is no name of a blob, or lies where the app itself writes: who may send
            files ahead would write the rules that hold for them, or their prices.
    """
    if not text.startswith(SCHEME):
        return text
    container, _, name = text.removeprefix(SCHEME).partition("/")
    if not _CONTAINER.fullmatch(container) or not _NAME.fullmatch(name[:MAX_BLOB_CHARS]):
        raise ValueError("expected a path, or blob:<container>/<name>")
    if container in CONTAINERS or len(name) > MAX_BLOB_CHARS:
        raise ValueError(f"expected a container of its own, none of {', '.join(CONTAINERS)}")
    return DocumentBlob(container, name)
