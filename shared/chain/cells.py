"""Small values that many change: each a blob in `state`, written back by compare-and-set."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel

from shared.chain.ports import Blobs, Clock, Entropy
from shared.domain import names
from shared.errors import AlreadyThere, Changed, StorageError

Told = TypeVar("Told")


@dataclass(frozen=True, slots=True)
class Pause:
    """Before another try, so that two processes do not take turns in losing."""

    clock: Clock
    entropy: Entropy
    most_s: float

    def __call__(self) -> None:
        self.clock.wait(self.entropy.token_bytes(1)[0] / 255 * self.most_s)


def put(blobs: Blobs, name: str, cell: BaseModel, etag: str | None) -> str:
    """
    The new ETag.

    Raises:
        AlreadyThere: `etag` None, and somebody was faster.
        Changed: somebody was faster.
    """
    data = cell.model_dump_json(by_alias=True).encode()
    return blobs.put(names.STATE, name, data, if_absent=etag is None, if_match=etag)


def raced(
    once: Callable[[], Told], tries: int, lost: str, pause: Callable[[], None] = lambda: None
) -> Told:
    """
    What `once` comes to when nobody is faster; it reads, changes and puts, each time anew.

    Raises:
        StorageError: storage failed; or, with the text `lost`, others were always faster.
    """
    for _ in range(tries):
        with suppress(AlreadyThere, Changed):
            return once()
        pause()
    raise StorageError(lost)
