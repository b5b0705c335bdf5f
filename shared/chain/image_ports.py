"""More of what the kernel needs from the world, for images: who judges and who links to them."""

from datetime import datetime
from typing import Protocol

from shared.domain.values import Provenance


class PictureCopy(Protocol):
    """A picture on its way, kept aside until it can be judged."""

    def write(self, piece: bytes) -> None:
        """Never raises: what cannot be kept cannot be judged, and harms nothing else."""

    def judged(self, content_type: str) -> Provenance | None:
        """What its manifest comes to; None when nobody can say. Once, after the last byte."""

    def close(self) -> None:
        """Nothing is kept any more; as often as one likes."""


class ManifestJudge(Protocol):
    def copy(self) -> PictureCopy: ...


class BlobLinks(Protocol):
    """
    Addresses that open one blob without a key until they end, and not one moment earlier: they
    cannot be called back.
    """

    def to_write(self, container: str, name: str, expires_at: datetime) -> str:
        """It may be written there, and not read."""

    def to_read(self, container: str, name: str, expires_at: datetime) -> str:
        """It may be read there, and nothing else."""
