"""Where a picture comes from, as far as its bytes tell while they pass by."""

from shared.chain.image_ports import ManifestJudge
from shared.domain.manifest_scan import ManifestScan
from shared.domain.values import Provenance


class Sighting:
    """
    Looks for a manifest, and has it judged where there is a judge.

    The judge needs all bytes at once, so it keeps them aside until the last has come or there can
    be no manifest any more: storage is not read for it.
    """

    def __init__(self, judge: ManifestJudge | None) -> None:
        self._scan = ManifestScan()
        self._copy = judge.copy() if judge else None

    def write(self, piece: bytes) -> None:
        self._scan.write(piece)
        if self._copy is None:
            return
        self._copy.write(piece)
        if self._scan.over and not self._scan.found:
            self.close()

    def close(self) -> None:
        if self._copy is not None:
            self._copy.close()
            self._copy = None

    def provenance(self, content_type: str) -> Provenance:
        """After the last byte."""
        if not self._scan.found:
            return Provenance(c2pa="absent")
        judged = self._copy.judged(content_type) if self._copy else None
        return judged or Provenance(c2pa="present")
