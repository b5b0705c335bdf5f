"""Who judges manifests, in memory, and pictures to be judged."""

import struct
import zlib
from collections.abc import Mapping

from shared.domain.values import Provenance
from tests.fakes import small_png

SIGNED = Provenance(c2pa="valid", generator="A model")


def with_manifest(picture: bytes, manifest: bytes = b"as good as any") -> bytes:
    """A PNG with a chunk where the manifest belongs: after its head."""
    body = b"caBX" + manifest
    made = struct.pack(">I", len(manifest)) + body + struct.pack(">I", zlib.crc32(body))
    return picture[:33] + made + picture[33:]


class ScriptedJudge:
    """Implements `ManifestJudge`: says what is scripted for the bytes, else that it cannot say."""

    def __init__(self, verdicts: Mapping[bytes, Provenance] | None = None) -> None:
        self.verdicts = dict(verdicts or {})
        self.copies: list[ScriptedCopy] = []

    def copy(self) -> "ScriptedCopy":
        self.copies.append(ScriptedCopy(self))
        return self.copies[-1]


class ScriptedCopy:
    """Implements `PictureCopy`."""

    def __init__(self, judge: ScriptedJudge) -> None:
        self._judge, self._data = judge, bytearray()
        self.closed, self.asked = False, False

    def write(self, piece: bytes) -> None:
        self._data += piece

    def judged(self, content_type: str) -> Provenance | None:
        assert not self.closed and not self.asked and content_type == "image/png"
        self.asked = True
        return self._judge.verdicts.get(bytes(self._data))

    def close(self) -> None:
        self.closed = True


PLAIN, CARRYING = small_png(1), with_manifest(small_png(2))
