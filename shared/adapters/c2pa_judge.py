"""
Whether a picture's C2PA manifest holds, by the field's own library where it is installed.

Nothing of it is loaded before the first picture comes. It works on a file without a name that is
gone when it is closed: the library wants to go back and forth, and many pictures may be on their
way. It asks nobody: neither manifests that lie elsewhere nor certificates' states are fetched.
"""

import importlib.util
import json
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Lock, Thread
from typing import IO, Any

from shared import logs
from shared.chain.image_ports import PictureCopy
from shared.domain.provenance import generator_of
from shared.domain.values import Provenance

LIBRARY = "c2pa"
# The largest pictures of a model have 25 MB and take 25 ms.
MAX_PICTURE_BYTES = 64 * 1024 * 1024
# A paid call is waiting for more images. What takes so long is stuck.
JUDGED_WITHIN_S = 5.0
OFFLINE = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}
# Hashes and signature hold; whom its signer is trusted by is none of our business.
HOLDING = ("Valid", "Trusted")


def installed() -> bool:
    return importlib.util.find_spec(LIBRARY) is not None


class C2paJudge:
    """Implements `ManifestJudge`; after it failed once as a whole it is not asked again."""

    def __init__(
        self,
        within_s: float = JUDGED_WITHIN_S,
        most_bytes: int = MAX_PICTURE_BYTES,
        new_file: Callable[[], IO[bytes]] = tempfile.TemporaryFile,
    ) -> None:
        self._within_s, self._most_bytes, self.new_file = within_s, most_bytes, new_file
        self._out_of_order = False
        # The library holds all pixels of a picture while it hashes them: one picture's at a time.
        self._turn = Lock()

    def copy(self) -> PictureCopy:
        return _Copy(self, 0 if self._out_of_order else self._most_bytes)

    def judged(self, file: IO[bytes], content_type: str) -> Provenance | None:
        """In a thread of its own, since nothing else ends native code; it closes the file."""
        found: list[Provenance | None] = []
        within_s = self._within_s
        work = Thread(target=self._judge, args=(file, content_type, found), daemon=True)
        if not self._turn.acquire(timeout=within_s):
            _close(file)
            return None
        try:
            work.start()
            work.join(within_s)
        finally:
            self._turn.release()
        if not found:
            self._out_of_order = True
            logs.event("provenance.unjudged", code="stuck" if work.is_alive() else "broken")
        return found[0] if found else None

    def _judge(self, file: IO[bytes], content_type: str, found: list[Provenance | None]) -> None:
        # Else the library cannot be loaded, or does not work here.
        with suppress(ImportError, OSError, RuntimeError, ValueError), file:
            found.append(_read(file, content_type))


def _read(file: IO[bytes], content_type: str) -> Provenance | None:
    import c2pa  # type: ignore[import-untyped]

    file.seek(0)
    try:
        with (
            c2pa.Context(c2pa.Settings.from_dict(OFFLINE)) as context,
            c2pa.Reader(content_type, file, context=context) as reader,
        ):
            return _told(json.loads(reader.json()))
    except (c2pa.C2paError.Io, c2pa.C2paError.NotSupported):
        return None  # it says nothing about the manifest
    except c2pa.C2paError:
        return Provenance(c2pa="invalid")


def _told(store: Mapping[str, Any]) -> Provenance | None:
    state = store.get("validation_state")
    if state not in HOLDING:
        return Provenance(c2pa="invalid") if state == "Invalid" else None
    manifest = store.get("manifests", {}).get(store.get("active_manifest"), {})
    return Provenance(c2pa="valid", generator=generator_of(manifest))


class _Copy:
    """Implements `PictureCopy`."""

    def __init__(self, judge: C2paJudge, room_bytes: int) -> None:
        self._judge, self._room_bytes = judge, room_bytes
        self._file: IO[bytes] | None = None

    def write(self, piece: bytes) -> None:
        self._room_bytes -= len(piece)
        if self._room_bytes < 0:
            self.close()
            return
        try:
            self._file = self._file or self._judge.new_file()
            self._file.write(piece)
        except OSError:  # no room on this machine
            self.close()

    def judged(self, content_type: str) -> Provenance | None:
        file, self._file = self._file, None
        return self._judge.judged(file, content_type) if file else None

    def close(self) -> None:
        file, self._file, self._room_bytes = self._file, None, 0
        if file is not None:
            _close(file)


def _close(file: IO[bytes]) -> None:
    with suppress(OSError):  # there may be no room for what was not written yet
        file.close()
