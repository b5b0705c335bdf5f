"""How a document of the operator's stands, as callers of the book see it."""

from typing import Literal

from shared.domain.values import Value

State = Literal["current", "stale", "missing"]
Source = Literal["builtIn", "file", "blob"]


class DocumentFault(Value):
    pointer: str
    detail: str


class DocumentStanding(Value):
    """
    `current`: the newest document holds. `stale`: the newest has faults, or could not be read,
    and the one before holds. `missing`: there is none.
    """

    state: State
    source: Source
    version: str | None
    sha256: str | None
    faults: tuple[DocumentFault, ...] = ()
